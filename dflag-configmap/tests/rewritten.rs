//! A generation that somebody writes to, although kubelet never does, and no event tells of it.
//!
//! What is heard of a volume can be about no more than which generation holds, so a look that finds
//! it taken reads nothing. These tests hold that to its bounds: the timer still finds the rest.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests may fail loudly, too

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use common::{Mount, args, builder, follow, quiet, until};

#[test]
fn what_is_written_to_a_generation_is_found_by_the_timer() {
    let dir = tempfile::tempdir().unwrap();
    Mount::new(dir.path(), &[("a", "0")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(20)));
    for n in 1..=9 {
        fs::write(dir.path().join("..data/a"), n.to_string()).unwrap();
        until("what was written", || args.a.get() == n);
    }
}

#[test]
fn an_event_that_tells_of_no_other_generation_reads_nothing() {
    let dir = tempfile::tempdir().unwrap();
    Mount::new(dir.path(), &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    quiet(&updater);
    fs::write(dir.path().join("..data/a"), "2").unwrap();
    let before = updater.status().last_scan;
    // As kubelet does for a new key.
    symlink("..data/b", dir.path().join("b")).unwrap();
    until("a look", || updater.status().last_scan > before);
    quiet(&updater);
    assert_eq!(args.a.get(), 1, "the timer of this test is not due");
}

#[test]
fn what_is_written_between_initialize_and_start_is_found_by_start() {
    let dir = tempfile::tempdir().unwrap();
    Mount::new(dir.path(), &[("a", "1")]);
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
