//! Hints: how the event layer's thread and `stop` reach the updater's thread.
//!
//! The contract: what was changed before a hint is seen by a look after it, and a stop ends the
//! thread, whatever is heard at the same time. Time does not pass here, so no timer helps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use crate::in_every_order;
use crate::signal::{Hint, Signal};

/// Later than any model runs.
fn never() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

/// The updater's thread: waits, takes, looks at `directory`, until it is stopped. Returns what it saw last.
fn work(signal: &Signal, directory: &AtomicU64, enough: u64) -> u64 {
    let mut seen = 0;
    while seen < enough {
        signal.wait_until(never());
        // It has rested already.
        if signal.take_at(Instant::now()).stop {
            break;
        }
        seen = directory.load(Ordering::Relaxed);
    }
    seen
}

#[test]
fn no_hint_is_lost_however_many_arrive_during_a_look() {
    in_every_order(Some(3), || {
        let (signal, directory) = (Arc::new(Signal::default()), Arc::new(AtomicU64::new(0)));
        let (hint, change) = (Arc::clone(&signal), Arc::clone(&directory));
        let events = thread::spawn(move || {
            for value in 1..=2 {
                change.store(value, Ordering::Relaxed);
                hint.hint(Hint::Changed);
            }
        });
        // Were one lost, it would wait for ever, which loom tells.
        assert_eq!(work(&signal, &directory, 2), 2);
        events.join().unwrap();
    });
}

#[test]
fn a_stop_ends_the_thread_also_between_hints() {
    in_every_order(Some(3), || {
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
fn who_must_set_watches_anew_is_told_so_once() {
    in_every_order(Some(3), || {
        let signal = Arc::new(Signal::default());
        let hint = Arc::clone(&signal);
        let events = thread::spawn(move || {
            hint.hint(Hint::WatchLost);
            hint.hint(Hint::Changed);
        });
        let mut rearms = 0;
        let mut take = || {
            rearms += u32::from(signal.take_at(Instant::now()).hint == Hint::WatchLost);
        };
        signal.wait_until(never());
        take();
        events.join().unwrap();
        take();
        assert_eq!(rearms, 1);
    });
}
