//! Mounts in and over the directory. They need root and a mount namespace of their own,
//! in which nothing that they do outlives them; where there is none they say that they did not run.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)] // helpers of tests may fail loudly, too

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Mount, args, builder, follow, is_again, is_root, until, wrong};

const AGAIN: &str = "DFLAG_TEST_OWN_MOUNTS";

/// Whether this is the process with its own mounts. If not, runs the test in one.
fn has_own_mounts(name: &str) -> bool {
    if is_again(AGAIN) {
        return true;
    }
    let possible = Command::new("unshare").args(["-m", "true"]).output();
    if !is_root() || !possible.is_ok_and(|output| output.status.success()) {
        println!("not run: {name} needs root and a mount namespace");
        return false;
    }
    let test = common::again(name, AGAIN);
    let status = Command::new("unshare")
        .args(["-m", "--propagation", "private"])
        .arg(test.get_program())
        .args(test.get_args())
        .env(AGAIN, "1")
        .status();
    assert!(status.unwrap().success());
    false
}

fn mount(arguments: &[&str], on: &Path) {
    assert!(
        Command::new("mount")
            .args(arguments)
            .arg(on)
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn a_file_mounted_into_the_directory_is_told_before_an_update_is_lost() {
    if !has_own_mounts("a_file_mounted_into_the_directory_is_told_before_an_update_is_lost") {
        return;
    }
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
    let updater = follow(builder(&args, &dir));
    assert_eq!((args.a.get(), args.b.get()), (7, 1));
    let frozen = updater.status().frozen;
    assert_eq!(frozen.len(), 1);
    assert_eq!(frozen[0].path, dir.join("a"));
    assert!(
        frozen[0].to_string().contains("without subPath"),
        "{}",
        frozen[0]
    );

    // The update that it can't follow; the others do.
    fs::remove_file(&source).unwrap();
    fs::write(dir.join("b"), "2").unwrap();
    until("the other file", || args.b.get() == 2);
    assert_eq!(
        (
            args.a.get(),
            updater.status().frozen.len(),
            wrong(&updater).as_str()
        ),
        (7, 1, "")
    );
}

#[test]
fn what_is_mounted_over_the_directory_is_followed_and_so_is_the_return() {
    if !has_own_mounts("what_is_mounted_over_the_directory_is_followed_and_so_is_the_return") {
        return;
    }
    let outer = tempfile::tempdir().unwrap();
    let mut below = Mount::new(outer.path().join("config"), &[("a", "1")]);
    let args = args();
    let updater =
        follow(builder(&args, &below.path).rescan_every(std::time::Duration::from_millis(20)));
    mount(&["-t", "tmpfs", "none"], &below.path);
    let mut above = Mount::new(&below.path, &[("a", "2")]);
    until("what is mounted over it", || args.a.get() == 2);
    above.publish(&[("a", "3")]);
    until("an update of it", || args.a.get() == 3);
    assert!(
        Command::new("umount")
            .arg("-l")
            .arg(&below.path)
            .status()
            .unwrap()
            .success()
    );
    until("what was below", || args.a.get() == 1);
    below.publish(&[("a", "4")]);
    until("an update of that", || args.a.get() == 4);
    until("no error", || wrong(&updater).is_empty());
}
