//! Limits of inotify, lowered for a user namespace of one's own, so for nobody else.

use std::fs;
use std::time::Duration;

use dflag_configmap::Watching;

use crate::common::{Mount, args, builder, follow, log, until, wrong};

/// Sets a limit for this namespace. It was begun with no instance and no watch.
fn limit(name: &str, most: u32) {
    fs::write(format!("/proc/sys/user/{name}"), most.to_string()).unwrap();
}

/// Follows updates by polling, and has said so once, for a reason that has `why` in it.
fn polls(why: &str) {
    log::keep();
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "0")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(20)));
    let watching = updater.status().watching;
    assert!(
        matches!(&watching, Watching::Polling { because } if because.contains(why)),
        "{watching:?}"
    );
    for n in 1..=5 {
        mount.publish(&[("a", &n.to_string())]);
        until("the update", || args.a.get() == n);
    }
    fs::remove_dir_all(dir.path()).unwrap();
    until("its absence", || wrong(&updater).contains("does not exist"));
    Mount::new(dir.path(), &[("a", "6")]);
    until("the new one", || args.a.get() == 6);
    until("no error", || wrong(&updater).is_empty());
    log::look_often(&updater);
    assert_eq!(updater.status().watching, watching);
    let told = log::records("polling");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("WARN") && told[0].contains(why));
}

pub(crate) fn without_an_inotify_instance_it_polls_and_says_so() {
    limit("max_inotify_instances", 0);
    polls("open files");
}

pub(crate) fn without_a_watch_to_be_had_it_polls_and_says_so() {
    limit("max_inotify_watches", 0);
    polls("watch limit");
}

pub(crate) fn with_a_watch_for_the_directory_alone_events_arrive() {
    limit("max_inotify_watches", 1);
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "0")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    assert_eq!(updater.status().watching, Watching::Events);
    for n in 1..=5 {
        mount.publish(&[("a", &n.to_string())]);
        until("the update, by an event", || args.a.get() == n);
    }
}
