//! Found values: a reference into a snapshot, together with what keeps the snapshot.
//!
//! It takes a little unsafe code. A guard that found its value anew at each use, in safe
//! code, would pay several indirect calls for it, which is more than all the rest of a read.
//!
//! Why it is sound:
//! - A pointer is made from a reference that was found in a snapshot or in a constant, behind an `Arc`.
//!   Both are only ever borrowed, so the value stays where it is until they are dropped.
//! - Beside the pointer stands what keeps that very snapshot or constant, from the moment the
//!   reference was found. It is neither changed nor given away while the pointer is there.
//! - What a thread [remembers](held) of a place is read with the type with which it was written: each
//!   number is given once in a process, to one [`Place`], whose clones have its type.

use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cache;
use crate::held::{self, Held};
use crate::lens::Lens;
use crate::snapshot::Snapshot;
use crate::store::{Newest, Store};

/// Where a value is, in every snapshot of a store.
pub(crate) struct Place<T> {
    /// No other place of the process has it. It is never 0.
    number: u64,
    newest: Newest,
    store: Arc<Store>,
    lens: Lens<T>,
}

/// How many places there are.
static PLACES: AtomicU64 = AtomicU64::new(0);

impl<T> Clone for Place<T> {
    fn clone(&self) -> Self {
        Self {
            number: self.number,
            newest: self.newest.clone(),
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

/// What keeps a value on whichever thread, for as long as it takes.
pub(crate) enum Owner<T> {
    Snapshot(Arc<Snapshot>),
    Constant(Arc<T>),
}

impl<T> Place<T> {
    pub(crate) fn new(store: Arc<Store>, lens: Lens<T>) -> Self {
        Self {
            number: PLACES.fetch_add(1, Ordering::Relaxed) + 1,
            newest: store.newest().clone(),
            store,
            lens,
        }
    }

    pub(crate) fn lens(&self) -> &Lens<T> {
        &self.lens
    }

    /// Where to learn whether there is a newer snapshot.
    pub(crate) fn newest_stamp(&self) -> &Newest {
        &self.newest
    }

    /// The value in the newest snapshot, as this thread holds it.
    #[inline]
    pub(crate) fn newest(&self) -> Found<T, Keeper<'_>> {
        let (value, held) = match held::remembered(self.number, self.newest.stamp()) {
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

    /// The value in the newest snapshot, for whoever reads it next; and the snapshot's stamp.
    pub(crate) fn newest_shared(&self) -> (Found<T, Owner<T>>, u64) {
        let snapshot = self.store.load();
        let stamp = snapshot.stamp;
        let found = Found {
            value: NonNull::from((self.lens)(&snapshot)),
            keeper: Owner::Snapshot(snapshot),
        };
        (found, stamp)
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

impl<T> Found<T, Owner<T>> {
    /// A value that never changes.
    pub(crate) fn constant(value: Arc<T>) -> Self {
        Self {
            value: NonNull::from(&*value),
            keeper: Owner::Constant(value),
        }
    }
}

impl<T> Clone for Found<T, Owner<T>> {
    fn clone(&self) -> Self {
        Self {
            value: self.value,
            // The very same.
            keeper: match &self.keeper {
                Owner::Snapshot(snapshot) => Owner::Snapshot(Arc::clone(snapshot)),
                Owner::Constant(value) => Owner::Constant(Arc::clone(value)),
            },
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
