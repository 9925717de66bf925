//! Threads that wait until a condition holds.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use dflag::{Dynamic, DynamicFlags, Flags};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    b: u32,
}

/// A test that waits longer than this has lost a wake-up.
const DEADLINE: Duration = Duration::from_secs(20);

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

#[test]
fn condition_that_holds_already_needs_no_time() {
    let args = args();
    assert_eq!(args.a.wait_for(|a| *a == 0, Duration::ZERO), Ok(0));
    assert_eq!(
        args.wait_for(|args| args.b == 0, Duration::ZERO).unwrap().b,
        0
    );
}

#[test]
fn condition_that_never_holds_times_out() {
    let args = args();
    let (start, timeout) = (Instant::now(), Duration::from_millis(30));
    let error = args.a.wait_for(|a| *a > 0, timeout).unwrap_err();
    assert!(start.elapsed() >= timeout);
    assert_eq!(error.to_string(), "the condition did not hold within 30ms");
    assert!(Dynamic::constant(0).wait_for(|a| *a > 0, timeout).is_err());
    assert!(start.elapsed() >= timeout * 2);
}

#[test]
fn value_that_is_returned_is_the_one_that_meets_the_condition() {
    let args = args();
    thread::scope(|scope| {
        scope.spawn(|| {
            for a in 1..=1000_u32 {
                args.set("a", &a.to_string()).unwrap();
            }
        });
        let even = args
            .a
            .wait_for(|a| *a > 100 && a.is_multiple_of(2), DEADLINE);
        let even = even.unwrap();
        assert!(even > 100 && even.is_multiple_of(2));
    });
}

/// Two threads that each wait for the other's last change, so that one lost wake-up ends the test.
#[test]
fn no_wake_up_is_lost() {
    const ROUNDS: u32 = 2_000;
    let args = args();
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=ROUNDS {
                args.set("a", &round.to_string()).unwrap();
                args.b.wait_for(|b| *b == round, DEADLINE).unwrap();
            }
        });
        for round in 1..=ROUNDS {
            args.wait_for(|args| args.a == round, Duration::MAX)
                .unwrap();
            args.b.set(round).unwrap();
        }
    });
}

#[test]
fn change_of_another_flag_does_not_evaluate_the_condition() {
    let args = args();
    let evaluated = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while evaluated.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            for b in 1..=100 {
                args.b.set(b).unwrap();
            }
            args.a.set(1).unwrap();
        });
        let condition = |a: &u32| {
            evaluated.fetch_add(1, Ordering::SeqCst);
            *a == 1
        };
        args.a.wait_for(condition, DEADLINE).unwrap();
    });
    assert_eq!(evaluated.into_inner(), 2);
}

#[test]
fn waiting_thread_keeps_no_value_alive() {
    let (setter, flag) = Dynamic::settable(Arc::new(1));
    let first = Arc::downgrade(&*flag.load());
    dflag::release_thread();
    thread::scope(|scope| {
        let waits = scope.spawn(|| flag.wait_for(|value| **value == 3, DEADLINE).is_ok());
        setter.set(Arc::new(2));
        // The thread has it in its cache until it reads again, at the next change.
        setter.set(Arc::new(3));
        assert!(waits.join().unwrap());
    });
    assert!(first.upgrade().is_none());
}
