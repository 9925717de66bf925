//! A mount whose reads hang, as those of a network file system do whose server is away. Only root can make one.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use dflag_configmap::Watching;

use common::{PATIENCE, World, wait_for};

/// Held by the test that runs.
static TURN: Mutex<()> = Mutex::new(());

/// A file system whose requests nobody answers until the device is closed.
struct Hung {
    device: Option<File>,
    root: PathBuf,
}

impl Hung {
    /// `None` if this machine can't have one.
    fn mount(root: &Path) -> Option<Self> {
        fs::create_dir(root).unwrap();
        let device = OpenOptions::new().read(true).write(true).open("/dev/fuse");
        let device = device.ok()?;
        let mut mount = Command::new("mount");
        // The device is the standard input of the command, so its descriptor is 0.
        mount
            .args(["-i", "-t", "fuse", "-o"])
            .arg("fd=0,rootmode=40000,user_id=0,group_id=0")
            .arg("none")
            .arg(root)
            .stdin(Stdio::from(device.try_clone().unwrap()))
            .stderr(Stdio::null());
        let is_mounted = mount.status().is_ok_and(|status| status.success());
        is_mounted.then(|| Self {
            device: Some(device),
            root: root.to_owned(),
        })
    }

    /// Ends all requests with an error.
    fn release(&mut self) {
        self.device = None;
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        self.release();
        let _ = Command::new("umount").arg("-l").arg(&self.root).status();
    }
}

/// The threads of the process that read a mount. The tests of this file run one after the other.
fn readers() -> Vec<PathBuf> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let mut tasks: Vec<_> = tasks.map(|task| task.unwrap().path()).collect();
    tasks.retain(|task| {
        let name = fs::read_to_string(task.join("comm"));
        name.is_ok_and(|name| name.trim() == "dflag-mount")
    });
    tasks
}

#[test]
fn stop_does_not_wait_for_a_read_of_the_mount_and_a_restart_hears_nothing_of_it() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let world = World::new();
    world.api.write(&[("limit", "5")]);
    let folder = tempfile::tempdir().unwrap();
    let Some(mut hung) = Hung::mount(&folder.path().join("hung")) else {
        eprintln!("skipped: no file system that hangs: it needs root and FUSE");
        return;
    };
    let builder = world.builder_without_mount().mount(&hung.root);
    let updater = world.set_up(builder);
    wait_for("the read", || readers().len() == 1);
    let start = Instant::now();
    updater.stop().unwrap();
    // Another one hangs as well.
    updater.start().unwrap();
    wait_for("the read", || readers().len() == 2);
    updater.stop().unwrap();
    assert!(start.elapsed() < PATIENCE / 4);
    world.api.write(&[("limit", "6")]);
    updater.start().unwrap();
    world.wait_for(6);
    wait_for("the read", || readers().len() == 3);
    updater.stop().unwrap();
    let before = updater.status();
    hung.release();
    wait_for("the end of the reads", || readers().is_empty());
    let after = updater.status();
    assert_eq!(after.mount, before.mount);
    assert_eq!(after.updates.last_scan, before.updates.last_scan);
    assert_eq!(after.updates.watching, Watching::Stopped);
    drop(updater);
}

#[test]
fn what_was_published_while_a_read_hung_is_as_old_as_the_beginning_of_the_read() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut world = World::with("5");
    let folder = tempfile::tempdir().unwrap();
    let Some(mut hung) = Hung::mount(&folder.path().join("hung")) else {
        eprintln!("skipped: no file system that hangs: it needs root and FUSE");
        return;
    };
    let link = folder.path().join("link");
    let lead_to = |target: &Path| {
        let new = folder.path().join("new");
        std::os::unix::fs::symlink(target, &new).unwrap();
        fs::rename(&new, &link).unwrap();
    };
    lead_to(&world.mount_path());
    let builder = world.builder_without_mount().mount(&link);
    let updater = world.set_up(builder.rescan_every(Duration::from_millis(50)));
    lead_to(&hung.root);
    wait_for("the read that hangs", || {
        let waits_for = readers()
            .pop()
            .and_then(|task| fs::read_to_string(task.join("wchan")).ok());
        waits_for.is_some_and(|function| function.contains("fuse"))
    });
    world.mount("4");
    world.api.write(&[("limit", "6")]);
    world.wait_for(6);
    world.deny(&updater);
    hung.release();
    let mount = || updater.status().mount.unwrap();
    wait_for("the error", || mount().error.is_some());
    lead_to(&world.mount_path());
    wait_for("the mount", || mount().error.is_none());
    wait_for("the judgement", || mount().is_held || world.limit() != 6);
    assert_eq!(world.limit(), 6);
    drop(updater);
    wait_for("the end of the read", || readers().is_empty());
}
