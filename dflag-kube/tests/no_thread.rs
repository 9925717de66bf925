//! A system that has no more threads, for a while.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well
#![allow(unsafe_code)] // limits of the process

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use dflag_kube::{Builder, StartError};

use common::child::in_child;
use common::{World, wait_for};

/// A user who has no other process, if this one is root. Root has no limit.
const USER: libc::uid_t = 54_321;

/// How many threads the process may have, until this is dropped.
struct Limit(libc::rlimit);

impl Limit {
    /// The process becomes one of another user.
    fn threads(user: libc::uid_t, threads: libc::rlim_t) -> Self {
        let mut before = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: `before` is valid for writes, and the others have no requirements.
        unsafe {
            assert_eq!(libc::getrlimit(libc::RLIMIT_NPROC, &raw mut before), 0);
            if libc::getuid() == 0 {
                assert_eq!(libc::setuid(user), 0);
            }
        }
        let limit = Self(before);
        limit.set(threads);
        limit
    }

    fn set(&self, threads: libc::rlim_t) {
        let limit = libc::rlimit {
            rlim_cur: threads,
            ..self.0
        };
        // SAFETY: `limit` is valid for reads.
        let set = unsafe { libc::setrlimit(libc::RLIMIT_NPROC, &raw const limit) };
        assert_eq!(set, 0);
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        self.set(self.0.rlim_cur);
    }
}

/// Whether the process can become one of a user without other processes.
fn is_root() -> bool {
    // SAFETY: this has no requirements.
    unsafe { libc::getuid() == 0 }
}

/// A builder whose files other users may read.
fn readable(world: &World, builder: impl FnOnce(&World) -> Builder) -> Builder {
    let builder = builder(world);
    let folder = world.mount_path().parent().map(Path::to_owned).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    builder
}

#[test]
fn updater_without_a_thread_says_so_even_inside_a_runtime_and_works_later() {
    let world = World::with("5");
    let updater = readable(&world, World::builder).build().unwrap();
    assert!(in_child(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.build().unwrap().block_on(async {
            let limit = Limit::threads(USER, 1);
            let error = updater.initialize().await.unwrap_err().to_string();
            assert!(error.contains("the updater has no thread"), "{error}");
            drop(limit);
            updater.initialize().await.unwrap();
            // It ends the thread, although nothing was followed yet.
            updater.stop().unwrap_err();
            let limit = Limit::threads(USER, 1);
            assert!(matches!(updater.start(), Err(StartError::Thread(_))));
            drop(limit);
            updater.start().unwrap();
            updater.stop().is_ok() && world.limit() == 5
        })
    }));
}

#[test]
fn session_without_a_thread_for_its_credentials_is_followed_by_another_one() {
    if !is_root() {
        eprintln!("skipped: it needs root");
        return;
    }
    let world = World::with("5");
    let updater = readable(&world, World::builder_without_mount);
    let updater = updater.build().unwrap();
    assert!(in_child(|| {
        // The process and the updater's thread.
        let limit = Limit::threads(USER + 1, 2);
        updater.start().unwrap();
        wait_for("the failure", || updater.status().api.error.is_some());
        let error = updater.status().api.error.unwrap();
        assert!(error.contains("the client panicked"), "{error}");
        drop(limit);
        world.wait_for(5);
        true
    }));
}

#[test]
fn mount_without_a_thread_is_read_later() {
    if !is_root() {
        eprintln!("skipped: it needs root");
        return;
    }
    let world = World::with("5");
    let updater = readable(&world, World::builder).api(false).build().unwrap();
    assert!(in_child(|| {
        let limit = Limit::threads(USER + 2, 2);
        updater.start().unwrap();
        wait_for("the error", || {
            updater.status().mount.unwrap().error.is_some()
        });
        drop(limit);
        world.wait_for(5);
        wait_for("the end of the error", || {
            updater.status().mount.unwrap().error.is_none()
        });
        true
    }));
}
