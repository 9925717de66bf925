//! Subscriptions that begin with the current value. The contract: the first call is made on the subscribing
//! thread before `subscribe` returns, and from its value on, no change is missed, delivered twice or
//! reordered, whatever other threads set.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;
use std::{panic, thread};

use clap::Parser;
use dflag::{Dynamic, DynamicFlags, Flags, Subscription};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    b: u32,
}

/// A test that waits longer than this for an event has deadlocked.
const DEADLINE: Duration = Duration::from_secs(20);

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn recorder<T: Send + 'static>() -> (impl Fn(T) + Send + Sync + Clone + 'static, Receiver<T>) {
    let (sender, receiver) = mpsc::channel();
    (move |event| drop(sender.send(event)), receiver)
}

fn events<T>(receiver: &Receiver<T>) -> Vec<T> {
    receiver.try_iter().collect()
}

#[test]
fn first_call_has_the_current_value_and_runs_on_the_subscribing_thread() {
    let args = args();
    args.set("a", "3").unwrap();
    let (record, log) = recorder();
    let subscription = args
        .a
        .subscribe(move |a| record((*a, thread::current().id())));
    let here = thread::current().id();
    assert_eq!(events(&log), [(3, here)]);

    thread::scope(|scope| {
        let other = scope.spawn(|| {
            args.set("a", "4").unwrap();
            thread::current().id()
        });
        assert_eq!(events_after(other, &log, |id| (4, id)), []);
    });
    args.set("b", "1").unwrap();
    args.set("a", "04").unwrap();
    assert!(events(&log).is_empty(), "an equal value is no change");
    drop(subscription);
    args.set("a", "5").unwrap();
    assert!(
        events(&log).is_empty(),
        "dropping a subscription unsubscribes"
    );
}

/// The events but for the one that a thread made.
fn events_after<T: PartialEq + std::fmt::Debug, R>(
    thread: thread::ScopedJoinHandle<'_, R>,
    log: &Receiver<T>,
    expected: impl Fn(R) -> T,
) -> Vec<T> {
    let expected = expected(thread.join().unwrap());
    events(log)
        .into_iter()
        .filter(|event| *event != expected)
        .collect()
}

#[test]
fn all_flags_are_subscribed_to_in_the_same_way() {
    let args = args();
    let (record, log) = recorder();
    let _subscription = args.subscribe(move |args| record((args.a, args.b)));
    args.set("a", "1").unwrap();
    args.set("b", "2").unwrap();
    assert_eq!(events(&log), [(0, 0), (1, 0), (1, 2)]);
}

#[test]
fn constant_is_delivered_once() {
    let (record, log) = recorder();
    let _subscription = Dynamic::constant(3).subscribe(move |value| record(*value));
    assert_eq!(events(&log), [3]);
}

/// A semaphore whose number of permits follows a flag: with `get` followed by `on_change`, about one run in a
/// hundred ends with another number.
#[test]
fn semaphore_never_gets_out_of_range() {
    const RUNS: u32 = 2_000;
    let args = args();
    let start = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            for run in 0..RUNS {
                start.wait();
                args.set("a", &(run % 7 + 1).to_string()).unwrap();
                args.set("a", &(run % 5 + 10).to_string()).unwrap();
                start.wait();
            }
        });
        for run in 0..RUNS {
            start.wait();
            let (permits, last) = (Arc::new(AtomicI64::new(0)), Mutex::new(0));
            let subscription = args.a.subscribe({
                let permits = Arc::clone(&permits);
                move |a| {
                    let mut last = last.lock().unwrap();
                    let now = i64::from(*a);
                    permits.fetch_add(now - *last, Ordering::SeqCst);
                    *last = now;
                }
            });
            start.wait();
            let permits = permits.load(Ordering::SeqCst);
            assert_eq!(permits, i64::from(args.a.get()), "in run {run}");
            drop(subscription);
        }
    });
}

/// Several writers, and threads that subscribe meanwhile: each sees consecutive values.
#[test]
fn no_change_is_missed_or_delivered_twice_under_concurrent_writers() {
    const CHANGES: u32 = 2_000;
    let args = args();
    let next = Mutex::new(0);
    let write = || {
        loop {
            let mut next = next.lock().unwrap();
            if *next == CHANGES {
                return;
            }
            *next += 1;
            args.a.set(*next).unwrap();
        }
    };
    let logs: Vec<(Subscription, Receiver<u32>)> = thread::scope(|scope| {
        scope.spawn(write);
        scope.spawn(write);
        let mut logs = Vec::new();
        while args.a.get() < CHANGES && logs.len() < 500 {
            let (record, log) = recorder();
            logs.push((args.a.subscribe(move |a| record(*a)), log));
            thread::yield_now();
        }
        logs
    });
    for (_, log) in &logs {
        let seen = events(log);
        let first = *seen.first().unwrap();
        assert_eq!(seen, (first..=CHANGES).collect::<Vec<_>>());
    }
}

#[test]
fn change_during_the_first_call_is_delivered_after_it() {
    let args = args();
    let (record, log) = recorder();
    let (entered, left) = (Barrier::new(2), AtomicBool::new(false));
    let shared = Arc::new((entered, left));
    thread::scope(|scope| {
        scope.spawn(|| {
            shared.0.wait();
            args.set("a", "1").unwrap(); // does not wait for the first call
            args.set("a", "2").unwrap();
            shared.1.store(true, Ordering::SeqCst);
        });
        let shared = Arc::clone(&shared);
        let _subscription = args.a.subscribe(move |a| {
            if *a == 0 {
                shared.0.wait();
                while !shared.1.load(Ordering::SeqCst) {
                    thread::yield_now();
                }
            }
            record((*a, thread::current().id()));
        });
        let here = thread::current().id();
        assert_eq!(events(&log), [(0, here), (1, here), (2, here)]);
    });
}

#[test]
fn first_call_may_set_the_flag() {
    let args = args();
    let (record, log) = recorder();
    let _subscription = args.a.subscribe({
        let args = args.clone();
        move |a| {
            if *a < 3 {
                args.a.set(a + 1).unwrap();
            }
            record(*a);
        }
    });
    assert_eq!(events(&log), [0, 1, 2, 3]);
}

#[test]
fn callback_may_subscribe() {
    let args = args();
    let (record, log) = recorder();
    let nested = Arc::new(Mutex::new(Vec::new()));
    let _outer = args.a.subscribe({
        let (args, record) = (args.clone(), record.clone());
        move |a| {
            let (outer, record) = (*a, record.clone());
            record(format!("outer {outer}"));
            let inner = args.a.subscribe(move |a| record(format!("{outer}: {a}")));
            nested.lock().unwrap().push(inner);
        }
    });
    assert_eq!(events(&log), ["outer 0", "0: 0"]);
    args.set("a", "1").unwrap();
    // In the order of subscription; the new one has had this change in its first call.
    let mut seen = events(&log);
    seen.sort();
    assert_eq!(seen, ["0: 1", "1: 1", "outer 1"]);
}

#[test]
fn panicking_first_call_is_like_any_other() {
    let args = args();
    let (record, log) = recorder();
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let _subscription = args.a.subscribe(move |a| {
        assert_ne!(*a, 0, "a callback that panics");
        record(*a);
    });
    let _constant = Dynamic::constant(0).subscribe(|a| assert_ne!(*a, 0));
    panic::set_hook(hook);
    args.set("a", "1").unwrap();
    assert_eq!(events(&log), [1]);
}

/// Another thread is in a callback, and so are all publishes until it returns.
#[test]
fn slow_callback_elsewhere_does_not_delay_the_first_call() {
    let args = args();
    let gate = Arc::new(Barrier::new(2));
    let _slow = args.b.on_change({
        let gate = Arc::clone(&gate);
        move |_, _| {
            gate.wait();
            gate.wait();
        }
    });
    let (record, log) = recorder();
    thread::scope(|scope| {
        scope.spawn(|| args.set("b", "1").unwrap());
        gate.wait();
        args.set("a", "1").unwrap(); // queued
        let subscription = args.a.subscribe(move |a| record(*a));
        assert_eq!(log.recv_timeout(DEADLINE), Ok(1));
        args.set("a", "2").unwrap(); // queued
        gate.wait();
        assert_eq!(log.recv_timeout(DEADLINE), Ok(2));
        subscription.detach();
    });
    assert!(events(&log).is_empty());
}

#[test]
fn dropped_subscription_drops_its_callback() {
    let args = args();
    let (setter, settable) = Dynamic::settable(0_u32);
    let (held, constant) = (Arc::new(()), Dynamic::constant(0_u32));
    let call = || {
        let held = Arc::clone(&held);
        move || drop(Arc::clone(&held))
    };
    let subscribe = || -> Vec<Subscription> {
        let [one, two, three, four, five, six] = [(); 6].map(|()| call());
        vec![
            args.a.subscribe(move |_| one()),
            args.a.on_change(move |_, _| two()),
            args.subscribe(move |_| three()),
            args.on_change(move |_, _| four()),
            settable.subscribe(move |_| five()),
            constant.subscribe(move |_| six()),
        ]
    };
    let all: Vec<_> = (0..100).map(|_| subscribe()).collect();
    assert_eq!(
        Arc::strong_count(&held),
        501,
        "a constant keeps no callback"
    );
    drop(all);
    assert_eq!(Arc::strong_count(&held), 1);

    for subscription in subscribe() {
        subscription.detach();
    }
    drop((args, setter, settable));
    assert_eq!(Arc::strong_count(&held), 1);
}
