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
//! - What a [`Held`] remembers of a place is read with the type with which it was written: a store gives
//!   each number once, to one [`Place`], whose clones have its type.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;

use crate::cache;
use crate::held::Held;
use crate::lens::Lens;
use crate::snapshot::Snapshot;
use crate::store::Store;

/// Where a value is, in every snapshot of a store.
pub(crate) struct Place<T> {
    store: Arc<Store>,
    /// No other place of the store has it.
    number: usize,
    lens: Lens<T>,
}

impl<T> Clone for Place<T> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            number: self.number,
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
    Held(#[expect(dead_code, reason = "it is there to be dropped")] Rc<Held>),
    Borrowed(PhantomData<&'a ()>),
}

impl<T> Place<T> {
    pub(crate) fn new(store: Arc<Store>, lens: Lens<T>) -> Self {
        Self {
            number: store.add_place(),
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
        let held = cache::newest(&self.store);
        let known = held.found.get(self.number).and_then(Cell::get);
        let value = known.map_or_else(|| self.find(&held), NonNull::cast);
        Found {
            value,
            keeper: Keeper::Held(held),
        }
    }

    #[cold]
    #[inline(never)]
    fn find(&self, held: &Held) -> NonNull<T> {
        let value = NonNull::from((self.lens)(&held.snapshot));
        if let Some(found) = held.found.get(self.number) {
            found.set(Some(value.cast()));
        }
        value
    }

    /// The value in the newest snapshot, for whoever reads it next.
    #[cold]
    #[inline(never)]
    pub(crate) fn newest_shared(&self) -> Found<T, Arc<Snapshot>> {
        let keeper = self.store.load();
        let value = NonNull::from((self.lens)(&keeper));
        Found { value, keeper }
    }

    /// Whether a value is the one in the newest snapshot.
    #[inline]
    pub(crate) fn is_newest(&self, found: &Found<T, Arc<Snapshot>>) -> bool {
        found.keeper.stamp == self.store.stamp()
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
