//! The callback for static flags that are pending restart.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::sync::{Arc, Mutex, Weak};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use common::{Volume, args, builder, follow, last_error, log, until};
use dflag::{DynamicFlags, OnInvalid};
use dflag_configmap::{Builder, Updater, Watching};

const AT_ONCE: Duration = Duration::ZERO;

/// What a callback got: the flags and their values.
type Call = Vec<(String, String)>;

/// Adds a callback that sends what it gets, after exactly `delay`.
fn recorded(builder: Builder, delay: Duration) -> (Builder, Receiver<Call>) {
    let (sender, calls) = mpsc::channel();
    let builder = builder
        .restart_jitter(delay..=delay)
        .on_pending_restart(move |pending| {
            let pending = pending.iter();
            let call = pending.map(|one| (one.flag.clone(), one.value.clone().unwrap()));
            sender.send(call.collect()).unwrap();
        });
    (builder, calls)
}

#[track_caller]
fn next(calls: &Receiver<Call>) -> Call {
    calls.recv_timeout(Duration::from_secs(10)).unwrap()
}

fn port(value: &str) -> Call {
    vec![("port".to_owned(), value.to_owned())]
}

#[test]
fn it_is_called_once_for_each_set_of_pending_values() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "80"), ("a", "1")]);
    let args = args();
    let (builder, calls) = recorded(builder(&args, dir.path()), AT_ONCE);
    let updater = follow(builder.rescan_every(Duration::from_millis(10)));
    assert_eq!(args.load().port, 80);

    volume.publish(&[("port", "81"), ("a", "1")]);
    assert_eq!(next(&calls), port("81"));
    volume.publish(&[("port", "81"), ("a", "2")]);
    until("an update of a dynamic flag", || args.a.get() == 2);
    common::several_scans(&updater);
    updater.stop().unwrap();
    updater.start().unwrap();
    volume.publish(&[("port", "82"), ("a", "2")]);
    assert_eq!(next(&calls), port("82"));

    // Nothing is pending in between.
    volume.publish(&[("port", "80")]);
    until("the value of the start", || {
        updater.status().pending_restart.is_empty()
    });
    common::several_scans(&updater);
    volume.publish(&[("port", "82")]);
    assert_eq!(next(&calls), port("82"));
    updater.stop().unwrap();
    assert_eq!(calls.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn it_waits_for_the_jitter_although_nothing_else_wakes_the_updater() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "80")]);
    let args = args();
    let delay = Duration::from_millis(300);
    // The timer of this updater would take 20 s.
    let (builder, calls) = recorded(builder(&args, dir.path()), delay);
    let updater = follow(builder);
    let start = Instant::now();
    volume.publish(&[("port", "81")]);
    assert_eq!(next(&calls), port("81"));
    assert!(start.elapsed() >= delay);
    assert_eq!(updater.status().pending_restart.len(), 1);
}

#[test]
fn it_is_not_called_if_nothing_is_pending_when_the_jitter_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "80"), ("a", "1")]);
    let args = args();
    let delay = Duration::from_millis(500);
    let (builder, calls) = recorded(builder(&args, dir.path()), delay);
    let updater = follow(builder.rescan_every(Duration::from_millis(10)));
    let start = Instant::now();
    volume.publish(&[("port", "81"), ("a", "2")]);
    until("the first update", || args.a.get() == 2);
    volume.publish(&[("port", "80"), ("a", "3")]);
    until("the second update", || args.a.get() == 3);
    // On a machine that is so slow that the jitter is over by now, this test shows nothing.
    let was_in_time = start.elapsed() < delay;
    assert!(updater.status().pending_restart.is_empty());
    until("the end of the jitter", || start.elapsed() > delay * 2);
    common::several_scans(&updater);
    if was_in_time {
        assert_eq!(calls.try_recv(), Err(TryRecvError::Empty));
    }
}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = Limits::check)]
struct Limits {
    #[arg(long, default_value_t = 1)]
    workers: u32,

    #[arg(long, default_value_t = 4)]
    #[flag(dynamic)]
    most: u32,
}

impl Limits {
    fn check(&self) -> Result<(), String> {
        if self.workers > self.most {
            return Err("more workers than allowed".to_owned());
        }
        Ok(())
    }
}

#[test]
fn it_is_not_called_while_a_restart_would_fail() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("workers", "1"), ("most", "4")]);
    let args = Limits::try_parse_dynamic_from(["test"]).unwrap();
    let builder = Updater::builder(&args, dir.path()).rescan_every(Duration::from_millis(10));
    let (builder, calls) = recorded(builder, AT_ONCE);
    let updater = follow(builder);

    volume.publish(&[("workers", "9"), ("most", "5")]);
    until("the update", || args.most.get() == 5);
    assert!(!updater.status().restart_problems.is_empty());
    common::several_scans(&updater);
    assert_eq!(calls.try_recv(), Err(TryRecvError::Empty));

    volume.publish(&[("workers", "9"), ("most", "9")]);
    assert_eq!(next(&calls), [("workers".to_owned(), "9".to_owned())]);
}

#[test]
fn it_is_not_called_while_the_directory_has_an_invalid_key() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "80"), ("a", "1")]);
    let args = args();
    let builder = builder(&args, dir.path())
        .on_invalid(OnInvalid::KeepValid)
        .rescan_every(Duration::from_millis(10));
    let (builder, calls) = recorded(builder, AT_ONCE);
    let updater = follow(builder);

    volume.publish(&[("port", "81"), ("a", "one")]);
    until("the error", || !last_error(&updater).is_empty());
    assert_eq!(updater.status().pending_restart.len(), 1);
    common::several_scans(&updater);
    assert_eq!(calls.try_recv(), Err(TryRecvError::Empty));

    volume.publish(&[("port", "81"), ("a", "2")]);
    assert_eq!(next(&calls), port("81"));
}

#[test]
fn it_is_not_called_without_initialize_since_a_restart_would_not_apply_the_values() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "80"), ("a", "1")]);
    let args = args();
    let builder = builder(&args, dir.path()).rescan_every(Duration::from_millis(10));
    let (builder, calls) = recorded(builder, AT_ONCE);
    let updater = builder.build().unwrap();
    updater.start().unwrap();
    assert_eq!(updater.status().pending_restart.len(), 1);
    volume.publish(&[("port", "81"), ("a", "2")]);
    until("the update", || args.a.get() == 2);
    common::several_scans(&updater);
    assert_eq!(calls.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn it_runs_on_the_updaters_thread_and_may_stop_the_updater() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "80")]);
    let args = args();
    let held: Arc<Mutex<Weak<Updater>>> = Arc::default();
    let (sender, results) = mpsc::channel();
    let in_callback = Arc::clone(&held);
    let builder = builder(&args, dir.path())
        .restart_jitter(AT_ONCE..=AT_ONCE)
        .on_pending_restart(move |_| {
            let updater = in_callback.lock().unwrap().upgrade().unwrap();
            let name = thread::current().name().map(str::to_owned);
            sender.send((updater.stop().is_ok(), name)).unwrap();
        });
    let updater = Arc::new(follow(builder));
    *held.lock().unwrap() = Arc::downgrade(&updater);
    volume.publish(&[("port", "81")]);
    let (stopped, name) = results.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(stopped);
    assert_eq!(name.as_deref(), Some("dflag-configmap"));
    assert!(updater.stop().is_err(), "it is stopped");
    // The thread ends.
    drop(Arc::into_inner(updater));
    assert!(results.recv_timeout(Duration::from_secs(10)).is_err());
}

#[test]
fn a_panic_in_it_is_logged_and_updates_go_on() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "80"), ("a", "1")]);
    let args = args();
    let builder = builder(&args, dir.path())
        .restart_jitter(AT_ONCE..=AT_ONCE)
        .on_pending_restart(|_| panic!("on purpose"));
    let updater = follow(builder);
    volume.publish(&[("port", "81"), ("a", "2")]);
    until("the record", || {
        !log::records("the callback for pending restarts panicked").is_empty()
    });
    volume.publish(&[("port", "81"), ("a", "3")]);
    until("the next update", || args.a.get() == 3);
    assert!(updater.status().last_error.is_none());
}

#[test]
fn start_does_not_wait_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "80")]);
    let args = args();
    let (release, blocked) = mpsc::channel::<()>();
    let (ended, ends) = mpsc::channel();
    let blocked = Mutex::new(blocked);
    let builder = builder(&args, dir.path())
        .restart_jitter(AT_ONCE..=AT_ONCE)
        .on_pending_restart(move |_| {
            let limit = Duration::from_secs(5);
            blocked.lock().unwrap().recv_timeout(limit).ok();
            ended.send(()).unwrap();
        });
    let updater = builder.build().unwrap();
    updater.initialize().unwrap();
    volume.publish(&[("port", "81")]);
    updater.start().unwrap();
    assert_eq!(ends.try_recv(), Err(TryRecvError::Empty));
    drop(release);
    ends.recv_timeout(Duration::from_secs(10)).unwrap();
}

#[test]
fn updater_that_it_stops_and_starts_does_not_count_as_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("port", "80")]);
    let args = args();
    let held: Arc<Mutex<Weak<Updater>>> = Arc::default();
    let (sender, restarted) = mpsc::channel();
    let in_callback = Arc::clone(&held);
    let builder = builder(&args, dir.path())
        .restart_jitter(AT_ONCE..=AT_ONCE)
        .on_pending_restart(move |_| {
            let updater = in_callback.lock().unwrap().upgrade().unwrap();
            if updater.stop().is_ok() {
                let before = updater.status().last_scan;
                updater.start().unwrap();
                until("the first scan", || updater.status().last_scan > before);
                sender.send(()).unwrap();
            }
        });
    let updater = Arc::new(follow(builder));
    *held.lock().unwrap() = Arc::downgrade(&updater);
    volume.publish(&[("port", "81")]);
    restarted.recv_timeout(Duration::from_secs(10)).unwrap();
    for _ in 0..100 {
        assert_eq!(updater.status().watching, Watching::Events);
        thread::sleep(Duration::from_millis(2));
    }
}
