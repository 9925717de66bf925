//! The setter of a handle that follows no flag.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Mutex};

use crate::publish::broadcast::Broadcast;
use crate::publish::core::lock;
use crate::read::snapshot::Snapshot;
use crate::subscribers::Notice;

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
pub struct Setter<T>(Arc<Inner<T>>);

struct Inner<T> {
    broadcast: Arc<Broadcast>,
    writer: Mutex<()>,
    /// The value's type, of which the broadcast's snapshots consist.
    value: PhantomData<fn(T)>,
}

/// The index of the only value.
pub(crate) const INDEX: usize = 0;

impl<T: Send + Sync + 'static> Setter<T> {
    pub(crate) fn new(value: T) -> Self {
        let first = Snapshot::new(1, Arc::new(value), Vec::new());
        Self(Arc::new(Inner {
            broadcast: Arc::new(Broadcast::new(first)),
            writer: Mutex::new(()),
            value: PhantomData,
        }))
    }

    pub(crate) fn broadcast(&self) -> &Arc<Broadcast> {
        &self.0.broadcast
    }

    /// Sets the value, wakes those who wait for it, and runs callbacks before this returns. As with a flag,
    /// an equal value is no change.
    ///
    /// May be called from a callback. On another thread than the one that runs callbacks, it leaves them to
    /// that one.
    pub fn set(&self, value: T)
    where
        T: PartialEq,
    {
        let Inner {
            broadcast, writer, ..
        } = &*self.0;
        let writing = lock(writer);
        let old = broadcast.store.load();
        if *old.args::<T>() == value {
            return;
        }
        let changed = vec![INDEX];
        let generation = old.generation + 1;
        let new = Arc::new(Snapshot {
            versions: old.versions.next(generation, &changed),
            ..Snapshot::new(generation, Arc::new(value), Vec::new())
        });
        broadcast.make_visible(&changed, &new);
        broadcast.enqueue(Notice { old, new, changed });
        drop(writing);
        broadcast.notify();
    }
}

impl<T> Clone for Setter<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
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
