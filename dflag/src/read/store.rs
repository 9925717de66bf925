//! The store: the one place that holds the newest snapshot.
//!
//! A publish is one store. Before it, the outgoing snapshot is marked as superseded. A reader checks
//! that mark on the snapshot it already has, by one plain load, to know whether it is the newest.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::read::snapshot::Snapshot;
use crate::sync::ArcSwap;
use crate::sync::atomic::Ordering;

/// The newest snapshot of one set of flags.
pub(crate) struct Store {
    newest: ArcSwap<Snapshot>,
    /// Unique among the stores of the process.
    pub(crate) id: usize,
}

static NEXT_ID: AtomicUsize = AtomicUsize::new(0);

impl Store {
    pub(crate) fn new(first: Snapshot) -> Self {
        Self {
            newest: ArcSwap::from_pointee(first),
            // Relaxed: only uniqueness matters.
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Makes `snapshot` visible to every read that begins after this returns. Callers hold the writer
    /// lock.
    pub(crate) fn publish(&self, snapshot: Arc<Snapshot>) {
        // Mark first: a thread that has observed the new snapshot, in any way, then never uses an
        // older one as the newest. Between the two, readers load from the store and do not wait.
        self.load().superseded.set();
        self.newest.store(snapshot);
    }

    /// The newest snapshot.
    pub(crate) fn load(&self) -> Arc<Snapshot> {
        self.newest.load_full()
    }
}
