//! The store: the one place where the newest snapshot is.
//!
//! A publish is one store. Before it a stamp is set, a number that no other snapshot of the process
//! has, so that a reader learns from one plain load whether what it saw last is still the newest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arc_swap::ArcSwap;

use crate::snapshot::Snapshot;

/// The newest snapshot of one set of flags.
pub(crate) struct Store {
    snapshot: ArcSwap<Snapshot>,
    newest: Newest,
    /// Tells the stores of a process apart.
    pub(crate) id: usize,
}

/// The stamp of the newest snapshot, or of one that is about to be.
#[derive(Clone)]
pub(crate) struct Newest(Arc<AtomicU64>);

/// How many stamps were given out.
static STAMPS: AtomicU64 = AtomicU64::new(0);

/// How many stores were made.
static STORES: AtomicUsize = AtomicUsize::new(0);

impl Store {
    pub(crate) fn new(first: Snapshot) -> Self {
        Self {
            newest: Newest::always(first.stamp),
            snapshot: ArcSwap::from_pointee(first),
            id: STORES.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Makes `snapshot` what every read that begins from now on sees.
    pub(crate) fn publish(&self, snapshot: Arc<Snapshot>) {
        // First the stamp: a thread that has seen the new snapshot, in whichever way, then never
        // again takes an old one for the newest. In between, readers look here, and wait for nothing.
        self.newest.0.store(snapshot.stamp, Ordering::Release);
        self.snapshot.store(snapshot);
    }

    /// Where the stamp of the newest snapshot is to be had without the store.
    pub(crate) fn newest(&self) -> &Newest {
        &self.newest
    }

    /// The newest snapshot.
    pub(crate) fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }
}

impl Newest {
    /// A stamp that no publish changes, unless it is a store's.
    pub(crate) fn always(stamp: u64) -> Self {
        Self(Arc::new(AtomicU64::new(stamp)))
    }

    #[inline]
    pub(crate) fn stamp(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// A stamp that no other snapshot has. It is never 0.
pub(crate) fn next_stamp() -> u64 {
    STAMPS.fetch_add(1, Ordering::Relaxed) + 1
}
