//! Writes to a published generation, which kubelet never makes and no event reports.
//!
//! An event in a volume can only announce another generation, so a scan that finds none reads nothing.
//! The timer still has to find such writes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use common::{Volume, args, builder, follow, until, until_idle};

#[test]
fn the_timer_finds_a_write_to_a_generation() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "0")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(20)));
    for n in 1..=9 {
        fs::write(dir.path().join("..data/a"), n.to_string()).unwrap();
        until("the write", || args.a.get() == n);
    }
}

#[test]
fn an_event_without_a_new_generation_reads_nothing() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    until_idle(&updater);
    fs::write(dir.path().join("..data/a"), "2").unwrap();
    let before = updater.status().last_scan;
    // kubelet does this for a new key.
    symlink("..data/b", dir.path().join("b")).unwrap();
    until("a scan", || updater.status().last_scan > before);
    until_idle(&updater);
    assert_eq!(args.a.get(), 1, "the timer is not due in this test");
}

#[test]
fn start_finds_a_write_after_initialize() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = builder(&args, dir.path()).build().unwrap();
    updater.initialize().unwrap();
    fs::write(dir.path().join("..data/a"), "22").unwrap();
    updater.start().unwrap();
    until("the write", || args.a.get() == 22);
    updater.stop().unwrap();
    fs::write(dir.path().join("..data/a"), "333").unwrap();
    updater.start().unwrap();
    until("the write after stop", || args.a.get() == 333);
}
