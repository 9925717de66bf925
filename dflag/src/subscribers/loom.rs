//! Delivery of publishes under loom.
//!
//! The contract: each publish is delivered once, in the order of publishing, and when every thread
//! that published has returned, everything is delivered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use loom::thread;

use super::{Notice, Subscribers, Subscription};
use crate::read::snapshot::Snapshot;
use crate::read::store::Store;
use crate::sync::in_every_order;

fn notice(value: u64) -> Notice {
    let snapshot = |value| Arc::new(Snapshot::new(value, Arc::new(()), Vec::new()));
    Notice {
        old: snapshot(value - 1),
        new: snapshot(value),
        changed: vec![0],
        rejected: None,
    }
}

/// Enqueues under a writer lock, as the core does.
struct Publisher {
    subscribers: Arc<Subscribers>,
    writer: loom::sync::Mutex<u64>,
}

impl Publisher {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            subscribers: Arc::default(),
            writer: loom::sync::Mutex::new(0),
        })
    }

    fn publish(&self) {
        {
            let mut last = self.writer.lock().unwrap();
            *last += 1;
            self.subscribers.enqueue(notice(*last));
        }
        self.subscribers.notify();
    }

    fn subscribe(&self, callback: impl Fn(u64) + Send + Sync + 'static) -> Subscription {
        let callback = move |notice: &Notice| callback(notice.new.generation);
        self.subscribers
            .subscribe(Some(0), "test", Box::new(callback))
    }
}

/// The delivered publishes, for assertions. Not part of the model.
type Delivered = Arc<Mutex<Vec<u64>>>;

#[test]
fn publishes_of_two_threads_are_delivered_once_and_in_order() {
    in_every_order(|| {
        let (publisher, delivered) = (Publisher::new(), Delivered::default());
        let push = Arc::clone(&delivered);
        let _subscription = publisher.subscribe(move |value| push.lock().unwrap().push(value));
        let other = Arc::clone(&publisher);
        let publishes = thread::spawn(move || other.publish());
        publisher.publish();
        publisher.publish();
        publishes.join().unwrap();
        assert_eq!(*delivered.lock().unwrap(), [1, 2, 3]);
    });
}

#[test]
fn publish_by_a_callback_is_delivered_after_the_current_one() {
    in_every_order(|| {
        let (publisher, delivered) = (Publisher::new(), Delivered::default());
        let (push, again) = (Arc::clone(&delivered), Arc::downgrade(&publisher));
        let _subscription = publisher.subscribe(move |value| {
            if value == 1 {
                again.upgrade().unwrap().publish();
            }
            push.lock().unwrap().push(value);
        });
        let other = Arc::clone(&publisher);
        let publishes = thread::spawn(move || other.publish());
        publisher.publish();
        publishes.join().unwrap();
        assert_eq!(*delivered.lock().unwrap(), [1, 2, 3]);
    });
}

#[test]
fn dropped_subscription_gets_a_prefix_and_others_get_every_publish() {
    in_every_order(|| {
        let publisher = Publisher::new();
        let (delivered, prefix) = (Delivered::default(), Delivered::default());
        let (push, push_prefix) = (Arc::clone(&delivered), Arc::clone(&prefix));
        let dropped = publisher.subscribe(move |value| push_prefix.lock().unwrap().push(value));
        let _kept = publisher.subscribe(move |value| push.lock().unwrap().push(value));
        let dropping = thread::spawn(move || drop(dropped));
        publisher.publish();
        publisher.publish();
        dropping.join().unwrap();
        assert_eq!(*delivered.lock().unwrap(), [1, 2]);
        let prefix = prefix.lock().unwrap().clone();
        assert!([1, 2].starts_with(&prefix), "{prefix:?}");
        publisher.publish();
        assert_eq!(delivered.lock().unwrap().len(), 3);
    });
}

impl Publisher {
    /// Stores and enqueues, as the core does.
    fn publish_to(&self, store: &Store) {
        {
            let mut last = self.writer.lock().unwrap();
            *last += 1;
            let notice = notice(*last);
            store.publish(Arc::clone(&notice.new));
            self.subscribers.enqueue(notice);
        }
        self.subscribers.notify();
    }

    fn subscribe_from_now(
        &self,
        store: &Store,
        callback: impl Fn(u64) + Send + Sync + 'static,
    ) -> Subscription {
        let callback = move |notice: &Notice| callback(notice.new.generation);
        self.subscribers
            .subscribe_from_now(Some(0), "test", Box::new(callback), store)
    }
}

fn store() -> Arc<Store> {
    Arc::new(Store::new(Snapshot::new(0, Arc::new(()), Vec::new())))
}

#[test]
fn subscription_from_now_gets_the_current_value_and_each_later_one_once() {
    in_every_order(|| {
        let (publisher, store, delivered) = (Publisher::new(), store(), Delivered::default());
        let (other, its_store) = (Arc::clone(&publisher), Arc::clone(&store));
        let publishes = thread::spawn(move || {
            other.publish_to(&its_store);
            other.publish_to(&its_store);
        });
        let push = Arc::clone(&delivered);
        let _subscription = publisher.subscribe_from_now(&store, move |value| {
            thread::yield_now(); // other threads may run during a call
            push.lock().unwrap().push(value);
        });
        let first = delivered.lock().unwrap().first().copied();
        publishes.join().unwrap();
        let delivered = delivered.lock().unwrap().clone();
        assert!([0, 1, 2].ends_with(&delivered), "{delivered:?}");
        assert_eq!(first, delivered.first().copied());
    });
}

#[test]
fn publish_by_the_first_call_is_delivered_after_it() {
    in_every_order(|| {
        let (publisher, store, delivered) = (Publisher::new(), store(), Delivered::default());
        let (other, its_store) = (Arc::clone(&publisher), Arc::clone(&store));
        let publishes = thread::spawn(move || other.publish_to(&its_store));
        let (push, again) = (Arc::clone(&delivered), Arc::downgrade(&publisher));
        let (is_first, its_store) = (AtomicBool::new(true), Arc::clone(&store));
        let _subscription = publisher.subscribe_from_now(&store, move |value| {
            if is_first.swap(false, Ordering::Relaxed) {
                again.upgrade().unwrap().publish_to(&its_store);
            }
            push.lock().unwrap().push(value);
        });
        publishes.join().unwrap();
        let delivered = delivered.lock().unwrap().clone();
        assert!([0, 1, 2].ends_with(&delivered), "{delivered:?}");
    });
}
