//! The timer under loom: scheduling, against the thread that wakes up or ends.
//!
//! The contract: an override that is due is expired; the thread ends when nothing is left to wait for, or when
//! the owner is gone; there is never more than one. A thread that stays is a deadlock, which loom reports.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::publish::timer::{Expire, Timer};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::in_every_order;

/// What the core is to the timer: overrides behind a writer lock.
struct Overrides {
    timer: Timer,
    writer: Mutex<Option<Instant>>,
    expired: Arc<AtomicUsize>,
}

impl Overrides {
    fn new(expired: &Arc<AtomicUsize>) -> Arc<Self> {
        Arc::new_cyclic(|overrides: &Weak<Self>| Self {
            timer: Timer::new(Weak::clone(overrides) as _),
            writer: Mutex::new(None),
            expired: Arc::clone(expired),
        })
    }

    fn set(&self, deadline: Option<Instant>) {
        let mut writer = self.writer.lock().unwrap();
        self.timer.schedule(deadline).unwrap();
        *writer = deadline;
    }
}

impl Expire for Overrides {
    fn expire(&self) {
        let mut writer = self.writer.lock().unwrap();
        let now = Instant::now();
        if writer.take_if(|at| *at <= now).is_some() {
            self.expired.fetch_add(1, Ordering::Relaxed);
        }
        self.timer.schedule(*writer).unwrap();
    }
}

fn now() -> Instant {
    Instant::now()
}

fn later() -> Instant {
    now() + Duration::from_secs(3600)
}

/// Sets, expires and sets again while the first thread may be ending.
#[test]
fn override_set_while_the_thread_ends_expires() {
    in_every_order(|| {
        let expired = Arc::new(AtomicUsize::new(0));
        let overrides = Overrides::new(&expired);
        overrides.set(Some(now()));
        overrides.set(Some(now()));
        while overrides.writer.lock().unwrap().is_some() {
            loom::thread::yield_now();
        }
        assert!((1..=2).contains(&expired.load(Ordering::Relaxed)));
    });
}

/// The thread sleeps for an hour, and is woken to end.
#[test]
fn thread_ends_when_the_override_is_cleared_or_the_owner_dropped() {
    for is_cleared in [true, false] {
        in_every_order(move || {
            let expired = Arc::new(AtomicUsize::new(0));
            let overrides = Overrides::new(&expired);
            overrides.set(Some(later()));
            if is_cleared {
                overrides.set(None);
            }
            drop(overrides);
            assert_eq!(expired.load(Ordering::Relaxed), 0);
        });
    }
}

/// A shorter time wakes the thread that sleeps for a longer one.
#[test]
fn earlier_deadline_wakes_the_thread() {
    in_every_order(|| {
        let expired = Arc::new(AtomicUsize::new(0));
        let overrides = Overrides::new(&expired);
        overrides.set(Some(later()));
        overrides.set(Some(now()));
        while overrides.writer.lock().unwrap().is_some() {
            loom::thread::yield_now();
        }
        assert_eq!(expired.load(Ordering::Relaxed), 1);
    });
}
