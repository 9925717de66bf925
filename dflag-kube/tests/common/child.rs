//! Child processes that are forked.

#![allow(unsafe_code)] // fork, _exit and waitpid

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::wait_for;

/// Runs `child` in a forked process, and returns whether it returned true there.
pub(crate) fn in_child(child: impl FnOnce() -> bool) -> bool {
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
    wait_for("the end of the child", || {
        // SAFETY: `status` is valid for writes.
        let waited = unsafe { libc::waitpid(pid, &raw mut status, libc::WNOHANG) };
        assert!(waited >= 0);
        waited == pid
    });
    status == 0
}
