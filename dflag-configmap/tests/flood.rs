//! A writer without a pause, whose events arrive faster than they can be handled.

#![allow(clippy::unwrap_used)] // test helpers may panic as well

mod common;

use std::fs;
use std::time::{Duration, Instant};

use common::{args, beside_a_writer_without_a_pause, builder, follow, memory_dir, until};
use dflag_configmap::Watching;

/// How long the events are given to fill their queue. One writer needs about half a second.
const FLOOD: Duration = Duration::from_secs(3);

#[test]
fn a_change_beside_a_writer_without_a_pause_is_applied() {
    let dir = memory_dir();
    let write = |n: u32| fs::write(dir.path().join("a"), n.to_string()).unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    beside_a_writer_without_a_pause(dir.path(), "text", || {
        let (start, mut n) = (Instant::now(), 0);
        while start.elapsed() < FLOOD {
            n += 1;
            write(n);
            until("the change", || args.a.get() == n);
        }
        // It waits for files to settle for a limited time, and this one may need longer.
        write(1000);
        updater.reload().unwrap();
        until("the change after a reload", || args.a.get() == 1000);
    });
    // By an event, since the timer is not due.
    write(1001);
    until("the change after that", || args.a.get() == 1001);
    assert_eq!(updater.status().watching, Watching::Events);
}

#[test]
fn start_and_stop_do_not_wait_for_a_writer_without_a_pause() {
    let dir = memory_dir();
    let args = args();
    let updater = builder(&args, dir.path()).build().unwrap();
    beside_a_writer_without_a_pause(dir.path(), "text", || {
        for n in 1..=3 {
            let start = Instant::now();
            updater.start().unwrap();
            fs::write(dir.path().join("a"), n.to_string()).unwrap();
            until("the change", || args.a.get() == n);
            updater.stop().unwrap();
            assert!(start.elapsed() < Duration::from_secs(10), "it waited");
        }
    });
}
