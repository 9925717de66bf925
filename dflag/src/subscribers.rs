//! Subscribers: which callbacks a publish notifies, when, and in which order.
//!
//! Publishes are delivered one at a time, in the order in which they happened, each to its
//! subscribers in the order of subscription. A thread that publishes while another one is
//! delivering (or a callback that itself sets a flag) leaves its publish in the queue for the thread
//! that is delivering. So no thread waits for another one's callbacks, and no lock is held while one
//! runs.
//!
//! A subscriber whose first call is with the current value is called by the subscribing thread until that
//! call has ended, and meanwhile keeps what is delivered to it in a backlog.

#[cfg(all(test, dflag_loom))]
mod loom;

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, PoisonError, Weak};

use crate::history::rejected_update::RejectedUpdate;
use crate::read::snapshot::Snapshot;
use crate::read::store::Store;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, MutexGuard};
use crate::user_code::{catch_panic, discard};

/// A publish that changed values, or a rejection.
pub(crate) struct Notice {
    pub(crate) old: Arc<Snapshot>,
    /// Of a rejection, the same as `old`.
    pub(crate) new: Arc<Snapshot>,
    /// Indices in the schema, in order.
    pub(crate) changed: Vec<usize>,
    /// `None` of a publish.
    pub(crate) rejected: Option<RejectedUpdate>,
}

impl Notice {
    /// Whether the value of a flag changed, and not those of derived values alone, whose indices follow.
    fn changes_a_flag(&self) -> bool {
        let mut changed = self.changed.iter();
        changed.any(|index| *index < self.new.states.len())
    }
}

/// What a subscriber subscribes to.
enum Topic {
    /// Publishes that change a value: that of this flag or derived value, or that of any flag.
    Changes(Option<usize>),
    Rejections,
}

type Callback = Box<dyn Fn(&Notice) + Send + Sync>;
type SubscriberList = Arc<Vec<Arc<Subscriber>>>;

struct Subscriber {
    topic: Topic,
    /// What it subscribes to, for the log.
    name: String,
    active: AtomicBool,
    callback: Callback,
    /// The generation of its first call. Publishes up to it are not delivered.
    since: u64,
    /// The publishes made during its first call; `None` when it has been called with them.
    backlog: Mutex<Option<VecDeque<Arc<Notice>>>>,
}

#[derive(Default)]
pub(crate) struct Subscribers {
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    subscribers: SubscriberList,
    /// Each publish with the subscribers that existed when it was made.
    notices: VecDeque<(Arc<Notice>, SubscriberList)>,
    delivering: bool,
}

impl Subscribers {
    /// Calls `callback` for each later publish that changes `flag`, or any flag if it is `None`.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        flag: Option<usize>,
        name: &str,
        callback: Callback,
    ) -> Subscription {
        self.add(Subscriber::new(Topic::Changes(flag), name, callback, None))
    }

    /// Calls `callback` for each later rejection.
    pub(crate) fn subscribe_to_rejections(self: &Arc<Self>, callback: Callback) -> Subscription {
        let topic = Topic::Rejections;
        self.add(Subscriber::new(topic, "on_reject", callback, None))
    }

    fn add(self: &Arc<Self>, subscriber: Arc<Subscriber>) -> Subscription {
        Arc::make_mut(&mut self.lock().subscribers).push(Arc::clone(&subscriber));
        Subscription(Some((Arc::downgrade(self), subscriber)))
    }

    /// Calls `callback` with the newest snapshot of `store` in place of the old and the new one, before this
    /// returns, and then as [`subscribe`](Self::subscribe) does.
    ///
    /// No publish is missed or delivered twice: a publish is stored before it is queued, and the snapshot is
    /// loaded while the queue is locked. So a publish that the snapshot lacks is queued later, and one that
    /// is queued later but which the snapshot has is recognized by its generation.
    pub(crate) fn subscribe_from_now(
        self: &Arc<Self>,
        flag: Option<usize>,
        name: &str,
        callback: Callback,
        store: &Store,
    ) -> Subscription {
        let mut queue = self.lock();
        let newest = store.load();
        let topic = Topic::Changes(flag);
        let subscriber = Subscriber::new(topic, name, callback, Some(newest.generation));
        Arc::make_mut(&mut queue.subscribers).push(Arc::clone(&subscriber));
        drop(queue);
        let mut next = Some(Arc::new(Notice {
            old: Arc::clone(&newest),
            new: newest,
            changed: Vec::new(),
            rejected: None,
        }));
        while let Some(notice) = next {
            subscriber.run(&notice);
            discard(notice);
            next = subscriber.next_of_backlog();
        }
        Subscription(Some((Arc::downgrade(self), subscriber)))
    }

    /// Queues a publish or a rejection. Callers hold the writer lock, so the queue has their order.
    pub(crate) fn enqueue(&self, notice: Notice) {
        let mut queue = self.lock();
        let subscribers = Arc::clone(&queue.subscribers);
        queue.notices.push_back((Arc::new(notice), subscribers));
    }

    /// Delivers the queued publishes, unless another thread is delivering: then that one does.
    pub(crate) fn notify(&self) {
        if mem::replace(&mut self.lock().delivering, true) {
            return;
        }
        while let Some((notice, subscribers)) = self.next() {
            for subscriber in subscribers.iter() {
                subscriber.call(&notice);
            }
            discard((notice, subscribers));
        }
    }

    /// The next publish to deliver. If there is none, `delivering` is reset in the same critical
    /// section, so that no publish stays undelivered.
    fn next(&self) -> Option<(Arc<Notice>, SubscriberList)> {
        let mut queue = self.lock();
        let next = queue.notices.pop_front();
        queue.delivering = next.is_some();
        next
    }

    fn unsubscribe(&self, subscriber: &Arc<Subscriber>) {
        let mut queue = self.lock();
        let before = Arc::clone(&queue.subscribers);
        let others = before
            .iter()
            .filter(|other| !Arc::ptr_eq(other, subscriber));
        queue.subscribers = Arc::new(others.cloned().collect());
        // Dropping a callback may drop another subscription, so the lock must be free.
        drop(queue);
        drop(before);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    fn new(topic: Topic, name: &str, callback: Callback, since: Option<u64>) -> Arc<Self> {
        Arc::new(Self {
            topic,
            name: name.to_owned(),
            active: AtomicBool::new(true),
            callback,
            since: since.unwrap_or_default(),
            backlog: Mutex::new(since.map(|_| VecDeque::new())),
        })
    }

    fn call(&self, notice: &Arc<Notice>) {
        let concerned = match self.topic {
            Topic::Changes(Some(flag)) => notice.changed.binary_search(&flag).is_ok(),
            Topic::Changes(None) => notice.changes_a_flag(),
            Topic::Rejections => notice.rejected.is_some(),
        };
        if !concerned || notice.new.generation <= self.since || !self.active.load(Ordering::Acquire)
        {
            return;
        }
        if let Some(backlog) = &mut *self.backlog() {
            backlog.push_back(Arc::clone(notice));
            return;
        }
        self.run(notice);
    }

    fn run(&self, notice: &Notice) {
        if catch_panic(|| (self.callback)(notice)).is_err() {
            tracing::error!(subscriber = %self.name, "a callback panicked; the others are still called");
        }
    }

    /// The next publish that was made during the first call. If there is none, the thread that delivers
    /// calls this subscriber from now on.
    fn next_of_backlog(&self) -> Option<Arc<Notice>> {
        let mut backlog = self.backlog();
        let next = backlog.as_mut()?.pop_front();
        if next.is_none() {
            *backlog = None;
        }
        next
    }

    fn backlog(&self) -> MutexGuard<'_, Option<VecDeque<Arc<Notice>>>> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A registered callback. Dropping it unsubscribes.
///
/// If the callback is running on another thread while it is unsubscribed, that call completes.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// struct Pool {
///     _subscription: dflag::Subscription, // unsubscribes when the pool is dropped
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let pool = Pool {
///     _subscription: args.limit.on_change(|_, new| println!("resize to {new}")),
/// };
/// drop(pool);
///
/// args.limit.on_change(|old, new| println!("{old} -> {new}")).detach(); // never unsubscribes
/// # Ok::<(), clap::Error>(())
/// ```
#[must_use = "dropping a subscription unsubscribes, and `let _ = …` drops it at once: keep it, or `detach` it"]
#[derive(Default)]
pub struct Subscription(Option<(Weak<Subscribers>, Arc<Subscriber>)>);

impl Subscription {
    /// Keeps the callback registered for as long as the flags exist.
    pub fn detach(mut self) {
        self.0 = None;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some((subscribers, subscriber)) = self.0.take() {
            subscriber.active.store(false, Ordering::Release);
            if let Some(subscribers) = subscribers.upgrade() {
                subscribers.unsubscribe(&subscriber);
            }
        }
    }
}

// A subscription never calls its callback: dropping it removes it by one assignment.
impl UnwindSafe for Subscription {}
impl RefUnwindSafe for Subscription {}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.as_ref().map(|(_, subscriber)| &subscriber.name);
        f.debug_tuple("Subscription").field(&name).finish()
    }
}
