//! A child process that was forked while the updater was running.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well
#![allow(unsafe_code)] // fork, _exit and waitpid

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::{Volume, args, builder, follow, until, until_idle};
use dflag_configmap::{ReloadError, StartError, StopError};

/// Runs `child` in a forked process, and returns whether it returned true there.
fn in_child(child: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child runs on the only thread that it has, and no other thread held a lock that it
    // needs, since the updater was idle. It ends with `_exit`, so that no destructor of the test runs twice.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let result = catch_unwind(AssertUnwindSafe(child));
        // SAFETY: this has no requirements.
        unsafe { libc::_exit(i32::from(!result.unwrap_or(false))) }
    }
    assert!(pid > 0);
    let mut status = 0;
    until("the end of the child", || {
        // SAFETY: `status` is valid for writes.
        let waited = unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) };
        assert!(waited >= 0);
        waited == pid
    });
    status == 0
}

#[test]
fn in_a_forked_child_the_updater_is_not_running_and_dropping_it_does_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let mut updater = Some(follow(builder(&args, dir.path())));
    until_idle(updater.as_ref().unwrap());
    assert!(in_child(|| {
        let updater = updater.take().unwrap();
        let stopped = updater.stop();
        let reloaded = updater.reload();
        let started = updater.start();
        drop(updater);
        matches!(stopped, Err(StopError::NotRunning))
            && matches!(reloaded, Err(ReloadError::NotRunning))
            && matches!(started, Err(StartError::Forked))
            && args.a.get() == 1
    }));
    assert!(in_child(|| {
        drop(updater.take());
        true
    }));
    // It still runs in the parent.
    volume.publish(&[("a", "2")]);
    until("the update", || args.a.get() == 2);
    updater.unwrap().stop().unwrap();
}
