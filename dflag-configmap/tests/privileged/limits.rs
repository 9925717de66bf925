//! Limits of inotify, lowered in a separate user namespace.

use std::fs;
use std::time::Duration;

use dflag_configmap::Watching;

use crate::common::{Volume, args, builder, follow, last_error, log, until};

/// Sets a limit of this namespace, which has no instance and no watch yet.
fn limit(name: &str, most: u32) {
    fs::write(format!("/proc/sys/user/{name}"), most.to_string()).unwrap();
}

/// Asserts that updates are found by polling, which is logged once with a reason that contains `why`.
fn polls(why: &str) {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "0")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(20)));
    let watching = updater.status().watching;
    assert!(
        matches!(&watching, Watching::Polling { because } if because.contains(why)),
        "{watching:?}"
    );
    for n in 1..=5 {
        volume.publish(&[("a", &n.to_string())]);
        until("the update", || args.a.get() == n);
    }
    fs::remove_dir_all(dir.path()).unwrap();
    until("the absence", || {
        last_error(&updater).contains("does not exist")
    });
    Volume::new(dir.path(), &[("a", "6")]);
    until("the new volume", || args.a.get() == 6);
    until("no error", || last_error(&updater).is_empty());
    crate::common::several_scans(&updater);
    assert_eq!(updater.status().watching, watching);
    let records = log::records("polling");
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(records[0].contains("WARN") && records[0].contains(why));
}

pub(crate) fn without_an_inotify_instance_the_updater_polls_and_reports_it() {
    limit("max_inotify_instances", 0);
    polls("open files");
}

pub(crate) fn without_an_inotify_watch_the_updater_polls_and_reports_it() {
    limit("max_inotify_watches", 0);
    polls("watch limit");
}

pub(crate) fn one_watch_for_the_directory_is_enough_for_events() {
    limit("max_inotify_watches", 1);
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "0")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    assert_eq!(updater.status().watching, Watching::Events);
    for n in 1..=5 {
        volume.publish(&[("a", &n.to_string())]);
        until("the update, by an event", || args.a.get() == n);
    }
}
