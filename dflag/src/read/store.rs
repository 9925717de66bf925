//! The store: the one place that holds the newest snapshot.
//!
//! A publish is one store. The outgoing snapshot is marked as superseded before it, so a reader
//! learns from the snapshot that it already has, by one plain load, whether that is still the newest.

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

    /// Makes `snapshot` visible to every read that begins after this. Callers hold the writer lock.
    pub(crate) fn publish(&self, snapshot: Arc<Snapshot>) {
        // The mark comes first: a thread that has seen the new snapshot, in any way, then never
        // takes an old one for the newest. In between, readers load from the store and wait for nothing.
        self.load().superseded.set();
        self.newest.store(snapshot);
    }

    /// The newest snapshot.
    pub(crate) fn load(&self) -> Arc<Snapshot> {
        self.newest.load_full()
    }
}
