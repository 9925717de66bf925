//! Notification. The contract: after the store, in the order of publishing and then of
//! subscribing, on a thread that publishes, to no one whom it does not concern; no subscriber
//! can harm another, block a writer, or deadlock.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

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

/// A deadlock shows as this much time without an event.
const DEADLINE: Duration = Duration::from_secs(20);

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn record<T>() -> (impl Fn(T) + Send + Sync + Clone + 'static, Receiver<T>)
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
fn only_what_changed_is_announced_with_old_and_new_and_after_the_store() {
    let args = args();
    let (seen, log) = record();
    let _a = args.a.on_change({
        let (seen, args) = (seen.clone(), args.clone());
        move |old, new| seen(format!("a {old}->{new}, now {}", args.a.get()))
    });
    let _b = args.b.on_change({
        let seen = seen.clone();
        move |old, new| seen(format!("b {old}->{new}"))
    });
    let _all =
        args.on_change(move |old, new| seen(format!("all {}->{}", old.a + old.b, new.a + new.b)));

    args.set("a", "1").unwrap();
    assert_eq!(events(&log), ["a 0->1, now 1", "all 0->1"]);
    args.set("a", "1").unwrap();
    args.set("a", "01").unwrap();
    assert!(events(&log).is_empty(), "an equal value is no change");
    args.set("b", "5").unwrap();
    assert_eq!(events(&log), ["b 0->5", "all 1->6"]);
}

#[test]
fn a_value_that_cannot_be_compared_has_changed_when_its_text_has() {
    let args = args();
    let (seen, log) = record();
    let _sub = args
        .opaque
        .on_change(move |old, new| seen(format!("{}->{}", old.0, new.0)));
    args.set("opaque", "x").unwrap();
    assert!(events(&log).is_empty());
    args.set("opaque", "y").unwrap();
    assert_eq!(events(&log), ["x->y"]);
}

#[test]
fn a_value_written_another_way_is_no_change() {
    let args = args();
    args.set("list", "1,2").unwrap();
    let (seen, log) = record();
    let _sub = args.list.on_change(move |_, new| seen(new.clone()));
    args.set("list", "1\n02").unwrap();
    assert_eq!(args.list.get(), [1, 2]);
    assert!(events(&log).is_empty());
}

#[test]
fn subscribers_are_told_in_the_order_in_which_they_subscribed() {
    let args = args();
    let (seen, log) = record();
    let subscriptions: Vec<Subscription> = (0..20)
        .map(|n| {
            let seen = seen.clone();
            if n % 2 == 0 {
                args.a.on_change(move |_, _| seen(n))
            } else {
                args.on_change(move |_, _| seen(n))
            }
        })
        .collect();
    args.set("a", "1").unwrap();
    assert_eq!(events(&log), (0..20).collect::<Vec<_>>());
    drop(subscriptions);
    args.set("a", "2").unwrap();
    assert!(events(&log).is_empty(), "a subscription ends when dropped");
}

#[test]
fn a_detached_subscription_lasts() {
    let args = args();
    let (seen, log) = record();
    args.a.on_change(move |_, new| seen(*new)).detach();
    args.set("a", "1").unwrap();
    assert_eq!(events(&log), [1]);
}

#[test]
fn one_that_panics_harms_neither_the_others_nor_the_writer() {
    let args = args();
    let (seen, log) = record();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let _bad = args.a.on_change(|_, _| panic!("a careless subscriber"));
    let _good = args.a.on_change(move |_, new| seen(*new));
    args.set("a", "1").unwrap();
    args.set("a", "2").unwrap();
    panic::set_hook(hook);
    assert_eq!(events(&log), [1, 2]);
    assert_eq!(args.a.get(), 2);
}

#[test]
fn one_that_sets_a_flag_neither_deadlocks_nor_reorders() {
    let args = args();
    let (seen, log) = record();
    let _first = args.a.on_change({
        let args = args.clone();
        move |_, new| drop(args.set("b", &(new * 10).to_string()).unwrap())
    });
    let _second =
        args.on_change(move |old, new| seen(format!("{},{} -> {},{}", old.a, old.b, new.a, new.b)));
    args.set("a", "1").unwrap();
    assert_eq!(events(&log), ["0,0 -> 1,0", "1,0 -> 1,10"]);
}

#[test]
fn one_may_drop_its_own_subscription_and_subscribe_anew() {
    let args = args();
    let (seen, log) = record();
    let slot: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let subscription = args.a.on_change({
        let (slot, args) = (Arc::clone(&slot), args.clone());
        move |_, new| {
            seen(*new);
            let seen = seen.clone();
            let next = args.a.on_change(move |_, new| seen(new + 100));
            *slot.lock().unwrap() = Some(next);
        }
    });
    *slot.lock().unwrap() = Some(subscription);
    args.set("a", "1").unwrap();
    assert_eq!(
        events(&log),
        [1],
        "a newcomer is not told of what was before it"
    );
    args.set("a", "2").unwrap();
    assert_eq!(events(&log), [102]);
    slot.lock().unwrap().take();
}

#[test]
fn a_slow_subscriber_delays_no_other_thread_and_no_publish_is_lost() {
    let args = args();
    let (entered, leave) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (seen, log) = record();
    let _slow = args.a.on_change({
        let (entered, leave) = (Arc::clone(&entered), Arc::clone(&leave));
        move |old, new| {
            seen((*old, *new));
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
    // The subscriber is running on the other thread. Setting does not wait for it.
    args.set("a", "2").unwrap();
    args.set("a", "3").unwrap();
    assert_eq!(args.a.get(), 3);
    leave.wait();
    slow.join().unwrap();
    assert_eq!(events(&log), [(0, 1), (1, 2), (2, 3)]);
}

#[test]
fn every_publish_of_many_threads_is_told_once_and_in_order() {
    let args = args();
    let (seen, log) = record();
    let _sub = args.on_change(move |old, new| seen((old.a, new.a)));
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
        "each begins where the one before ended"
    );
    assert_eq!(chain.last().unwrap().1, args.a.get());
    assert!(events(&log).is_empty());
}

#[test]
fn the_erased_face_tells_names_and_generation() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let (seen, log) = record();
    let _sub = set.on_publish(Arc::new(move |published| {
        let names = published.changed.iter().map(|change| change.flag.clone());
        seen((published.generation, names.collect::<Vec<_>>()));
    }));
    set.edit(&[Edit::set("a", "1"), Edit::set("b", "1")])
        .unwrap();
    // Only the origin changes, which a list shows but nobody reads as a value.
    let mut layer = Layer::new("file", "flags.txt");
    layer.text("opaque", "flags.txt:1", "x");
    set.propose(&layer).unwrap();
    assert_eq!(events(&log), [(2, vec!["a".to_owned(), "b".to_owned()])]);
    assert_eq!(set.generation(), 3);
}
