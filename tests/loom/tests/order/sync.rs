//! What the sources import, from loom where threads meet.

pub(crate) use std::sync::{Arc, PoisonError, Weak};

pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};

pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
}

use atomic::{AtomicUsize, Ordering};

/// A pointer that is swapped, with the order that the crate `arc-swap` documents: a store is
/// `SeqCst`, and a load is at least `Acquire`. The pointer is an index here.
pub(crate) struct ArcSwap<T> {
    newest: AtomicUsize,
    /// All that were ever stored; what loom need not know of.
    all: std::sync::Mutex<Vec<Arc<T>>>,
}

impl<T> ArcSwap<T> {
    pub(crate) fn from_pointee(first: T) -> Self {
        Self {
            newest: AtomicUsize::new(0),
            all: std::sync::Mutex::new(vec![Arc::new(first)]),
        }
    }

    pub(crate) fn store(&self, next: Arc<T>) {
        let index = {
            let mut all = self.all.lock().unwrap();
            all.push(next);
            all.len() - 1
        };
        self.newest.swap(index, Ordering::AcqRel);
    }

    pub(crate) fn load_full(&self) -> Arc<T> {
        let index = self.newest.load(Ordering::Acquire);
        Arc::clone(self.all.lock().unwrap().get(index).unwrap())
    }
}
