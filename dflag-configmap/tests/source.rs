//! The parts of an updater in public: contents from anywhere, and a follower of a directory.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_configmap::source::{Applier, Contents, Follower, Retry};
use dflag_configmap::{Builder, InitializeError, OnBadStart, ScanError, Watching};

use common::Volume;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 1)]
    port: u16,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u32,
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn contents(keys: &[(&str, &str)]) -> Contents {
    keys.iter().copied().collect()
}

/// Counts how often it was woken.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn contents_are_proposed_as_one_layer_and_equal_ones_are_no_update() {
    let args = args();
    let mut applier = Applier::new(Builder::detached().for_flags(&args), "default/flags");
    let first = contents(&[("limit", "5"), ("port", "80")]);
    applier.initialize(Ok(first.clone())).unwrap();
    assert_eq!((args.limit.get(), args.load().port), (5, 80));
    applier.start(Waker::noop().clone());
    let generation = args.generation();
    applier.apply(&first, Retry::Never);
    assert_eq!(args.generation(), generation);
    applier.apply(&contents(&[("limit", "6"), ("port", "81")]), Retry::Never);
    let changes = applier.take_changes();
    assert_eq!(changes.last().unwrap().flag, "limit");
    let status = applier.report().status();
    assert_eq!((status.applied, status.pending_restart.len()), (2, 1));
    let flag = args.flag("limit").unwrap();
    assert!(
        format!("{:?}", flag.origin).contains("default/flags/limit"),
        "{:?}",
        flag.origin
    );
}

#[test]
fn source_without_contents_is_an_error_until_it_has_some() {
    let args = args();
    let mut applier = Applier::new(Builder::detached().for_flags(&args), "default/flags");
    let error = applier
        .initialize(Err("no answer; ask again".to_owned()))
        .unwrap_err();
    assert!(matches!(error, InitializeError::Unavailable { .. }));
    assert_eq!(
        error.to_string(),
        "ConfigMap default/flags can't be read, all flags keep their values: no answer; ask again"
    );
    let builder = Builder::detached().on_bad_start(OnBadStart::Base);
    let mut applier = Applier::new(builder.for_flags(&args), "default/flags");
    applier.initialize(Err("no answer".to_owned())).unwrap();
    assert!(applier.report().status().bad_start.is_some());
    applier.fail("no answer".to_owned());
    let error = applier.report().status().last_error;
    assert!(matches!(
        error.as_deref(),
        Some(ScanError::Unavailable { .. })
    ));
    applier.apply(&contents(&[("limit", "5")]), Retry::Never);
    assert!(applier.report().status().last_error.is_none());
}

#[test]
fn rejected_contents_are_tried_again_on_demand() {
    let args = args();
    let mut applier = Applier::new(Builder::detached().for_flags(&args), "default/flags");
    let bad = contents(&[("limit", "many")]);
    for (retry, rejected) in [(Retry::Never, 1), (Retry::Never, 1), (Retry::Rejected, 1)] {
        applier.apply(&bad, retry);
        assert_eq!(applier.report().status().rejected, rejected);
    }
    assert_eq!(args.limit.get(), 1);
}

#[test]
fn probation_wakes_the_waker_and_rolls_back() {
    let args = args();
    let limit = args.limit.clone();
    let builder = Builder::detached()
        .probation(Duration::from_secs(60), move || match limit.get() {
            6 => Err("it is 6".to_owned()),
            _ => Ok(()),
        })
        .health_period(Duration::from_millis(10));
    let mut applier = Applier::new(builder.for_flags(&args), "default/flags");
    applier.initialize(Ok(contents(&[("limit", "5")]))).unwrap();
    let counter = Arc::new(Counter::default());
    applier.start(Arc::clone(&counter).into());
    applier.apply(&contents(&[("limit", "6")]), Retry::Never);
    assert_eq!(args.limit.get(), 6);
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut seen = 0;
    while applier.report().status().rollbacks == 0 {
        assert!(Instant::now() < deadline);
        while counter.0.load(Ordering::Relaxed) == seen {
            thread::yield_now();
        }
        seen = counter.0.load(Ordering::Relaxed);
        applier.poll();
    }
    assert_eq!(args.limit.get(), 5);
    applier.stop();
}

#[test]
fn contents_are_selected_as_a_follower_yields_them() {
    let args = args();
    let directory = tempfile::tempdir().unwrap();
    let keys = [
        ("server.limit", "5"),
        ("server.unknown", "x"),
        ("other.limit", "7"),
        ("server._note", "y"),
    ];
    let volume = Volume::new(directory.path().join("flags"), &keys);
    let builder = Builder::detached().prefix("server.").ignore(["*._note"]);
    let applier = Applier::new(builder.for_flags(&args), "default/flags");
    let mut follower = Follower::new(applier.report(), &volume.path).unwrap();
    let mounted = follower.read().unwrap();
    let from_anywhere = applier.select(&contents(&keys));
    assert_eq!(applier.select(&mounted), from_anywhere);
    assert_eq!(from_anywhere.len(), 2);
}

#[test]
fn follower_yields_each_generation_and_each_error_once() {
    let args = args();
    let directory = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(directory.path().join("flags"), &[("limit", "5")]);
    let builder = Builder::detached().rescan_every(Duration::from_millis(50));
    let applier = Applier::new(builder.for_flags(&args), "default/flags");
    let mut follower = Follower::new(applier.report(), &volume.path).unwrap();
    assert_eq!(follower.read().unwrap(), contents(&[("limit", "5")]));
    volume.publish(&[("limit", "6")]);
    assert_eq!(
        follower.wait().unwrap().unwrap(),
        contents(&[("limit", "6")])
    );
    std::fs::remove_dir_all(&volume.path).unwrap();
    assert!(follower.wait().unwrap().is_err());
    let (report, stopper) = (applier.report().clone(), follower.stopper());
    // It is scanned all the time, and yields nothing.
    let stop = thread::spawn(move || {
        let before = Instant::now();
        common::until("a few periods", || {
            before.elapsed() > Duration::from_millis(300)
        });
        stopper.stop();
        report
    });
    assert!(follower.wait().is_none());
    assert!(stop.join().is_ok());
}

#[test]
fn follower_watches_from_its_first_wait_on_however_rarely_it_scans() {
    let args = args();
    let directory = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(directory.path().join("flags"), &[("limit", "5")]);
    let builder = Builder::detached().rescan_every(Duration::from_secs(3600));
    let applier = Applier::new(builder.for_flags(&args), "default/flags");
    let mut follower = Follower::new(applier.report(), &volume.path).unwrap();
    follower.read().unwrap();
    let stopper = follower.stopper();
    let (sender, yielded) = mpsc::channel();
    let thread = thread::spawn(move || {
        while let Some(contents) = follower.wait() {
            sender.send(contents.unwrap()).unwrap();
        }
    });
    common::until("the watches", || {
        applier.report().status().watching == Watching::Events
    });
    volume.publish(&[("limit", "6")]);
    let next = yielded.recv_timeout(Duration::from_secs(30));
    stopper.stop();
    thread.join().unwrap();
    assert_eq!(next, Ok(contents(&[("limit", "6")])));
}

#[test]
fn follower_that_was_stopped_records_nothing_even_if_it_is_still_reading() {
    let args = args();
    let directory = tempfile::tempdir().unwrap();
    let volume = Volume::new(directory.path().join("flags"), &[("limit", "5")]);
    let builder = Builder::detached().rescan_every(Duration::from_millis(10));
    let applier = Applier::new(builder.for_flags(&args), "default/flags");
    let report = applier.report();
    let status = || report.status();
    let mut old = Follower::new(report, &volume.path).unwrap();
    let stopper = old.stopper();
    stopper.stop();
    assert_eq!(status().watching, Watching::Stopped);
    // It had begun to read an unfilled volume when it was stopped.
    std::fs::remove_file(volume.path.join("..data")).unwrap();
    let _ = old.read();
    assert!(!status().is_unfilled, "{:?}", status());
    // Another one follows the directory since.
    let mut volume = Volume::new(directory.path().join("other"), &[("limit", "5")]);
    let mut new = Follower::new(report, &volume.path).unwrap();
    new.read().unwrap();
    volume.publish(&[("limit", "6")]);
    new.wait().unwrap().unwrap();
    assert_eq!(status().watching, Watching::Events);
    assert!(old.wait().is_none());
    stopper.stop();
    assert_eq!(status().watching, Watching::Events);
}

#[test]
fn report_knows_the_thread_that_uses_the_applier() {
    let args = args();
    let applier = Applier::new(Builder::detached().for_flags(&args), "default/flags");
    let report = applier.report().clone();
    assert!(!report.is_own_thread());
    thread::spawn(move || {
        report.enter_thread();
        assert!(report.is_own_thread());
    })
    .join()
    .unwrap();
}

#[test]
fn follower_yields_no_empty_contents_while_the_first_files_settle() {
    let args = args();
    let applier = Applier::new(Builder::detached().for_flags(&args), "default/flags");
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("flags");
    let mut follower = Follower::new(applier.report(), &directory).unwrap();
    follower.read().unwrap_err();
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("limit"), "5").unwrap();
    let first = follower.wait().unwrap().unwrap();
    assert_eq!(first, contents(&[("limit", "5")]));
}
