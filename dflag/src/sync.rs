//! The locks and atomics of this crate: the standard library's, or loom's where loom tests them.
//!
//! Process-wide counters always are the standard library's: they order nothing, and loom's can't
//! be `static`.

#[cfg(not(all(test, dflag_loom)))]
mod imp {
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, atomic};
    pub(crate) use std::thread;

    pub(crate) use arc_swap::ArcSwap;
}

#[cfg(all(test, dflag_loom))]
mod imp {
    use std::sync::Arc;

    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, atomic};
    pub(crate) use loom::thread;

    use atomic::{AtomicUsize, Ordering};

    /// A stand-in with the orderings that `arc_swap` documents: a store is at least `Release`,
    /// a load at least `Acquire`. The pointer is an index into all values that were ever stored.
    pub(crate) struct ArcSwap<T> {
        newest: AtomicUsize,
        /// Not part of the model, so loom does not interleave it.
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

    /// Runs `model` in every order of its threads with up to three preemptions.
    pub(crate) fn in_every_order(model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }
}

pub(crate) use imp::*;
