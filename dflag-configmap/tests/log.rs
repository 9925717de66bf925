//! The log: each problem is logged once, with everything that an operator needs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::path::Path;
use std::time::Duration;

use common::{Volume, args, builder, follow, last_error, log, until};
use dflag::OnInvalid;

/// The records about `directory` on one level.
fn records_about(directory: &Path, level: &str) -> Vec<String> {
    let mut records = log::records(directory.to_str().unwrap());
    records.retain(|record| record.contains(level));
    records
}

#[test]
fn a_rejected_update_is_logged_once_with_all_bad_keys_and_so_is_the_recovery() {
    log::capture();
    for policy in [OnInvalid::RejectAll, OnInvalid::KeepValid] {
        let dir = tempfile::tempdir().unwrap();
        let mut volume = Volume::new(dir.path(), &[("a", "1"), ("b", "1")]);
        let args = args();
        let updater = follow(
            builder(&args, dir.path())
                .on_invalid(policy)
                .rescan_every(Duration::from_millis(10)),
        );
        assert!(records_about(dir.path(), "WARN").is_empty());
        volume.publish(&[("a", "one"), ("b", "two"), ("text", "good")]);
        until("the error", || !last_error(&updater).is_empty());
        common::several_scans(&updater);
        let warnings = records_about(dir.path(), "WARN");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        for part in ["`a`", "'one'", "`b`", "'two'"] {
            assert!(warnings[0].contains(part), "{part}: {warnings:?}");
        }
        volume.publish(&[("a", "2"), ("b", "2")]);
        until("the fixed update", || args.a.get() == 2);
        common::several_scans(&updater);
        let recovered: Vec<_> = records_about(dir.path(), "INFO");
        let recovered = recovered.iter().filter(|line| line.contains("recovered"));
        assert_eq!(recovered.count(), 1);
        assert_eq!(records_about(dir.path(), "WARN").len(), 1);
    }
}

#[test]
fn an_unknown_key_is_logged_once_however_many_updates_have_it() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("rolout", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    for n in 1..=5 {
        volume.publish(&[("a", &n.to_string()), ("rolout", "1")]);
        until("the update", || args.a.get() == n);
    }
    updater.stop().unwrap();
    updater.start().unwrap();
    let warnings = records_about(dir.path(), "WARN");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("rolout"));
}

#[test]
fn a_vanished_directory_is_logged_once_until_it_is_back() {
    log::capture();
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    let mut volume = Volume::new(&dir, &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, &dir).rescan_every(Duration::from_millis(10)));
    for n in 2..=3 {
        let before = records_about(&dir, "WARN").len();
        let away = outer.path().join("away");
        std::fs::rename(&dir, &away).unwrap();
        until("the error", || {
            last_error(&updater).contains("does not exist")
        });
        common::several_scans(&updater);
        assert_eq!(records_about(&dir, "WARN").len(), before + 1);
        std::fs::rename(&away, &dir).unwrap();
        volume.publish(&[("a", &n.to_string())]);
        until("the return", || {
            args.a.get() == n && last_error(&updater).is_empty()
        });
    }
}

#[test]
fn an_applied_update_is_logged_with_the_names_of_the_changed_flags_and_without_values() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("text", "before")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    volume.publish(&[("text", "a value")]);
    until("the record", || {
        records_about(dir.path(), "INFO").len() == 2
    });
    let records = records_about(dir.path(), "INFO");
    assert!(records[1].contains(r#"["text"]"#), "{records:?}");
    assert!(!records[1].contains("a value"), "{records:?}");
}

#[test]
fn secrets_are_not_logged() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("pin", "4711471")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    volume.publish(&[("pin", "4711472")]);
    until("the update", || args.pin.get() == 4_711_472);
    volume.publish(&[("pin", "4711473x")]);
    until("the rejection", || last_error(&updater).contains("`pin`"));
    until("the record", || {
        !records_about(dir.path(), "WARN").is_empty()
    });
    assert_eq!(log::records("471147"), Vec::<String>::new());
}
