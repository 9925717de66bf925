//! Mounts in and over the directory.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::{Volume, args, builder, follow, last_error, log, until};

fn mount(arguments: &[&str], on: &Path) {
    let mut mount = Command::new("mount");
    assert!(mount.args(arguments).arg(on).status().unwrap().success());
}

pub(crate) fn a_file_mounted_into_the_directory_is_reported_before_an_update_is_lost() {
    log::capture();
    let outer = tempfile::tempdir().unwrap();
    let (dir, source) = (outer.path().join("config"), outer.path().join("source"));
    fs::create_dir(&dir).unwrap();
    for (path, value) in [
        (dir.join("a"), "0"),
        (dir.join("b"), "1"),
        (source.clone(), "7"),
    ] {
        fs::write(path, value).unwrap();
    }
    mount(&["--bind", source.to_str().unwrap()], &dir.join("a"));
    let args = args();
    let updater = follow(builder(&args, &dir).rescan_every(Duration::from_millis(10)));
    assert_eq!((args.a.get(), args.b.get()), (7, 1));
    let frozen = updater.status().frozen_files;
    assert_eq!(frozen.len(), 1);
    assert_eq!(frozen[0].path, dir.join("a"));
    assert!(
        frozen[0].to_string().contains("without subPath"),
        "{}",
        frozen[0]
    );

    // The mounted file can't follow an update; the others do.
    fs::remove_file(&source).unwrap();
    fs::write(dir.join("b"), "2").unwrap();
    until("the other file", || args.b.get() == 2);
    assert_eq!(
        (
            args.a.get(),
            updater.status().frozen_files.len(),
            last_error(&updater).as_str()
        ),
        (7, 1, "")
    );
    crate::common::several_scans(&updater);
    updater.stop().unwrap();
    updater.start().unwrap();
    let records = log::records("subPath");
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(records[0].contains("WARN") && records[0].contains(dir.join("a").to_str().unwrap()));
}

pub(crate) fn a_mount_over_the_directory_is_followed_and_so_is_its_end() {
    let outer = tempfile::tempdir().unwrap();
    let mut below = Volume::new(outer.path().join("config"), &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, &below.path).rescan_every(Duration::from_millis(20)));
    mount(&["-t", "tmpfs", "none"], &below.path);
    let mut above = Volume::new(&below.path, &[("a", "2")]);
    until("the mount", || args.a.get() == 2);
    above.publish(&[("a", "3")]);
    until("an update of the mount", || args.a.get() == 3);
    let mut umount = Command::new("umount");
    let umount = umount.arg("-l").arg(&below.path).status();
    assert!(umount.unwrap().success());
    until("the directory below", || args.a.get() == 1);
    below.publish(&[("a", "4")]);
    until("an update of the directory below", || args.a.get() == 4);
    until("no error", || last_error(&updater).is_empty());
}
