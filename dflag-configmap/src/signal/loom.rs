//! The signal under loom: how the event thread and `stop` reach the updater's thread.
//!
//! The contract: a scan after a hint sees what changed before the hint, and a stop ends the thread,
//! whatever hints arrive at the same time. Time does not pass under loom, so no timer helps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use super::{Hint, Signal};

/// Runs `model` in every order of its threads with up to three preemptions.
fn in_every_order(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

/// Later than any model runs.
fn never() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

/// The updater's thread: waits, takes the hints and scans `directory`, until it is stopped or has
/// seen `enough`. Returns what it saw last.
fn work(signal: &Signal, directory: &AtomicU64, enough: u64) -> u64 {
    let mut seen = 0;
    while seen < enough {
        signal.wait_until(never());
        if signal.take_at(Instant::now()).stop {
            break;
        }
        seen = directory.load(Ordering::Relaxed);
    }
    seen
}

#[test]
fn no_hint_is_lost_however_many_arrive_during_a_scan() {
    in_every_order(|| {
        let (signal, directory) = (Arc::new(Signal::default()), Arc::new(AtomicU64::new(0)));
        let (hint, change) = (Arc::clone(&signal), Arc::clone(&directory));
        let events = thread::spawn(move || {
            for value in 1..=2 {
                change.store(value, Ordering::Relaxed);
                hint.hint(Hint::Changed);
            }
        });
        // If one were lost, this would wait for ever, which loom reports.
        assert_eq!(work(&signal, &directory, 2), 2);
        events.join().unwrap();
    });
}

#[test]
fn a_stop_between_hints_ends_the_thread() {
    in_every_order(|| {
        let (signal, directory) = (Arc::new(Signal::default()), Arc::new(AtomicU64::new(0)));
        let (hint, stop) = (Arc::clone(&signal), Arc::clone(&signal));
        let events = thread::spawn(move || {
            hint.hint(Hint::WatchLost);
            hint.hint(Hint::Changed);
        });
        let stops = thread::spawn(move || stop.stop());
        work(&signal, &directory, u64::MAX);
        events.join().unwrap();
        stops.join().unwrap();
    });
}

#[test]
fn a_lost_watch_is_reported_once() {
    in_every_order(|| {
        let signal = Arc::new(Signal::default());
        let hint = Arc::clone(&signal);
        let events = thread::spawn(move || {
            hint.hint(Hint::WatchLost);
            hint.hint(Hint::Changed);
        });
        let mut lost = 0;
        let mut take = || {
            lost += u32::from(signal.take_at(Instant::now()).hint == Hint::WatchLost);
        };
        signal.wait_until(never());
        take();
        events.join().unwrap();
        take();
        assert_eq!(lost, 1);
    });
}
