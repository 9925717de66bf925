//! Callbacks. The contract: they run after the store, in the order of the publishes and then of
//! the subscriptions, on a thread that publishes, and only if their flag changed. No callback can
//! affect another one, block a writer on another thread, or deadlock.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::panic;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Edit, FlagSet, Flags, Layer, Subscription};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    b: u32,

    /// Its type has no `PartialEq`.
    #[arg(long, default_value = "x")]
    #[flag(dynamic)]
    opaque: Opaque,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    list: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Opaque(String);

impl From<&str> for Opaque {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A test that waits longer than this for an event has deadlocked.
const DEADLINE: Duration = Duration::from_secs(20);

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn recorder<T>() -> (impl Fn(T) + Send + Sync + Clone + 'static, Receiver<T>)
where
    T: Send + 'static,
{
    let (sender, receiver) = mpsc::channel();
    (move |event| drop(sender.send(event)), receiver)
}

fn events<T>(receiver: &Receiver<T>) -> Vec<T> {
    receiver.try_iter().collect()
}

#[test]
fn callbacks_get_old_and_new_after_the_store_and_only_for_changes() {
    let args = args();
    let (record, log) = recorder();
    let _a = args.a.on_change({
        let (record, args) = (record.clone(), args.clone());
        move |old, new| record(format!("a {old}->{new}, now {}", args.a.get()))
    });
    let _b = args.b.on_change({
        let record = record.clone();
        move |old, new| record(format!("b {old}->{new}"))
    });
    let _all =
        args.on_change(move |old, new| record(format!("all {}->{}", old.a + old.b, new.a + new.b)));

    args.set("a", "1").unwrap();
    assert_eq!(events(&log), ["a 0->1, now 1", "all 0->1"]);
    args.set("a", "1").unwrap();
    args.set("a", "01").unwrap();
    assert!(events(&log).is_empty(), "an equal value is no change");
    args.set("b", "5").unwrap();
    assert_eq!(events(&log), ["b 0->5", "all 1->6"]);
}

#[test]
fn values_without_partial_eq_are_compared_by_text() {
    let args = args();
    let (record, log) = recorder();
    let _sub = args
        .opaque
        .on_change(move |old, new| record(format!("{}->{}", old.0, new.0)));
    args.set("opaque", "x").unwrap();
    assert!(events(&log).is_empty());
    args.set("opaque", "y").unwrap();
    assert_eq!(events(&log), ["x->y"]);
}

#[test]
fn equal_value_with_another_text_is_no_change() {
    let args = args();
    args.set("list", "1,2").unwrap();
    let (record, log) = recorder();
    let _sub = args.list.on_change(move |_, new| record(new.clone()));
    args.set("list", "1\n02").unwrap();
    assert_eq!(args.list.get(), [1, 2]);
    assert!(events(&log).is_empty());
}

#[test]
fn callbacks_run_in_the_order_of_subscription_until_dropped() {
    let args = args();
    let (record, log) = recorder();
    let subscriptions: Vec<Subscription> = (0..20)
        .map(|n| {
            let record = record.clone();
            if n % 2 == 0 {
                args.a.on_change(move |_, _| record(n))
            } else {
                args.on_change(move |_, _| record(n))
            }
        })
        .collect();
    args.set("a", "1").unwrap();
    assert_eq!(events(&log), (0..20).collect::<Vec<_>>());
    drop(subscriptions);
    args.set("a", "2").unwrap();
    assert!(
        events(&log).is_empty(),
        "dropping a subscription unsubscribes"
    );
}

#[test]
fn detached_subscription_stays_registered() {
    let args = args();
    let (record, log) = recorder();
    args.a.on_change(move |_, new| record(*new)).detach();
    args.set("a", "1").unwrap();
    assert_eq!(events(&log), [1]);
}

#[test]
fn panicking_callback_affects_neither_other_callbacks_nor_the_writer() {
    let args = args();
    let (record, log) = recorder();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let _bad = args.a.on_change(|_, _| panic!("a callback that panics"));
    let _good = args.a.on_change(move |_, new| record(*new));
    args.set("a", "1").unwrap();
    args.set("a", "2").unwrap();
    panic::set_hook(hook);
    assert_eq!(events(&log), [1, 2]);
    assert_eq!(args.a.get(), 2);
}

#[test]
fn callback_that_sets_a_flag_neither_deadlocks_nor_reorders() {
    let args = args();
    let (record, log) = recorder();
    let _first = args.a.on_change({
        let args = args.clone();
        move |_, new| drop(args.set("b", &(new * 10).to_string()).unwrap())
    });
    let _second = args
        .on_change(move |old, new| record(format!("{},{} -> {},{}", old.a, old.b, new.a, new.b)));
    args.set("a", "1").unwrap();
    assert_eq!(events(&log), ["0,0 -> 1,0", "1,0 -> 1,10"]);
}

#[test]
fn callback_may_drop_its_own_subscription_and_subscribe_again() {
    let args = args();
    let (record, log) = recorder();
    let slot: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let subscription = args.a.on_change({
        let (slot, args) = (Arc::clone(&slot), args.clone());
        move |_, new| {
            record(*new);
            let record = record.clone();
            let next = args.a.on_change(move |_, new| record(new + 100));
            *slot.lock().unwrap() = Some(next);
        }
    });
    *slot.lock().unwrap() = Some(subscription);
    args.set("a", "1").unwrap();
    assert_eq!(events(&log), [1], "a new callback gets no earlier publish");
    args.set("a", "2").unwrap();
    assert_eq!(events(&log), [102]);
    slot.lock().unwrap().take();
}

#[test]
fn slow_callback_delays_no_other_thread_and_loses_no_publish() {
    let args = args();
    let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (record, log) = recorder();
    let _slow = args.a.on_change({
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        move |old, new| {
            record((*old, *new));
            if *new == 1 {
                entered.wait();
                leave.wait();
            }
        }
    });
    let slow = thread::spawn({
        let args = args.clone();
        move || drop(args.set("a", "1").unwrap())
    });
    entered.wait();
    // The callback is running on the other thread, and setting does not wait for it.
    args.set("a", "2").unwrap();
    args.set("a", "3").unwrap();
    assert_eq!(args.a.get(), 3);
    leave.wait();
    slow.join().unwrap();
    assert_eq!(events(&log), [(0, 1), (1, 2), (2, 3)]);
}

#[test]
fn publishes_of_many_threads_are_delivered_once_and_in_order() {
    let args = args();
    let (record, log) = recorder();
    let _sub = args.on_change(move |old, new| record((old.a, new.a)));
    thread::scope(|scope| {
        for thread in 0..8_u32 {
            let args = &args;
            scope.spawn(move || {
                for n in 0..50 {
                    args.set("a", &(1 + thread * 50 + n).to_string()).unwrap();
                }
            });
        }
    });
    let mut chain = Vec::new();
    while chain.len() < 400 {
        chain.push(log.recv_timeout(DEADLINE).unwrap());
    }
    assert!(
        chain.windows(2).all(|pair| pair[0].1 == pair[1].0),
        "each old value is the previous new value"
    );
    assert_eq!(chain.last().unwrap().1, args.a.get());
    assert!(events(&log).is_empty());
}

#[test]
fn on_publish_gets_changed_names_and_the_generation() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let (record, log) = recorder();
    let _sub = set.on_publish(Arc::new(move |published| {
        let names = published.changed.iter().map(|change| change.flag.clone());
        record((published.generation, names.collect::<Vec<_>>()));
    }));
    set.edit(&[Edit::set("a", "1"), Edit::set("b", "1")])
        .unwrap();
    // Only the origin changes: that is a new generation, but no callback runs.
    let mut layer = Layer::new("file", "flags.txt");
    layer.text("opaque", "flags.txt:1", "x");
    set.propose(&layer).unwrap();
    assert_eq!(events(&log), [(2, vec!["a".to_owned(), "b".to_owned()])]);
    assert_eq!(set.generation(), 3);
}
