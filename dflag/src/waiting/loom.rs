//! Waiting under loom: store → release → wake, against register → check.
//!
//! The contract: a waiter that has not seen the newest version when it goes to sleep is woken. A lost wake-up
//! is a deadlock, which loom reports.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::Notify;
use loom::thread;

use crate::read::snapshot::Snapshot;
use crate::read::store::Store;
use crate::sync::in_every_order;
use crate::waiting::waiters::Waiters;
use crate::waiting::watch::Watch;

/// A set of flags, as the core publishes it.
struct Set {
    store: Arc<Store>,
    waiters: Arc<Waiters>,
}

impl Set {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            store: Arc::new(Store::new(Snapshot::new(1, Arc::new(()), Vec::new()))),
            waiters: Arc::default(),
        })
    }

    fn watch(&self, flag: Option<usize>) -> Watch {
        Watch::new(&self.store, &self.waiters, flag)
    }

    fn publish(&self, changed: &[usize]) {
        let old = self.store.load();
        let generation = old.generation + 1;
        self.store.publish(Arc::new(Snapshot {
            versions: old.versions.next(generation, changed, changed.len()),
            ..Snapshot::new(generation, Arc::new(()), Vec::new())
        }));
        self.waiters.release(changed);
        self.waiters.wake();
    }
}

/// Wakes a loom thread. Of loom's own, because `Waker` needs an `Arc` of the standard library.
struct Sleeper(Notify);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

/// Sleeps until the watch is ready. Returns the generation, or `None` at the end.
fn wait(watch: &mut Watch) -> Option<u64> {
    let sleeper = Arc::new(Sleeper(Notify::new()));
    let waker = Waker::from(Arc::clone(&sleeper));
    let context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(snapshot) = watch.poll_changed(&context) {
            return snapshot.map(|snapshot| snapshot.generation);
        }
        sleeper.0.wait();
    }
}

#[test]
fn waiter_gets_the_newest_change_and_then_the_end() {
    in_every_order(|| {
        let set = Set::new();
        let mut watch = set.watch(Some(0));
        let publisher = Arc::clone(&set);
        let publishes = thread::spawn(move || {
            publisher.publish(&[0]);
            publisher.publish(&[0]);
            publisher.waiters.close();
        });
        let mut seen = Vec::new();
        while let Some(generation) = wait(&mut watch) {
            seen.push(generation);
        }
        publishes.join().unwrap();
        assert!([&[2, 3][..], &[3]].contains(&&*seen), "{seen:?}");
        drop(watch);
        assert_eq!(set.waiters.len(), 0);
    });
}

#[test]
fn waiters_of_one_flag_and_of_any_are_woken() {
    in_every_order(|| {
        let set = Set::new();
        let (mut one, mut any) = (set.watch(Some(1)), set.watch(None));
        let waits = thread::spawn(move || assert_eq!(wait(&mut any), Some(2)));
        let publisher = Arc::clone(&set);
        let publishes = thread::spawn(move || publisher.publish(&[0, 1]));
        assert_eq!(wait(&mut one), Some(2));
        publishes.join().unwrap();
        waits.join().unwrap();
        drop(one);
        assert_eq!(set.waiters.len(), 0);
    });
}

#[test]
fn canceled_wait_loses_no_change_and_leaves_no_waker() {
    in_every_order(|| {
        let set = Set::new();
        let mut watch = set.watch(Some(0));
        let publisher = Arc::clone(&set);
        let publishes = thread::spawn(move || publisher.publish(&[0]));
        let canceled = watch.poll_changed(&Context::from_waker(Waker::noop()));
        watch.cancel();
        if canceled.is_pending() {
            assert_eq!(wait(&mut watch), Some(2));
        }
        publishes.join().unwrap();
        drop(watch);
        assert_eq!(set.waiters.len(), 0);
    });
}
