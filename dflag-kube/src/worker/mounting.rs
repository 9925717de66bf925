//! The mount's thread: creating it, and replacing one that was lost.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::state::{Run, Worker};
use crate::mount::Mount;

/// The pause before another thread is tried.
const AGAIN: Duration = Duration::from_secs(5);

impl Worker {
    /// Begins to follow the mount, unless it is followed already.
    pub(super) fn begin_mount(&mut self, run: &mut Run) {
        run.remount_at = None;
        let Some(directory) = &self.shared.directory else {
            run.mount_is_known = true;
            return;
        };
        if run.mount.is_some() {
            return;
        }
        let (sender, mounts) = mpsc::unbounded_channel();
        match Mount::follow(&self.shared.report, directory, sender) {
            Ok(mount) => {
                run.mount = Some(mount);
                run.mounts = mounts;
                run.mount_is_known = false;
            }
            Err(error) => self.lose_mount(run, format!("no thread can read it: {error}")),
        }
    }

    /// Reads the mount for a start. What an earlier start read may be old by now, and where no event reports a change, its
    /// thread would notice that late.
    pub(super) fn read_mount_anew(&mut self, run: &mut Run) {
        while let Ok(mounted) = run.mounts.try_recv() {
            run.mount_is_known = true;
            self.handle_mounted(mounted);
        }
        // A read that has not ended is not begun a second time: it may hang.
        if run.mount_is_known && run.mount.take().is_some() {
            self.unseen_since.get_or_insert_with(Instant::now);
        }
        self.begin_mount(run);
    }

    /// Records that no thread follows the mount, and tries again later.
    pub(super) fn lose_mount(&mut self, run: &mut Run, reason: String) {
        run.mount = None;
        run.mount_is_known = true;
        let now = Instant::now();
        run.remount_at = Some(now + AGAIN);
        self.unseen_since.get_or_insert(now);
        self.record_mount_error(Some(reason));
        self.fail_without_source();
    }
}
