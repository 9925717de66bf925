//! The backend: notify's watcher, for which no other thread waits without a limit.
//!
//! notify's thread sets and ends watches only when there are no more events to read. While events arrive
//! faster than it reads them, for which one writer without a pause is enough, a call of `watch` does not
//! return. So such calls are made by a thread that exists only as long as they take.

use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use notify::{EventHandler, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::targets::Target;
use crate::lock::lock;
use crate::signal::{Hint, Signal, StopOnDrop};
use crate::thread::spawn;

/// The name of the thread that sets watches.
const NAME: &str = "dflag-watch";

/// How long to wait for notify's thread to end. Only a flood of events keeps it busy for as long.
const MAX_END: Duration = Duration::from_secs(2);

/// notify's watcher and its thread. At most one job is under way.
pub(crate) struct Backend {
    /// `None` while a job is under way, and after one that panicked.
    notify: Option<Notify>,
    job: Option<Job>,
    /// Stopped when notify's thread drops its handler, which is the last thing that it does.
    ended: Arc<Signal>,
}

/// Watches that are being set and ended.
struct Job {
    thread: JoinHandle<()>,
    result: JobResult,
    /// Stopped when the job is done.
    done: Arc<Signal>,
    /// Whether the end of the job has to be announced.
    is_late: Arc<AtomicBool>,
}

/// What the job returns; `None` before its end, and after a panic.
type JobResult = Arc<Mutex<Option<(Notify, Vec<Attempt>)>>>;

/// A directory, and whether its watch was set.
pub(crate) type Attempt = (Target, notify::Result<()>);

impl Backend {
    /// Starts notify's thread. `handler` returns the handler of events, which drops its argument last.
    pub(crate) fn open<H: EventHandler>(
        handler: impl FnOnce(StopOnDrop) -> H,
    ) -> notify::Result<Self> {
        let ended = Arc::new(Signal::default());
        let watcher = notify::recommended_watcher(handler(StopOnDrop(Arc::clone(&ended))))?;
        let notify = Notify {
            watcher: Some(watcher),
            ended: Arc::clone(&ended),
        };
        Ok(Self {
            notify: Some(notify),
            job: None,
            ended,
        })
    }

    /// Whether no more events will arrive.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_stopped() || (self.notify.is_none() && self.job.is_none())
    }

    /// Whether a job is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// Begins to end the watches on the paths `end` and to set those on `begin`, unless a job is under way.
    /// If [`attempts`](Self::attempts) does not wait long enough for that, a hint to `signal` announces it.
    pub(crate) fn set_watches(
        &mut self,
        end: Vec<PathBuf>,
        begin: Vec<Target>,
        signal: &Arc<Signal>,
    ) {
        let Some(mut notify) = self.notify.take() else {
            return;
        };
        let done = Arc::new(Signal::default());
        let set_done = StopOnDrop(Arc::clone(&done));
        let is_late = Arc::new(AtomicBool::new(false));
        let (was_late, signal) = (Arc::clone(&is_late), Arc::clone(signal));
        let result = JobResult::default();
        let set_result = Arc::clone(&result);
        let run = move || {
            let attempts = notify.set_watches(end, begin);
            *lock(&set_result) = Some((notify, attempts));
            drop(set_done);
            // Relaxed: a thread that stores it and then finds the job not done has locked `done`
            // before this thread did.
            if was_late.load(Ordering::Relaxed) {
                signal.hint(Hint::Changed);
            }
        };
        // If there is no thread, notify has been dropped.
        self.job = spawn(NAME, Box::new(run)).ok().map(|thread| Job {
            thread,
            result,
            done,
            is_late,
        });
    }

    /// What became of the job, if it is done until `deadline`.
    pub(crate) fn attempts(&mut self, deadline: Instant) -> Option<Vec<Attempt>> {
        let job = self.job.as_ref()?;
        if !job.done.wait_until(deadline).stop {
            job.is_late.store(true, Ordering::Relaxed);
            if !job.done.is_stopped() {
                return None;
            }
        }
        let Job { thread, result, .. } = self.job.take()?;
        // A panic shows in the missing result.
        let _ = thread.join();
        let (notify, attempts) = lock(&result).take()?;
        self.notify = Some(notify);
        Some(attempts)
    }

    /// Ends all watches, and notify with its thread and its descriptors. If a job is under way, this does
    /// not wait for that, and they end with the job.
    pub(crate) fn close(mut self) {
        let _ = self.attempts(Instant::now());
        if let Some(notify) = self.notify.take() {
            drop(notify);
            // The thread drops its handler after it has closed its descriptors.
            self.ended.wait_until(Instant::now() + MAX_END);
        }
    }

    /// Lets a watch die unnoticed.
    #[cfg(test)]
    pub(crate) fn unwatch(&mut self, path: &std::path::Path) {
        let notify = self.notify.as_mut().unwrap();
        notify.watcher.as_mut().unwrap().unwatch(path).unwrap();
    }
}

/// notify's watcher, which panics if it is used or dropped when its thread has died.
struct Notify {
    /// `None` after a panic.
    watcher: Option<RecommendedWatcher>,
    ended: Arc<Signal>,
}

impl Notify {
    fn set_watches(&mut self, end: Vec<PathBuf>, begin: Vec<Target>) -> Vec<Attempt> {
        let Some(watcher) = self.watcher.take() else {
            return Vec::new();
        };
        // A panic must not drop it.
        let mut watcher = ManuallyDrop::new(watcher);
        for path in end {
            // This fails if the directory was deleted, and its watch with it.
            let _ = watcher.unwatch(&path);
        }
        let attempts = begin.into_iter().map(|target| {
            let result = watcher.watch(&target.path, RecursiveMode::NonRecursive);
            if result.is_err() {
                // A watch that exists under this path is on the directory that was there before.
                let _ = watcher.unwatch(&target.path);
            }
            (target, result)
        });
        let attempts = attempts.collect();
        self.watcher = Some(ManuallyDrop::into_inner(watcher));
        attempts
    }
}

impl Drop for Notify {
    fn drop(&mut self) {
        if self.ended.is_stopped() {
            std::mem::forget(self.watcher.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::Backend;
    use crate::signal::{Hint, Signal};
    use crate::volume::Identity;
    use crate::watch::targets::{Names, Target};

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    fn target(path: &Path) -> Target {
        Target {
            path: path.to_owned(),
            identity: Identity::of(path).unwrap(),
            names: Names::default(),
            is_essential: true,
        }
    }

    #[test]
    fn watches_that_are_set_late_are_announced_and_nothing_waits_for_them() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (entered, release) = (Arc::new(Signal::default()), Arc::new(Signal::default()));
        let (enter, released) = (Arc::clone(&entered), Arc::clone(&release));
        let mut backend = Backend::open(|end| {
            move |_| {
                let _end = &end;
                enter.stop();
                released.wait_until(soon());
            }
        })
        .unwrap();
        let signal = Arc::new(Signal::default());
        backend.set_watches(Vec::new(), vec![target(dir.path())], &signal);
        let attempts = backend.attempts(soon()).unwrap();
        assert!(attempts[0].1.is_ok() && !backend.is_busy());

        // From now on, notify's thread is busy with an event.
        std::fs::write(dir.path().join("a"), "1").unwrap();
        assert!(entered.wait_until(soon()).stop);
        backend.set_watches(Vec::new(), vec![target(other.path())], &signal);
        assert!(backend.attempts(Instant::now()).is_none() && backend.is_busy());
        assert_eq!(signal.wait_until(Instant::now()).hint, Hint::Nothing);
        release.stop();
        assert_eq!(signal.wait_until(soon()).hint, Hint::Changed);
        let attempts = backend.attempts(soon()).unwrap();
        assert_eq!(attempts[0].0.path, other.path());
        backend.close();
    }
}
