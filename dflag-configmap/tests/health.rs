//! The health of an updater and of the source that the flags list.

#![allow(clippy::unwrap_used)] // test helpers may panic as well

mod common;

use std::fs;
use std::time::{Duration, SystemTime};

use common::{Args, Volume, args, builder, follow, last_error, until};
use dflag::{Flags, Health, OnInvalid};
use dflag_configmap::Updater;

const LONG: Duration = Duration::from_secs(3600);

fn health(updater: &Updater) -> String {
    updater.status().health(LONG).to_string()
}

/// The health of the source in the flags' list.
fn source_health(args: &Flags<Args>) -> String {
    let sources = args.sources();
    let source = sources.first().unwrap();
    source.health(LONG, SystemTime::now()).to_string()
}

#[test]
fn a_rejected_update_degrades_until_a_good_one_is_applied_and_the_updater_stays_ready() {
    for (policy, expected) in [
        (
            OnInvalid::RejectAll,
            "degraded: the last update was rejected, all flags keep their values",
        ),
        (
            OnInvalid::KeepValid,
            "degraded: the last update was rejected in part, the flags of its invalid keys keep their values",
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut volume = Volume::new(dir.path(), &[("a", "1")]);
        let args = args();
        let updater = follow(builder(&args, dir.path()).on_invalid(policy));
        assert_eq!(
            (health(&updater), source_health(&args)),
            ("ready".into(), "ready".into())
        );

        volume.publish(&[("a", "one"), ("b", "2")]);
        until("the error", || !last_error(&updater).is_empty());
        assert_eq!(health(&updater), expected);
        assert_eq!(source_health(&args), expected);
        assert!(updater.status().health(LONG).is_ready());

        volume.publish(&[("a", "2")]);
        until("the next update", || args.a.get() == 2);
        until("the health", || health(&updater) == "ready");
    }
}

#[test]
fn a_rejected_update_is_read_and_so_not_stale() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(10)));
    volume.publish(&[("a", "one")]);
    until("the error", || !last_error(&updater).is_empty());
    let status = updater.status();
    until("another read", || {
        updater.status().last_read > status.last_read
    });
    assert_eq!(updater.status().last_success, status.last_success);
}

#[test]
fn a_directory_that_cannot_be_read_is_stale_after_the_chosen_time_and_stays_ready() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    Volume::new(&dir, &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, &dir).rescan_every(Duration::from_millis(10)));
    fs::rename(&dir, outer.path().join("away")).unwrap();
    until("the error", || !last_error(&updater).is_empty());
    assert_eq!(
        health(&updater),
        "ready",
        "it was read less than an hour ago"
    );
    let short = Duration::from_millis(50);
    until("staleness", || {
        matches!(updater.status().health(short), Health::Stale { .. })
    });
    let status = updater.status();
    assert!(status.health(short).is_ready());
    assert!(status.last_scan > status.last_read);
    assert_eq!(args.a.get(), 1);

    fs::rename(outer.path().join("away"), &dir).unwrap();
    until("the directory", || last_error(&updater).is_empty());
    assert_eq!(updater.status().health(LONG), Health::Ready);
}

#[test]
fn an_updater_without_any_scan_is_not_ready_and_one_that_never_read_is_stale() {
    let outer = tempfile::tempdir().unwrap();
    let args = args();
    let updater = builder(&args, outer.path().join("none")).build().unwrap();
    assert_eq!(updater.status().health(LONG), Health::NotScanned);
    updater.start().unwrap();
    assert_eq!(health(&updater), "stale: never read");
    assert!(updater.status().health(LONG).is_ready());
}
