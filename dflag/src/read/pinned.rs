//! Pinned values: a pointer into a snapshot, and an owner that keeps the snapshot alive.
//!
//! This takes a little unsafe code. In safe code, a guard would have to look up its value at each
//! use by several indirect calls, which cost more than the rest of a read.
//!
//! Why it is sound:
//! - A pointer is made from a reference into a snapshot, which is behind an `Arc` and only ever
//!   borrowed. So the value stays where it is until the snapshot is dropped.
//! - The pointer is stored together with an owner of that snapshot as soon as it is made.
//!   The owner is neither changed nor moved out while the pointer exists. [`Pinned::map`]
//!   replaces the pointer by one into the same value and keeps the owner.
//! - What a thread [caches](thread_cache) for a slot is read with the type with which it was written:
//!   each slot id is used once in a process, for one [`Slot`], whose clones have its type.

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::read::snapshot::Snapshot;
use crate::read::store::Store;
use crate::read::thread_cache::{self, LocalSnapshot, Masking};

/// Returns a part of a snapshot, such as one flag's value.
pub(crate) type Projection<T> = Arc<Project<T>>;

/// The function of a [`Projection`].
pub(crate) type Project<T> = dyn for<'a> Fn(&'a Snapshot) -> &'a T + Send + Sync;

/// Locates a value in every snapshot of a store.
pub(crate) struct Slot<T> {
    /// Unique among the slots of the process, and never 0.
    id: u64,
    store: Arc<Store>,
    projection: Projection<T>,
    masking: Masking,
}

static SLOTS: AtomicU64 = AtomicU64::new(0);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            store: Arc::clone(&self.store),
            projection: Arc::clone(&self.projection),
            masking: self.masking,
        }
    }
}

/// A value, and an owner that keeps it alive and in place.
pub(crate) struct Pinned<T: ?Sized, O> {
    value: NonNull<T>,
    /// Never touched while `value` exists.
    owner: O,
}

/// The owner of a guard's value, which one thread reads.
pub(crate) enum Owner<'a> {
    Local(LocalSnapshot),
    Borrowed(PhantomData<&'a ()>),
}

impl Owner<'_> {
    pub(crate) fn masking(&self) -> Masking {
        match self {
            Self::Local(snapshot) => snapshot.masking,
            Self::Borrowed(_) => Masking::Shown,
        }
    }
}

impl<T> Slot<T> {
    pub(crate) fn new(store: Arc<Store>, projection: Projection<T>, masking: Masking) -> Self {
        Self {
            // Relaxed: only uniqueness matters.
            id: thread_cache::slot_id(SLOTS.fetch_add(1, Ordering::Relaxed) + 1),
            store,
            projection,
            masking,
        }
    }

    pub(crate) fn projection(&self) -> &Projection<T> {
        &self.projection
    }

    pub(crate) fn masking(&self) -> Masking {
        self.masking
    }

    /// The value in the newest snapshot, owned by this thread.
    #[inline]
    pub(crate) fn load(&self) -> Pinned<T, Owner<'_>> {
        let (value, snapshot) = match thread_cache::cached_value(self.id) {
            Some((value, snapshot)) => (value.cast(), snapshot),
            None => self.find(),
        };
        Pinned {
            value,
            owner: Owner::Local(snapshot),
        }
    }

    #[cold]
    #[inline(never)]
    fn find(&self) -> (NonNull<T>, LocalSnapshot) {
        let snapshot = thread_cache::newest(&self.store, self.masking);
        let value = NonNull::from((self.projection)(&snapshot));
        thread_cache::cache_value(self.id, value.cast(), self.store.id, &snapshot);
        (value, snapshot)
    }

    /// The value in the newest snapshot, to move between threads.
    pub(crate) fn load_shared(&self) -> Pinned<T, Arc<Snapshot>> {
        Pinned::shared(self.store.load(), &*self.projection)
    }
}

impl<'a, T: ?Sized> Pinned<T, Owner<'a>> {
    /// A value whose borrow keeps it alive.
    pub(crate) fn borrowed(value: &'a T) -> Self {
        Self {
            value: NonNull::from(value),
            owner: Owner::Borrowed(PhantomData),
        }
    }

    pub(crate) fn owner(&self) -> &Owner<'a> {
        &self.owner
    }

    /// A part of the value, kept in place by the same owner.
    ///
    /// Why it is sound: the owner keeps the value in place for as long as it lives, which may be called
    /// `'o`. So `part` may be given a `&'o T`, and returns a `&'o U`, whether that is a part of the
    /// value or borrowed from elsewhere. A `&'o T` exists because `T` outlives `'a`, and the owner
    /// ends within `'a`. Without the bound, this would compile and leave a dangling reference:
    ///
    /// ```compile_fail,E0621
    /// use dflag::Guard;
    ///
    /// fn escape<'a>(guard: Guard<'a, &'static str>, short: &str) -> Guard<'a, str> {
    ///     Guard::map(guard, |_| short)
    /// }
    /// ```
    ///
    /// ```
    /// # use dflag::Guard;
    /// fn keep<'a>(guard: Guard<'a, &'static str>, long: &'a str) -> Guard<'a, str> {
    ///     Guard::map(guard, |_| long)
    /// }
    /// ```
    pub(crate) fn map<U: ?Sized>(self, part: impl FnOnce(&T) -> &U) -> Pinned<U, Owner<'a>>
    where
        T: 'a,
    {
        Pinned {
            value: NonNull::from(part(&self)),
            owner: self.owner,
        }
    }
}

impl<T: Send + Sync + 'static> Pinned<T, Arc<Snapshot>> {
    /// A value that never changes, in a snapshot that is never superseded.
    pub(crate) fn constant(value: Arc<T>) -> Self {
        let snapshot = Snapshot::new(0, value, Vec::new());
        Self::shared(Arc::new(snapshot), &Snapshot::args)
    }
}

impl<T> Pinned<T, Arc<Snapshot>> {
    fn shared(snapshot: Arc<Snapshot>, projection: &Project<T>) -> Self {
        Self {
            value: NonNull::from(projection(&snapshot)),
            owner: snapshot,
        }
    }

    /// Whether a newer snapshot has been published.
    #[inline]
    pub(crate) fn is_superseded(&self) -> bool {
        self.owner.superseded.is_set()
    }
}

impl<T> Clone for Pinned<T, Arc<Snapshot>> {
    fn clone(&self) -> Self {
        Self {
            value: self.value,
            owner: Arc::clone(&self.owner),
        }
    }
}

impl<T: ?Sized, O> Deref for Pinned<T, O> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer was made from a reference into what `owner` keeps alive, and `owner`
        // has not changed since. The returned reference ends with the borrow of `self`.
        #[expect(unsafe_code, reason = "see the head of this file")]
        unsafe {
            self.value.as_ref()
        }
    }
}

// SAFETY: a `Pinned` consists of a `&T` and an `O`, so it is `Send` if both are.
#[expect(unsafe_code, reason = "see the head of this file")]
unsafe impl<T: Sync + ?Sized, O: Send> Send for Pinned<T, O> {}

// SAFETY: likewise, `Sync` if both are.
#[expect(unsafe_code, reason = "see the head of this file")]
unsafe impl<T: Sync + ?Sized, O: Sync> Sync for Pinned<T, O> {}
