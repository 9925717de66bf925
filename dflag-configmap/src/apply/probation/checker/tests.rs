use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use super::{Answer, Checker};
use crate::recovery::Health;
use crate::signal::Signal;

const PERIOD: Duration = Duration::from_millis(1);

/// Waits for an answer.
fn answer(checker: &Checker, signal: &Signal) -> Answer {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(answered) = checker.take_answers().pop() {
            return answered.answer;
        }
        assert!(Instant::now() < deadline, "no answer");
        signal.take_probation_at(deadline);
    }
}

#[test]
fn a_panic_is_an_answer_and_does_not_end_the_thread() {
    let (signal, calls) = (Arc::new(Signal::default()), AtomicU32::new(0));
    let health: Health = Arc::new(move || match calls.fetch_add(1, Ordering::Relaxed) {
        0 => panic!("on purpose"),
        1 => Err("broken".to_owned()),
        _ => Ok(()),
    });
    let mut checker = Checker::new();
    // With this period, each answer is seen before the next call.
    let period = Duration::from_secs(60);
    checker.start(&health, period, &signal, 0).unwrap();
    assert_eq!(answer(&checker, &signal), Answer::Panicked);
    checker.hurry();
    let expected = Answer::Unhealthy("broken".to_owned());
    assert_eq!(answer(&checker, &signal), expected);
    checker.hurry();
    assert_eq!(answer(&checker, &signal), Answer::Healthy);
}

#[test]
fn a_call_that_hangs_keeps_the_only_thread() {
    let (signal, barrier) = (Arc::new(Signal::default()), Arc::new(Barrier::new(2)));
    let (entered, calls) = (Arc::new(AtomicU32::new(0)), Arc::clone(&barrier));
    let count = Arc::clone(&entered);
    let health: Health = Arc::new(move || {
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            calls.wait();
        }
        Ok(())
    });
    let mut checker = Checker::new();
    checker.start(&health, PERIOD, &signal, 0).unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while entered.load(Ordering::SeqCst) == 0 {
        assert!(Instant::now() < deadline);
    }
    assert!(checker.running().is_some());
    for _ in 0..10 {
        // Neither waits for the call.
        checker.stop();
        checker.start(&health, PERIOD, &signal, 0).unwrap();
    }
    assert_eq!(entered.load(Ordering::SeqCst), 1);
    assert_eq!(checker.take_answers().len(), 0);
    barrier.wait();
    // The same thread goes on.
    assert_eq!(answer(&checker, &signal), Answer::Healthy);
    assert_eq!(answer(&checker, &signal), Answer::Healthy);
}

#[test]
fn the_thread_ends_when_no_check_is_needed() {
    let signal = Arc::new(Signal::default());
    let health: Health = Arc::new(|| Ok(()));
    let used = Arc::downgrade(&health);
    let mut checker = Checker::new();
    let period = Duration::from_secs(3600);
    checker.start(&health, period, &signal, 0).unwrap();
    drop(health);
    assert_eq!(answer(&checker, &signal), Answer::Healthy);
    checker.stop();
    let deadline = Instant::now() + Duration::from_secs(10);
    while used.strong_count() > 0 {
        assert!(Instant::now() < deadline, "the thread is still there");
        std::thread::yield_now();
    }
}
