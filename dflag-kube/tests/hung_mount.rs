//! A mount whose reads hang, as those of a network file system do whose server is away. Only root can make one.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use dflag_configmap::Watching;

use common::{PATIENCE, World, wait_for};

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

/// How many threads of the process read a mount.
fn readers() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "dflag-mount").count()
}

#[test]
fn stop_does_not_wait_for_a_read_of_the_mount_and_a_restart_hears_nothing_of_it() {
    let world = World::new();
    world.api.write(&[("limit", "5")]);
    let folder = tempfile::tempdir().unwrap();
    let Some(mut hung) = Hung::mount(&folder.path().join("hung")) else {
        eprintln!("skipped: no file system that hangs: it needs root and FUSE");
        return;
    };
    let builder = world.builder_without_mount().mount(&hung.root);
    let updater = world.set_up(builder);
    wait_for("the read", || readers() == 1);
    let start = Instant::now();
    updater.stop().unwrap();
    // Another one hangs as well.
    updater.start().unwrap();
    wait_for("the read", || readers() == 2);
    updater.stop().unwrap();
    assert!(start.elapsed() < PATIENCE / 4);
    world.api.write(&[("limit", "6")]);
    updater.start().unwrap();
    world.wait_for(6);
    wait_for("the read", || readers() == 3);
    updater.stop().unwrap();
    let before = updater.status();
    hung.release();
    wait_for("the end of the reads", || readers() == 0);
    let after = updater.status();
    assert_eq!(after.mount, before.mount);
    assert_eq!(after.updates.last_scan, before.updates.last_scan);
    assert_eq!(after.updates.watching, Watching::Stopped);
    drop(updater);
}
