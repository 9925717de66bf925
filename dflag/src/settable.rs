//! The setter of a handle that follows no flag.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Mutex};

use crate::derived::node::Node;
use crate::derived::registry::{DerivedValues as _, Registered, Registry};
use crate::error::{Problem, Rejected};
use crate::publish::broadcast::Broadcast;
use crate::publish::core::{DERIVED, lock};
use crate::publish::reentrancy::WriterThread;
use crate::read::snapshot::{Args, Snapshot};
use crate::subscribers::Notice;
use crate::user_code::discard;

/// Sets the value of a handle that [`Dynamic::settable`](crate::Dynamic::settable) made, for tests.
///
/// It is cheap to clone, and outlives the handle or not.
///
/// ```
/// use dflag::Dynamic;
///
/// let (setter, limit) = Dynamic::settable(3);
/// setter.set(5);
/// assert_eq!(limit.get(), 5);
/// ```
pub struct Setter<T> {
    settable: Arc<Settable>,
    /// The value's type, of which the snapshots consist.
    value: PhantomData<fn(T)>,
}

/// A value that is set, without its type.
pub(crate) struct Settable {
    pub(crate) broadcast: Arc<Broadcast>,
    writer: Mutex<Registry>,
    writer_thread: WriterThread,
}

/// The index of the value. Those of values derived from it follow.
pub(crate) const INDEX: usize = 0;

impl<T: Send + Sync + 'static> Setter<T> {
    pub(crate) fn new(value: T) -> Self {
        let first = Snapshot::new(1, Arc::new(value), Vec::new());
        Self {
            settable: Arc::new(Settable {
                broadcast: Arc::new(Broadcast::new(first)),
                writer: Mutex::new(Registry::new(INDEX + 1)),
                writer_thread: WriterThread::default(),
            }),
            value: PhantomData,
        }
    }

    pub(crate) fn settable(&self) -> &Arc<Settable> {
        &self.settable
    }

    /// Sets the value, wakes those who wait for it, and runs callbacks before this returns. As with a flag,
    /// an equal value is no change.
    ///
    /// May be called from a callback. On another thread than the one that runs callbacks, it leaves them to
    /// that one.
    ///
    /// If a closure of [`map`](crate::Dynamic::map) panics for the value, or calls this, the value stays as it is, and
    /// an error is logged.
    pub fn set(&self, value: T)
    where
        T: PartialEq,
    {
        let value: Args = Arc::new(value);
        let is_equal = |old: &Args| old.downcast_ref::<T>() == value.downcast_ref::<T>();
        if let Err(rejected) = self.settable.set(&value, is_equal) {
            tracing::error!(%rejected, "the value stays as it is");
        }
    }
}

impl Settable {
    fn set(&self, value: &Args, is_equal: impl FnOnce(&Args) -> bool) -> Result<(), Rejected> {
        self.write(|derived| {
            let old = self.broadcast.store.load();
            if is_equal(&old.args) {
                return Ok(());
            }
            let generation = old.generation + 1;
            let mut new = Snapshot::new(generation, Arc::clone(value), Vec::new());
            let mut changed = vec![INDEX];
            if let Err(failures) = derived.build(&old, &mut new, &mut changed) {
                derived.discard(Arc::new(new));
                return Err(failures.into_iter().map(Problem::from).collect());
            }
            new.versions = old.versions.next(generation, &changed, 1);
            let new = Arc::new(new);
            self.broadcast.make_visible(&changed, &new);
            self.broadcast.enqueue(Notice {
                old,
                new,
                changed,
                rejected: None,
            });
            Ok(())
        })
    }

    /// Registers a value derived from this one. See [`Core::derive`](crate::publish::core::Core::derive).
    pub(crate) fn derive<T>(
        &self,
        node: &Arc<Node>,
        handle: impl FnOnce(Registered) -> T,
    ) -> Result<T, Rejected> {
        self.write(|derived| {
            let registered = self.broadcast.register(derived, node);
            Ok(handle(registered.map_err(|failure| vec![failure.into()])?))
        })
    }

    /// Runs `change` under the writer lock and, after releasing it, notifies subscribers.
    fn write<T>(
        &self,
        change: impl FnOnce(&mut Registry) -> Result<T, Vec<Problem>>,
    ) -> Result<T, Rejected> {
        let rejected = |problems| Rejected {
            source: DERIVED.to_owned(),
            problems,
            unknown: Vec::new(),
            volatile: false,
        };
        if self.writer_thread.is_current() {
            return Err(rejected(vec![Problem::Reentrant]));
        }
        let mut derived = lock(&self.writer);
        let writing = self.writer_thread.enter();
        let changed = change(&mut derived);
        let discarded = derived.take_discarded();
        drop(writing);
        drop(derived);
        self.broadcast.notify();
        discard(discarded);
        changed.map_err(rejected)
    }
}

impl<T> Clone for Setter<T> {
    fn clone(&self) -> Self {
        Self {
            settable: Arc::clone(&self.settable),
            value: PhantomData,
        }
    }
}

// A value is published by one store.
impl<T> UnwindSafe for Setter<T> {}
impl<T> RefUnwindSafe for Setter<T> {}

/// Shows no value.
impl<T> fmt::Debug for Setter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setter").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(dflag_loom)))]
mod tests {
    use crate::dynamic::Dynamic;

    #[test]
    fn dropped_handles_leave_no_mirror_behind() {
        let (setter, limit) = Dynamic::settable(3_u64);
        for _ in 0..100 {
            assert_eq!(limit.map(|limit| limit * 2).unwrap().get(), 6);
        }
        assert!(setter.settable().broadcast.mirrors() < 4);
    }
}
