//! Found values: a reference into a snapshot, together with what keeps the snapshot.
//!
//! It takes a little unsafe code. A guard that found its value anew at each use, in safe
//! code, would pay several indirect calls for it, which is more than all the rest of a read.
//!
//! Why it is sound:
//! - A pointer is made from a reference that was found in a snapshot, which is behind an `Arc` and
//!   only ever borrowed. So the value stays where it is until the snapshot is dropped.
//! - Beside the pointer stands what keeps that very snapshot, from the moment the reference was found.
//!   It is neither changed nor given away while the pointer is there.
//! - What a thread [remembers](held) of a place is read with the type with which it was written: each
//!   number is given once in a process, to one [`Place`], whose clones have its type.

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cache;
use crate::held::{self, Held};
use crate::lens::{Find, Lens};
use crate::snapshot::Snapshot;
use crate::store::Store;

/// Where a value is, in every snapshot of a store.
pub(crate) struct Place<T> {
    /// No other place of the process has it. It is never 0.
    number: u64,
    store: Arc<Store>,
    lens: Lens<T>,
}

/// How many places there are.
static PLACES: AtomicU64 = AtomicU64::new(0);

impl<T> Clone for Place<T> {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            store: Arc::clone(&self.store),
            lens: Arc::clone(&self.lens),
        }
    }
}

/// A value, and what keeps it.
pub(crate) struct Found<T, K> {
    value: NonNull<T>,
    /// Never touched while `value` is there.
    keeper: K,
}

/// What keeps a value for one thread, for a moment.
pub(crate) enum Keeper<'a> {
    Held(#[expect(dead_code, reason = "it is there to be dropped")] Held),
    Borrowed(PhantomData<&'a ()>),
}

impl<T> Place<T> {
    pub(crate) fn new(store: Arc<Store>, lens: Lens<T>) -> Self {
        Self {
            number: held::number(PLACES.fetch_add(1, Ordering::Relaxed) + 1),
            store,
            lens,
        }
    }

    pub(crate) fn lens(&self) -> &Lens<T> {
        &self.lens
    }

    /// The value in the newest snapshot, as this thread holds it.
    #[inline]
    pub(crate) fn newest(&self) -> Found<T, Keeper<'_>> {
        let (value, held) = match held::remembered(self.number) {
            Some((value, held)) => (value.cast(), held),
            None => self.find(),
        };
        Found {
            value,
            keeper: Keeper::Held(held),
        }
    }

    #[cold]
    #[inline(never)]
    fn find(&self) -> (NonNull<T>, Held) {
        let held = cache::newest(&self.store);
        let value = NonNull::from((self.lens)(&held));
        held::remember(self.number, value.cast(), self.store.id, &held);
        (value, held)
    }

    /// The value in the newest snapshot, for whoever reads it next.
    pub(crate) fn newest_shared(&self) -> Found<T, Arc<Snapshot>> {
        Found::shared(self.store.load(), &*self.lens)
    }
}

impl<'a, T> Found<T, Keeper<'a>> {
    /// A value that is borrowed for as long as this is there.
    pub(crate) fn borrowed(value: &'a T) -> Self {
        Self {
            value: NonNull::from(value),
            keeper: Keeper::Borrowed(PhantomData),
        }
    }
}

impl<T: Send + Sync + 'static> Found<T, Arc<Snapshot>> {
    /// A value that never changes, in a snapshot that is the newest for ever.
    pub(crate) fn constant(value: Arc<T>) -> Self {
        let states = std::iter::empty().collect();
        let snapshot = Snapshot::new(0, value, states);
        Self::shared(Arc::new(snapshot), &Snapshot::args)
    }
}

impl<T> Found<T, Arc<Snapshot>> {
    fn shared(snapshot: Arc<Snapshot>, lens: &Find<T>) -> Self {
        Self {
            value: NonNull::from(lens(&snapshot)),
            keeper: snapshot,
        }
    }

    /// Whether the newest snapshot is another one by now.
    #[inline]
    pub(crate) fn is_superseded(&self) -> bool {
        self.keeper.superseded.is_set()
    }
}

impl<T> Clone for Found<T, Arc<Snapshot>> {
    fn clone(&self) -> Self {
        Self {
            value: self.value,
            // The very same.
            keeper: Arc::clone(&self.keeper),
        }
    }
}

impl<T, K> Deref for Found<T, K> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer was made from a reference into what `keeper` keeps, and `keeper` is
        // as it was then. The reference that is given out ends with the borrow of `self`.
        #[expect(unsafe_code, reason = "see the head of this file")]
        unsafe {
            self.value.as_ref()
        }
    }
}

// SAFETY: it is used as a `&T` and a `K` are, so it may go where both may.
#[expect(unsafe_code, reason = "see the head of this file")]
unsafe impl<T: Sync, K: Send> Send for Found<T, K> {}

// SAFETY: as above.
#[expect(unsafe_code, reason = "see the head of this file")]
unsafe impl<T: Sync, K: Sync> Sync for Found<T, K> {}
