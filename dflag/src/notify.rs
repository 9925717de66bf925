//! Notification: who is told of a publish, when, and in which order.
//!
//! Publishes are told one after the other in the order in which they happened, each to its
//! subscribers in the order in which they subscribed. A thread that publishes while another is
//! telling (or a subscriber that itself sets a flag) leaves its publish in the queue to the one
//! that is telling. So nobody waits for a subscriber, and no lock is held while one runs.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::snapshot::Snapshot;

/// A publish that changed values.
pub(crate) struct Notice {
    pub(crate) old: Arc<Snapshot>,
    pub(crate) new: Arc<Snapshot>,
    /// Indices in the schema, in order.
    pub(crate) changed: Vec<usize>,
}

type Callback = Box<dyn Fn(&Notice) + Send + Sync>;
type Subscribers = Arc<Vec<Arc<Subscriber>>>;

struct Subscriber {
    /// The flag that it is about; every flag if there is none.
    flag: Option<usize>,
    /// What a log calls it.
    name: String,
    active: AtomicBool,
    callback: Callback,
}

#[derive(Default)]
pub(crate) struct Notifier {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    subscribers: Subscribers,
    /// Each with those who were subscribed when it was published.
    queue: VecDeque<(Notice, Subscribers)>,
    telling: bool,
}

impl Notifier {
    /// Calls `callback` for each publish from now on that changes `flag`, or any flag.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        flag: Option<usize>,
        name: &str,
        callback: Callback,
    ) -> Subscription {
        let subscriber = Arc::new(Subscriber {
            flag,
            name: name.to_owned(),
            active: AtomicBool::new(true),
            callback,
        });
        Arc::make_mut(&mut self.lock().subscribers).push(Arc::clone(&subscriber));
        Subscription(Some((Arc::downgrade(self), subscriber)))
    }

    /// Queues a publish. To be called in the order of publishing.
    pub(crate) fn enqueue(&self, notice: Notice) {
        let mut state = self.lock();
        let subscribers = Arc::clone(&state.subscribers);
        state.queue.push_back((notice, subscribers));
    }

    /// Tells what is queued, unless someone is telling already, who then tells this, too.
    pub(crate) fn tell(&self) {
        if mem::replace(&mut self.lock().telling, true) {
            return;
        }
        while let Some((notice, subscribers)) = self.next() {
            for subscriber in subscribers.iter() {
                subscriber.call(&notice);
            }
        }
    }

    /// The next publish to tell of. Where there is none, telling has ended: the queue is seen
    /// empty and given up in one step, so that no publish falls in between.
    fn next(&self) -> Option<(Notice, Subscribers)> {
        let mut state = self.lock();
        let next = state.queue.pop_front();
        state.telling = next.is_some();
        next
    }

    fn unsubscribe(&self, subscriber: &Arc<Subscriber>) {
        let mut state = self.lock();
        let before = Arc::clone(&state.subscribers);
        let others = before
            .iter()
            .filter(|other| !Arc::ptr_eq(other, subscriber));
        state.subscribers = Arc::new(others.cloned().collect());
        // What a callback owns may itself end a subscription when dropped.
        drop(state);
        drop(before);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    fn call(&self, notice: &Notice) {
        let concerned = self
            .flag
            .is_none_or(|flag| notice.changed.binary_search(&flag).is_ok());
        if !concerned || !self.active.load(Ordering::Acquire) {
            return;
        }
        if catch_unwind(AssertUnwindSafe(|| (self.callback)(notice))).is_err() {
            // What it panicked with may quote a value.
            tracing::error!(subscriber = %self.name, "a subscriber panicked; the others are told all the same");
        }
    }
}

/// Being told of changes. It ends when this is dropped.
///
/// A callback that is running at that moment on another thread runs to its end.
#[must_use = "a subscription ends when it is dropped"]
#[derive(Default)]
pub struct Subscription(Option<(Weak<Notifier>, Arc<Subscriber>)>);

impl Subscription {
    /// Lets the subscription last as long as the flags do.
    pub fn detach(mut self) {
        self.0 = None;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some((notifier, subscriber)) = self.0.take() {
            subscriber.active.store(false, Ordering::Release);
            if let Some(notifier) = notifier.upgrade() {
                notifier.unsubscribe(&subscriber);
            }
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.as_ref().map(|(_, subscriber)| &subscriber.name);
        f.debug_tuple("Subscription").field(&name).finish()
    }
}
