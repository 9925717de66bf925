//! A generation that somebody writes to, although kubelet never does, and no event tells of it.
//!
//! What is heard of a volume can be about no more than which generation holds, so a look that finds
//! it taken reads nothing. These tests hold that to its bounds: the timer still finds the rest.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests may fail loudly, too

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
        until("what was written", || args.a.get() == n);
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
    // As kubelet does for a new key.
    symlink("..data/b", dir.path().join("b")).unwrap();
    until("a look", || updater.status().last_scan > before);
    until_idle(&updater);
    assert_eq!(args.a.get(), 1, "the timer of this test is not due");
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
    until("what was written", || args.a.get() == 22);
    updater.stop().unwrap();
    fs::write(dir.path().join("..data/a"), "333").unwrap();
    updater.start().unwrap();
    until("what was written then", || args.a.get() == 333);
}
