//! The store: the one place where the newest snapshot is.
//!
//! A publish is one store. Before it the snapshot that has to go is marked, so that a reader
//! learns by one plain load, from the snapshot that it saw last, whether that is still the newest.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwap;

use crate::snapshot::Snapshot;

/// The newest snapshot of one set of flags.
pub(crate) struct Store {
    snapshot: ArcSwap<Snapshot>,
    /// Tells the stores of a process apart.
    pub(crate) id: usize,
}

/// How many stores were made.
static STORES: AtomicUsize = AtomicUsize::new(0);

impl Store {
    pub(crate) fn new(first: Snapshot) -> Self {
        Self {
            snapshot: ArcSwap::from_pointee(first),
            id: STORES.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Makes `snapshot` what every read that begins from now on sees. Only one thread at a time may do so.
    pub(crate) fn publish(&self, snapshot: Arc<Snapshot>) {
        // First the mark: a thread that has seen the new snapshot, in whichever way, then never
        // again takes an old one for the newest. In between, readers look here, and wait for nothing.
        self.load().superseded.set();
        self.snapshot.store(snapshot);
    }

    /// The newest snapshot.
    pub(crate) fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }
}
