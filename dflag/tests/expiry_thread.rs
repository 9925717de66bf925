//! The thread that lets overrides expire. One test, because it counts the threads of its process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use clap::Parser;
use dflag::{DynamicFlags, Edit, Flags, Problem};

const SOON: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_secs(3600);
const PATIENCE: Duration = Duration::from_secs(60);

/// In the environment of a process that can't start a thread.
const WITHOUT_THREADS: &str = "DFLAG_TEST_WITHOUT_THREADS";

static CHECKS: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long, default_value_t = 9)]
    #[flag(dynamic)]
    burst: u8,
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        CHECKS.fetch_add(1, Ordering::Relaxed);
        if self.limit > self.burst {
            return Err("limit is above burst");
        }
        Ok(())
    }
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

/// The threads with the timer's name. One that is ending may be listed without a name.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names
        .filter(|name| name.trim_end() == "dflag-expiry")
        .count()
}

#[track_caller]
fn until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "the condition does not hold in time"
        );
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn one_thread_exists_while_an_override_has_time_left() {
    if env::var_os(WITHOUT_THREADS).is_some() {
        return edit_fails_without_a_thread();
    }

    // Not before the first one, and one for all of a set.
    let args = args();
    args.limit.set(4).unwrap();
    assert_eq!(threads(), 0);
    args.limit.set_for(5, HOUR).unwrap();
    args.burst.set_for(10, HOUR).unwrap();
    until(|| threads() == 1);

    // It ends with the last one, however that ends, and starts again.
    args.limit.clear().unwrap();
    assert_eq!(threads(), 1);
    args.burst.set(10).unwrap();
    until(|| threads() == 0);
    for _ in 0..3 {
        args.limit.set_for(5, SOON).unwrap();
        until(|| args.limit.get() == 3 && threads() == 0);
    }

    // A shorter time is not waited for behind a longer one.
    args.burst.set_for(10, HOUR).unwrap();
    args.limit.set_for(5, SOON).unwrap();
    until(|| args.limit.get() == 3);
    assert_eq!(threads(), 1);
    args.burst.clear().unwrap();
    until(|| threads() == 0);

    // An override that stays is tried once, and then keeps no thread.
    args.edit([
        Edit::set("burst", "20").expires_in(SOON),
        Edit::set("limit", "15"),
    ])
    .unwrap();
    let stays = || {
        let expiry = args.flag("burst").unwrap().expiry;
        expiry.is_some_and(|expiry| expiry.reason.is_some())
    };
    until(|| stays() && threads() == 0);
    let checks = CHECKS.load(Ordering::Relaxed);
    let marker = self::args();
    marker.limit.set_for(5, SOON).unwrap();
    until(|| marker.limit.get() == 3 && threads() == 0);
    // The start of the marker, its override, and the end of it.
    assert_eq!(CHECKS.load(Ordering::Relaxed), checks + 3);

    // The last handle, of whichever kind, ends the thread, and does not wait for the hour.
    let start = Instant::now();
    let limit = args.limit.clone();
    limit.set_for(16, HOUR).unwrap();
    until(|| threads() == 1);
    drop(args);
    assert_eq!(threads(), 1);
    drop(limit);
    until(|| threads() == 0);
    assert!(start.elapsed() < HOUR);

    // Where no thread can be started.
    let output = process::Command::new(env::current_exe().unwrap())
        .env(WITHOUT_THREADS, "1")
        .env("RUST_MIN_STACK", (1_u64 << 55).to_string())
        .arg("--nocapture")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// In a process of its own.
fn edit_fails_without_a_thread() {
    let args = args();
    let edits = || {
        [
            Edit::set("limit", "5").expires_in(SOON),
            Edit::set("burst", "10"),
        ]
    };
    let rejected = args.edit(edits()).unwrap_err();
    assert!(
        matches!(&rejected.problems[..], [Problem::NoTimer { .. }]),
        "{rejected}"
    );
    assert_eq!(
        (args.limit.get(), args.burst.get(), args.generation()),
        (3, 9, 1)
    );
    args.limit.set(5).unwrap();
    assert_eq!(args.limit.get(), 5);
}
