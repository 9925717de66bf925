//! Held snapshots: what one thread saw last of a set of flags, and what it found in it.

use std::cell::Cell;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;

use crate::snapshot::Snapshot;

/// A snapshot that one thread holds.
pub(crate) struct Held {
    pub(crate) snapshot: Arc<Snapshot>,
    /// Where each place was found in it, if someone looked. Only [`found`](crate::found) reads
    /// and writes it, each place its own.
    pub(crate) found: Box<[Cell<Option<NonNull<()>>>]>,
}

impl Held {
    /// A snapshot of a set that has so many places.
    pub(crate) fn new(snapshot: Arc<Snapshot>, places: usize) -> Self {
        Self {
            snapshot,
            found: vec![Cell::new(None); places].into(),
        }
    }
}

/// Where a thread remembers a snapshot.
pub(crate) struct Slot {
    /// The stamp of the snapshot that is held, which no other has; 0 for none.
    stamp: Cell<u64>,
    held: Cell<Option<Rc<Held>>>,
}

impl Slot {
    pub(crate) const fn empty() -> Self {
        Self {
            stamp: Cell::new(0),
            held: Cell::new(None),
        }
    }

    /// The snapshot with this stamp, if it is here.
    #[inline]
    pub(crate) fn get(&self, stamp: u64) -> Option<Rc<Held>> {
        if self.stamp.get() != stamp {
            return None;
        }
        // SAFETY: a `Cell` is of one thread, and while the `Rc` is looked at here this thread does nothing
        // but count one more of it: no code of a user's runs that could come back to the cell.
        #[expect(
            unsafe_code,
            reason = "to borrow a `RefCell` would double the cost of a read"
        )]
        let held = unsafe { &*self.held.as_ptr() };
        held.clone()
    }

    /// Remembers another snapshot, or none.
    pub(crate) fn set(&self, held: Option<Rc<Held>>) {
        self.stamp
            .set(held.as_ref().map_or(0, |held| held.snapshot.stamp));
        // What a user's value does when it is dropped may be to read a flag: all is in place by then.
        drop(self.held.replace(held));
    }
}
