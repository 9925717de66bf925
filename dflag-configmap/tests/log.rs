//! The log: what an operator reads there, and that he reads it once.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests may fail loudly, too

mod common;

use std::path::Path;
use std::time::Duration;

use common::{Mount, args, builder, follow, log, until, wrong};
use dflag::OnInvalid;

/// What was logged about `directory` on one level.
fn told(directory: &Path, level: &str) -> Vec<String> {
    let mut records = log::records(directory.to_str().unwrap());
    records.retain(|record| record.contains(level));
    records
}

#[test]
fn a_bad_update_is_one_warning_with_all_bad_keys_and_its_end_one_more_record() {
    log::keep();
    for policy in [OnInvalid::RejectAll, OnInvalid::KeepValid] {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = Mount::new(dir.path(), &[("a", "1"), ("b", "1")]);
        let args = args();
        let updater = follow(
            builder(&args, dir.path())
                .on_invalid(policy)
                .rescan_every(Duration::from_millis(10)),
        );
        assert!(told(dir.path(), "WARN").is_empty());
        mount.publish(&[("a", "one"), ("b", "two"), ("text", "good")]);
        until("the error", || !wrong(&updater).is_empty());
        log::look_often(&updater);
        let warnings = told(dir.path(), "WARN");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        for part in ["`a`", "'one'", "`b`", "'two'"] {
            assert!(warnings[0].contains(part), "{part}: {warnings:?}");
        }
        mount.publish(&[("a", "2"), ("b", "2")]);
        until("the mended update", || args.a.get() == 2);
        log::look_often(&updater);
        let in_order: Vec<_> = told(dir.path(), "INFO");
        let in_order = in_order.iter().filter(|line| line.contains("in order"));
        assert_eq!(in_order.count(), 1);
        assert_eq!(told(dir.path(), "WARN").len(), 1);
    }
}

#[test]
fn an_unknown_key_is_one_warning_however_many_updates_have_it() {
    log::keep();
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("rolout", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    for n in 1..=5 {
        mount.publish(&[("a", &n.to_string()), ("rolout", "1")]);
        until("the update", || args.a.get() == n);
    }
    updater.stop().unwrap();
    updater.start().unwrap();
    let warnings = told(dir.path(), "WARN");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("rolout"));
}

#[test]
fn a_vanished_directory_is_one_warning_until_it_is_back() {
    log::keep();
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    let mut mount = Mount::new(&dir, &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, &dir).rescan_every(Duration::from_millis(10)));
    for n in 2..=3 {
        let before = told(&dir, "WARN").len();
        let away = outer.path().join("away");
        std::fs::rename(&dir, &away).unwrap();
        until("the error", || wrong(&updater).contains("does not exist"));
        log::look_often(&updater);
        assert_eq!(told(&dir, "WARN").len(), before + 1);
        std::fs::rename(&away, &dir).unwrap();
        mount.publish(&[("a", &n.to_string())]);
        until("its return", || {
            args.a.get() == n && wrong(&updater).is_empty()
        });
    }
}

#[test]
fn an_update_is_told_by_the_names_of_what_changed_not_by_values() {
    log::keep();
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("text", "before")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    mount.publish(&[("text", "a value")]);
    until("the record of it", || told(dir.path(), "INFO").len() == 2);
    let records = told(dir.path(), "INFO");
    assert!(records[1].contains(r#"["text"]"#), "{records:?}");
    assert!(!records[1].contains("a value"), "{records:?}");
}

#[test]
fn a_secrets_value_is_in_no_record() {
    log::keep();
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("pin", "4711471")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    mount.publish(&[("pin", "4711472")]);
    until("the update", || args.pin.get() == 4_711_472);
    mount.publish(&[("pin", "4711473x")]);
    until("the rejection", || wrong(&updater).contains("`pin`"));
    until("the record of it", || !told(dir.path(), "WARN").is_empty());
    assert_eq!(log::records("471147"), Vec::<String>::new());
}
