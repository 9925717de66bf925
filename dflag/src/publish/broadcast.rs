//! Broadcast: where a publish goes. It becomes visible to readers, wakes those who wait, and is
//! delivered to subscribers.

use std::sync::{Arc, Mutex, Weak};

use crate::derived::node::{Failure, Node};
use crate::derived::registry::{DerivedValues, Registered};
use crate::publish::core::lock;
use crate::read::mirror::Mirrored;
use crate::read::snapshot::Snapshot;
use crate::read::store::Store;
use crate::subscribers::{Notice, Subscribers};
use crate::waiting::waiters::Waiters;
use crate::waiting::watch::Watch;

/// The receivers of one set's publishes.
pub(crate) struct Broadcast {
    /// The snapshot that readers load.
    pub(crate) store: Arc<Store>,
    pub(crate) subscribers: Arc<Subscribers>,
    waiters: Arc<Waiters>,
    /// The mirrors to refresh, each with the index of its flag or derived value.
    mirrors: Mutex<Vec<(usize, Weak<dyn Mirrored>)>>,
}

impl Broadcast {
    pub(crate) fn new(first: Snapshot) -> Self {
        Self {
            store: Arc::new(Store::new(first)),
            subscribers: Arc::default(),
            waiters: Arc::default(),
            mirrors: Mutex::default(),
        }
    }

    /// Refreshes `mirror` at each publish that changes `flag`.
    pub(crate) fn add_mirror(&self, flag: usize, mirror: &Arc<dyn Mirrored>) {
        lock(&self.mirrors).push((flag, Arc::downgrade(mirror)));
    }

    /// Registers a derived value, and publishes the snapshot that has its first one. Callers hold the writer lock.
    pub(crate) fn register(
        &self,
        derived: &mut dyn DerivedValues,
        node: &Arc<Node>,
    ) -> Result<Registered, Failure> {
        let old = self.store.load();
        let (registered, new) = derived.register(node, &old)?;
        self.make_visible(&[], &Arc::new(new));
        // A program may make and drop handles on derived values all the time.
        lock(&self.mirrors).retain(|(_, mirror)| mirror.strong_count() > 0);
        derived.discard(old);
        Ok(registered)
    }

    /// The number of mirrors.
    #[cfg(all(test, not(dflag_loom)))]
    pub(crate) fn mirrors(&self) -> usize {
        lock(&self.mirrors).len()
    }

    /// Watches a flag, or all of them.
    pub(crate) fn watch(&self, flag: Option<usize>) -> Watch {
        Watch::new(&self.store, &self.waiters, flag)
    }

    /// Stores the new snapshot and updates the mirrors around it. Callers hold the writer lock.
    pub(crate) fn make_visible(&self, affected: &[usize], new: &Arc<Snapshot>) {
        // A flag whose text is the same but whose origin differs is included: a parser may give equal
        // texts different values.
        let mirrors: Vec<_> = lock(&self.mirrors)
            .iter()
            .filter(|(flag, _)| affected.binary_search(flag).is_ok())
            .filter_map(|(_, mirror)| mirror.upgrade())
            .collect();
        for mirror in &mirrors {
            mirror.invalidate();
        }
        self.store.publish(Arc::clone(new));
        for mirror in &mirrors {
            mirror.refresh(new);
        }
    }

    /// Prepares the notification of a publish that changed values and is visible. Callers hold the writer
    /// lock, so publishes are in order.
    pub(crate) fn enqueue(&self, notice: Notice) {
        self.waiters.release(&notice.changed);
        self.subscribers.enqueue(notice);
    }

    /// Wakes those who wait for what was enqueued, and calls back, without the writer lock. Callbacks come
    /// last, because they may be slow.
    pub(crate) fn notify(&self) {
        self.waiters.wake();
        self.subscribers.notify();
    }
}

impl Drop for Broadcast {
    fn drop(&mut self) {
        self.waiters.close();
    }
}
