//! The resources that an updater uses and releases.
//!
//! These tests count resources of the whole process, so they run one at a time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs::{self, File};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use common::process::{Process, fill_queue};
use common::{
    Volume, args, builder, follow, is_rerun, last_error, next_scan, rerun, until, until_idle,
};
use dflag_configmap::Watching;

fn exclusive() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of threads of updaters and of notify.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names
        .filter(|name| name.starts_with("dflag-configmap") || name.starts_with("notify-rs"))
        .count()
}

fn descriptors() -> Vec<String> {
    let links = fs::read_dir("/proc/self/fd").unwrap().flatten();
    links
        .filter_map(|link| {
            Some(
                fs::read_link(link.path())
                    .ok()?
                    .to_string_lossy()
                    .into_owned(),
            )
        })
        .collect()
}

fn inotify() -> usize {
    descriptors()
        .iter()
        .filter(|target| target.contains("inotify"))
        .count()
}

/// How often the threads whose name contains `of` have gone to sleep.
fn switches(of: &str) -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let texts = tasks.filter_map(|task| fs::read_to_string(task.path().join("status")).ok());
    let own = texts.filter(|text| text.lines().next().is_some_and(|line| line.contains(of)));
    own.filter_map(|text| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse::<u64>().ok()
    })
    .sum()
}

#[test]
fn stop_releases_threads_descriptors_and_watches() {
    let _alone = exclusive();
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let before = descriptors().len();
    let updater = follow(builder(&args(), dir.path()));
    assert_eq!((inotify(), threads()), (1, 2));
    updater.stop().unwrap();
    assert_eq!((inotify(), descriptors().len()), (0, before));
    until("the end of the last thread", || threads() == 0);
    updater.start().unwrap();
    drop(updater);
    assert_eq!((inotify(), descriptors().len()), (0, before));
    until("the end of the last thread", || threads() == 0);
}

/// The number of inotify watches of the process.
fn watches() -> usize {
    let infos = fs::read_dir("/proc/self/fdinfo").unwrap().flatten();
    let texts = infos.filter_map(|info| fs::read_to_string(info.path()).ok());
    texts
        .map(|text| {
            text.lines()
                .filter(|line| line.starts_with("inotify wd:"))
                .count()
        })
        .sum()
}

#[test]
fn a_link_that_is_exchanged_repeatedly_leaves_no_watch_behind() {
    let _alone = exclusive();
    let outer = tempfile::tempdir().unwrap();
    let link = outer.path().join("config");
    let repoint = |n: u32| {
        Volume::new(outer.path().join(format!("{n}")), &[("a", &n.to_string())]);
        std::os::unix::fs::symlink(n.to_string(), outer.path().join("new")).unwrap();
        fs::rename(outer.path().join("new"), &link).unwrap();
    };
    repoint(0);
    let args = args();
    let updater = follow(builder(&args, &link));
    for n in 1..=10 {
        repoint(n);
        until("the other directory", || args.a.get() == n);
    }
    until_idle(&updater);
    assert_eq!(watches(), 2, "the directory and its parent");
}

#[test]
fn a_thousand_starts_and_stops_leak_nothing() {
    let _alone = exclusive();
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let updater = builder(&args(), dir.path()).build().unwrap();
    let before = descriptors().len();
    for _ in 0..1000 {
        updater.start().unwrap();
        updater.stop().unwrap();
    }
    assert_eq!(descriptors().len(), before);
    until("the end of the last thread", || threads() == 0);
}

#[test]
fn an_updater_that_is_dropped_during_updates_leaks_nothing() {
    let _alone = exclusive();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let before = descriptors().len();
    for n in 0..100 {
        let updater = follow(builder(&args, dir.path()));
        volume.publish(&[("a", &n.to_string())]);
        drop(updater);
    }
    assert_eq!(descriptors().len(), before);
    until("the end of the last thread", || threads() == 0);
}

#[test]
fn an_idle_updater_wakes_once_for_each_scan() {
    let _alone = exclusive();
    for plain in [false, true] {
        let outer = tempfile::tempdir().unwrap(); // the parent is watched as well, so it must not be shared
        let dir = outer.path().join("config");
        fs::create_dir(&dir).unwrap();
        if plain {
            fs::write(dir.join("a"), "1").unwrap();
        } else {
            Volume::new(&dir, &[("a", "1")]);
        }
        let updater = follow(builder(&args(), &dir).rescan_every(Duration::from_millis(50)));
        // Files are read again until the clock of the slowest file system has ticked.
        let settled = std::time::Instant::now() + Duration::from_millis(2100);
        until("the first idle scan", || {
            std::time::Instant::now() > settled
        });
        next_scan(&updater);
        let (own, events) = (switches("dflag-configmap"), switches("notify-rs"));
        for _ in 0..20 {
            next_scan(&updater);
        }
        let own = switches("dflag-configmap") - own;
        // One for each scan, and a few waits for a lock that this test held.
        assert!(own <= 20 + 4, "{own} wake-ups for 20 scans");
        assert_eq!(
            switches("notify-rs") - events,
            0,
            "its own scans wake notify"
        );
    }
}

/// The CPU time of the threads of updaters and of notify.
fn cpu_time() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let own = tasks.filter(|task| {
        fs::read_to_string(task.path().join("comm"))
            .is_ok_and(|name| name.starts_with("dflag-configmap") || name.starts_with("notify-rs"))
    });
    let nanoseconds = own.filter_map(|task| {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

#[test]
fn an_idle_updater_wakes_at_most_once_in_each_period_and_uses_no_cpu_time() {
    const PERIOD: Duration = Duration::from_millis(50);
    let _alone = exclusive();
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    Volume::new(&dir, &[("a", "1"), ("b", "1"), ("text", "one")]);
    let updater = follow(builder(&args(), &dir).rescan_every(PERIOD));
    let settled = std::time::Instant::now() + Duration::from_millis(2100);
    until("the first idle scan", || {
        std::time::Instant::now() > settled
    });
    next_scan(&updater);
    let (start, wakes, time) = (
        std::time::Instant::now(),
        switches("dflag-configmap"),
        cpu_time(),
    );
    // The status is not requested meanwhile, since waiting for its lock is a wake-up as well.
    until("forty periods", || start.elapsed() >= PERIOD * 40);
    let wakes = switches("dflag-configmap") - wakes;
    let time = cpu_time().saturating_sub(time);
    let periods = u64::try_from(start.elapsed().as_millis() / PERIOD.as_millis()).unwrap();
    assert!(
        wakes <= periods + 1,
        "{wakes} wake-ups in {periods} periods"
    );
    assert!(
        wakes >= periods / 4,
        "the timer is never switched off: {wakes}"
    );
    // A scan takes some 0.1 ms in a debug build.
    assert!(time < Duration::from_millis(2) * 40, "{time:?}");
}

#[test]
fn an_overflow_of_the_event_queue_loses_no_update() {
    const NAME: &str = "an_overflow_of_the_event_queue_loses_no_update";
    if let Some(directory) = std::env::var_os(common::process::DIRECTORY) {
        common::process::follow_and_print(directory.as_ref());
        return;
    }
    let longest = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let longest: u32 = longest.trim().parse().unwrap();
    if longest > 1 << 18 {
        println!("not run: the queue holds {longest} events");
        return;
    }
    let _alone = exclusive();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "0")]);
    let process = Process::run(rerun(NAME, "DFLAG_TEST_AGAIN"), dir.path());
    process.stop();
    fill_queue(dir.path(), longest);
    for n in 1..=50 {
        volume.publish(&[("a", &n.to_string())]);
    }
    process.resume();
    process.expect(50);
    volume.publish(&[("a", "51")]);
    process.expect(51);
    process.end();
}

#[test]
fn other_readers_cause_no_scan() {
    let _alone = exclusive();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "1").unwrap();
    let updater = follow(builder(&args(), dir.path()));
    until_idle(&updater);
    let before = updater.status().last_scan;
    for _ in 0..200 {
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        fs::read(dir.path().join("a")).unwrap();
    }
    fs::write(dir.path().join(".x"), "1").unwrap();
    until_idle(&updater);
    assert_eq!(updater.status().last_scan, before);
    // It still receives events.
    fs::write(dir.path().join("a"), "2").unwrap();
    until("a scan", || updater.status().last_scan > before);
}

#[test]
fn without_a_descriptor_for_events_the_updater_polls_and_reports_it() {
    const RERUN: &str = "DFLAG_TEST_FEW_DESCRIPTORS";
    if !is_rerun(RERUN) {
        let _alone = exclusive();
        let test = rerun(
            "without_a_descriptor_for_events_the_updater_polls_and_reports_it",
            RERUN,
        );
        let mut limited = std::process::Command::new("sh");
        limited.arg("-c").arg("ulimit -n 40 && exec \"$0\" \"$@\"");
        limited
            .arg(test.get_program())
            .args(test.get_args())
            .env(RERUN, "1");
        assert!(limited.status().unwrap().success());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = builder(&args, dir.path())
        .rescan_every(Duration::from_millis(20))
        .build()
        .unwrap();
    updater.initialize().unwrap();
    // Two are enough for reading, and too few for notify.
    let mut files: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    files.truncate(files.len() - 2);
    updater.start().unwrap();
    let watching = updater.status().watching;
    assert!(
        matches!(&watching, Watching::Polling { because } if because.contains("open files")),
        "{watching:?}"
    );
    drop(files);
    for n in 2..=5 {
        volume.publish(&[("a", &n.to_string())]);
        until("the update", || args.a.get() == n);
    }
    assert_eq!(last_error(&updater), "");
    assert!(matches!(
        updater.status().watching,
        Watching::Polling { .. }
    ));
}
