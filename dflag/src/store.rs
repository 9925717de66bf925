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
    stamp: AtomicU64,
    /// How many places there are.
    places: AtomicUsize,
    /// Tells the stores of a process apart.
    pub(crate) id: usize,
}

/// How many stamps were given out.
static STAMPS: AtomicU64 = AtomicU64::new(0);

/// How many stores were made.
static STORES: AtomicUsize = AtomicUsize::new(0);

impl Store {
    pub(crate) fn new(first: Snapshot) -> Self {
        Self {
            stamp: AtomicU64::new(first.stamp),
            snapshot: ArcSwap::from_pointee(first),
            places: AtomicUsize::new(0),
            id: STORES.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Makes `snapshot` what every read that begins from now on sees.
    pub(crate) fn publish(&self, snapshot: Arc<Snapshot>) {
        // First the stamp: a thread that has seen the new snapshot, in whichever way, then never
        // again takes an old one for the newest. In between, readers look here, and wait for nothing.
        self.stamp.store(snapshot.stamp, Ordering::Release);
        self.snapshot.store(snapshot);
    }

    /// The stamp of the newest snapshot, or of one that is about to be.
    #[inline]
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp.load(Ordering::Acquire)
    }

    /// The number of a new place, which no other place of the store has.
    pub(crate) fn add_place(&self) -> usize {
        self.places.fetch_add(1, Ordering::Relaxed)
    }

    /// How many places there are; each has a lower number.
    pub(crate) fn places(&self) -> usize {
        self.places.load(Ordering::Relaxed)
    }

    /// The newest snapshot.
    pub(crate) fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }
}

/// A stamp that no other snapshot has. It is never 0.
pub(crate) fn next_stamp() -> u64 {
    STAMPS.fetch_add(1, Ordering::Relaxed) + 1
}
