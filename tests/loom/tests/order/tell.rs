//! Telling: the notifier's queue, and the one who tells.
//!
//! The contract: each publish is told once, in the order of publishing, by whoever tells, and
//! when all who published have come back, all is told.

use std::sync::{Arc, Mutex};

use loom::thread;

use crate::in_every_order;
use crate::notify::{Notice, Notifier, Subscription};
use crate::snapshot::Snapshot;

fn notice(value: u64) -> Notice {
    let snapshot = |value| Arc::new(Snapshot::new(value));
    Notice {
        old: snapshot(value - 1),
        new: snapshot(value),
        changed: vec![0],
    }
}

/// The writer's lock, under which a publish gets its place in the queue, as `Core::write` does it.
struct Core {
    notifier: Arc<Notifier>,
    writer: loom::sync::Mutex<u64>,
}

impl Core {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            notifier: Arc::default(),
            writer: loom::sync::Mutex::new(0),
        })
    }

    fn publish(&self) {
        {
            let mut last = self.writer.lock().unwrap();
            *last += 1;
            self.notifier.enqueue(notice(*last));
        }
        self.notifier.tell();
    }

    fn subscribe(&self, callback: impl Fn(u64) + Send + Sync + 'static) -> Subscription {
        let callback = move |notice: &Notice| callback(notice.new.value);
        self.notifier.subscribe(Some(0), "test", Box::new(callback))
    }
}

/// What was told, for asserts; it is no part of what is tested.
type Told = Arc<Mutex<Vec<u64>>>;

#[test]
fn publishes_of_two_threads_are_told_once_each_and_in_order() {
    in_every_order(Some(3), || {
        let (core, told) = (Core::new(), Told::default());
        let push = Arc::clone(&told);
        let _sub = core.subscribe(move |value| push.lock().unwrap().push(value));
        let other = Arc::clone(&core);
        let publishes = thread::spawn(move || other.publish());
        core.publish();
        core.publish();
        publishes.join().unwrap();
        assert_eq!(*told.lock().unwrap(), [1, 2, 3]);
    });
}

#[test]
fn what_a_subscriber_publishes_is_told_after_what_it_is_told_of() {
    in_every_order(Some(3), || {
        let (core, told) = (Core::new(), Told::default());
        let (push, again) = (Arc::clone(&told), Arc::downgrade(&core));
        let _sub = core.subscribe(move |value| {
            if value == 1 {
                again.upgrade().unwrap().publish();
            }
            push.lock().unwrap().push(value);
        });
        let other = Arc::clone(&core);
        let publishes = thread::spawn(move || other.publish());
        core.publish();
        publishes.join().unwrap();
        assert_eq!(*told.lock().unwrap(), [1, 2, 3]);
    });
}

#[test]
fn a_subscription_that_ends_meanwhile_is_told_a_beginning_and_the_others_all() {
    in_every_order(Some(3), || {
        let (core, told, partly) = (Core::new(), Told::default(), Told::default());
        let (push, push_partly) = (Arc::clone(&told), Arc::clone(&partly));
        let ends = core.subscribe(move |value| push_partly.lock().unwrap().push(value));
        let _stays = core.subscribe(move |value| push.lock().unwrap().push(value));
        let ender = thread::spawn(move || drop(ends));
        core.publish();
        core.publish();
        ender.join().unwrap();
        assert_eq!(*told.lock().unwrap(), [1, 2]);
        let partly = partly.lock().unwrap().clone();
        assert!([1, 2].starts_with(&partly), "{partly:?}");
        core.publish();
        assert_eq!(told.lock().unwrap().len(), 3);
    });
}
