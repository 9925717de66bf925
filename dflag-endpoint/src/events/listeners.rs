//! The clients that follow the events. Their number is limited, and none keeps its place forever.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::limits::EVENT_CLIENTS;

/// The time without progress after which another client may take the place of one that has an event to read.
const STALL_TIME: Duration = Duration::from_secs(10);

/// The time after which another client may take the place of one that seems to read: an operating system accepts some
/// megabytes for a client that does not. A client that does read connects again.
const LEASE_TIME: Duration = Duration::from_secs(60);

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Listeners(Mutex<Vec<Arc<Listener>>>);

#[derive(Debug)]
struct Listener {
    since: Instant,
    /// When the client last took an event, or waited for one.
    progress: Mutex<Instant>,
    /// Whether it has read all events.
    is_idle: AtomicBool,
    /// Ends its stream.
    end: Notify,
}

/// A client's place, until it is dropped or [`ended`](Self::ended).
#[derive(Debug)]
pub(super) struct Place {
    listeners: Arc<Listeners>,
    listener: Arc<Listener>,
}

impl Listeners {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        lock(&self.0).len()
    }

    /// A place for another client. It may be that of one that has stalled, or else of the one that has listened longest
    /// if that is for a while; `None` if all are taken.
    pub(super) fn place(self: &Arc<Self>) -> Option<Place> {
        let now = Instant::now();
        let mut listeners = lock(&self.0);
        if listeners.len() >= EVENT_CLIENTS {
            let index = index_to_end(&listeners, now)?;
            listeners.remove(index).end.notify_one();
        }
        let listener = Arc::new(Listener {
            since: now,
            progress: Mutex::new(now),
            is_idle: AtomicBool::new(false),
            end: Notify::new(),
        });
        listeners.push(Arc::clone(&listener));
        Some(Place {
            listeners: Arc::clone(self),
            listener,
        })
    }
}

/// The listeners are in the order in which they came.
fn index_to_end(listeners: &[Arc<Listener>], now: Instant) -> Option<usize> {
    let has_stalled = |listener: &Arc<Listener>| {
        !listener.is_idle.load(Ordering::Relaxed) && now - *lock(&listener.progress) >= STALL_TIME
    };
    let oldest = || {
        let oldest = listeners.first()?;
        (now - oldest.since >= LEASE_TIME).then_some(0)
    };
    listeners.iter().position(has_stalled).or_else(oldest)
}

impl Place {
    /// The server asks for an event, since it could write those before.
    pub(super) fn has_progressed(&self) {
        *lock(&self.listener.progress) = Instant::now();
        self.listener.is_idle.store(true, Ordering::Relaxed);
    }

    /// There is an event to write.
    pub(super) fn has_event(&self) {
        *lock(&self.listener.progress) = Instant::now();
        self.listener.is_idle.store(false, Ordering::Relaxed);
    }

    /// Completes when another client has taken the place.
    pub(super) async fn ended(&self) {
        self.listener.end.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.listeners.0).retain(|listener| !Arc::ptr_eq(listener, &self.listener));
    }
}

/// The lists are changed by single operations, so a panic leaves nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
