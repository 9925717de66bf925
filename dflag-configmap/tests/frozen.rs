//! Files that no update can reach, and those that only look like them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use common::{args, builder, follow, log, next_scan, until};

#[test]
fn an_atomic_writer_is_never_reported_as_a_frozen_file() {
    log::capture();
    let dir = common::memory_dir();
    let path = |name: &str| dir.path().join(name);
    let args = args();
    fs::write(path("text"), "v").unwrap();
    let updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(10)));
    common::beside_a_writer_without_a_pause(dir.path(), "text", || {
        for _ in 0..300 {
            next_scan(&updater);
        }
    });
    let own = log::records(path("text").to_str().unwrap());
    assert_eq!(own, Vec::<String>::new());
    assert_eq!(updater.status().frozen_files, []);
}

/// Such a file has no name in any directory, as one that is mounted on its own after it was removed.
#[test]
fn a_frozen_file_is_reported_until_another_file_replaces_it() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let mut unnamed = tempfile::tempfile().unwrap();
    unnamed.write_all(b"7").unwrap();
    let link = format!("/proc/self/fd/{}", unnamed.as_raw_fd());
    std::os::unix::fs::symlink(link, path("a")).unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(10)));
    assert_eq!(args.a.get(), 7);
    until("the report", || updater.status().frozen_files.len() == 1);
    assert_eq!(updater.status().frozen_files[0].path, path("a"));
    assert_eq!(args.sources()[0].warnings.len(), 1);

    fs::write(path(".new"), "8").unwrap();
    fs::rename(path(".new"), path("a")).unwrap();
    until("the new file", || args.a.get() == 8);
    until("no report", || updater.status().frozen_files.is_empty());
    assert_eq!(args.sources()[0].warnings.len(), 0);
    let records = log::records(path("a").to_str().unwrap());
    assert_eq!(records.len(), 2, "{records:?}");
    assert!(records[0].contains("WARN") && records[1].contains("INFO"));
}
