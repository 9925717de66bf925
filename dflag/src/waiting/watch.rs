//! A watch: which version of a value was seen last, and how to wait for the next one.

use std::ops::Deref;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::read::snapshot::Snapshot;
use crate::read::store::Store;
use crate::waiting::waiters::Waiters;

/// Watches one flag of a set, or all of them.
pub(crate) struct Watch {
    store: Arc<Store>,
    waiters: Arc<Waiters>,
    /// `None` for any flag.
    flag: Option<usize>,
    slot: usize,
    /// The version that was seen last.
    seen: u64,
}

impl Watch {
    /// Watches for changes after the snapshot that is the newest now.
    pub(crate) fn new(store: &Arc<Store>, waiters: &Arc<Waiters>, flag: Option<usize>) -> Self {
        Self {
            seen: store.load().versions.get(flag),
            store: Arc::clone(store),
            waiters: Arc::clone(waiters),
            flag,
            slot: waiters.add(flag),
        }
    }

    /// The newest snapshot once the value has changed since the last call that returned one; `None` once there
    /// can be no further change. While pending, the context's waker stays registered.
    pub(crate) fn poll_changed(&mut self, context: &Context<'_>) -> Poll<Option<Arc<Snapshot>>> {
        if let Some(snapshot) = self.newer() {
            return Poll::Ready(Some(snapshot));
        }
        let registered = self.waiters.register(self.slot, context.waker());
        // A publish before the registration did not wake this waiter.
        let newer = self.newer();
        if registered && newer.is_none() {
            return Poll::Pending;
        }
        self.cancel();
        Poll::Ready(newer)
    }

    /// Forgets the waker of a poll that was pending.
    pub(crate) fn cancel(&self) {
        self.waiters.cancel(self.slot);
    }

    fn newer(&mut self) -> Option<Arc<Snapshot>> {
        let snapshot = self.store.load();
        let version = snapshot.versions.get(self.flag);
        if version == self.seen {
            return None;
        }
        self.seen = version;
        Some(snapshot)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.waiters.remove(self.slot);
    }
}

/// Wakes a thread that is parked.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks the thread until a value meets the condition. Without a watch, the value never changes.
pub(crate) fn wait_for<G: Deref>(
    mut watch: Option<Watch>,
    load: impl Fn() -> G,
    mut condition: impl FnMut(&G::Target) -> bool,
    timeout: Duration,
) -> Result<G, TimedOut> {
    // `None` is too far away to come.
    let deadline = Instant::now().checked_add(timeout);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let context = Context::from_waker(&waker);
    loop {
        // Loaded after the watch was created, or after it noticed a change: a later one is noticed again.
        let value = load();
        if condition(&value) {
            return Ok(value);
        }
        // It would keep its snapshot alive.
        drop(value);
        let mut is_changed = || match &mut watch {
            Some(watch) => watch.poll_changed(&context).is_ready(),
            None => false,
        };
        while !is_changed() {
            if !park(deadline) {
                return Err(TimedOut(timeout));
            }
        }
    }
}

/// Parks the thread until it is woken, perhaps spuriously. Returns `false` if the deadline has passed.
fn park(deadline: Option<Instant>) -> bool {
    let Some(deadline) = deadline else {
        thread::park();
        return true;
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return false;
    }
    thread::park_timeout(left);
    true
}

/// A condition did not hold in time. See [`Dynamic::wait_for`](crate::Dynamic::wait_for).
///
/// ```
/// use std::time::Duration;
/// use dflag::Dynamic;
///
/// let limit = Dynamic::constant(3);
/// let error = limit.wait_for(|limit| *limit > 3, Duration::ZERO).unwrap_err();
/// assert_eq!(error.to_string(), "the condition did not hold within 0ns");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the condition did not hold within {0:?}")]
pub struct TimedOut(pub(crate) Duration);
