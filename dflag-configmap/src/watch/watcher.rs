//! The watcher: keeps the system's watches where the directory is.
//!
//! After any failure the timer remains: the watcher says why there are no events, and tries again
//! from time to time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::events::Events;
use super::targets::{Target, difference, targets};
use crate::error::DirectoryError;
use crate::lock::lock;
use crate::signal::{Hint, Signal, StopOnDrop};
use crate::volume::{Identity, Location, resolve};

/// How often the path is resolved again because it changed while watches were set.
const ATTEMPTS: usize = 8;

/// How long to wait for notify's thread to end. Nothing else keeps it busy.
const MAX_END: Duration = Duration::from_secs(5);

/// The watches of one run of the updater's thread.
pub(crate) struct Watcher {
    /// Receives the hints.
    signal: Arc<Signal>,
    events: Arc<Mutex<Events>>,
    backend: Option<Backend>,
    watched: Vec<(PathBuf, Identity)>,
    rejected: Vec<Rejected>,
    /// Where the path led when the watches were last checked.
    location: Option<Location>,
    /// Why updates may go unnoticed by events.
    problem: Option<String>,
}

/// notify's watcher and its thread.
#[derive(Debug)]
struct Backend {
    notify: RecommendedWatcher,
    /// Stopped when notify's thread drops its handler, which is the last thing that it does.
    ended: Arc<Signal>,
}

/// A watch that the system rejected.
struct Rejected {
    path: PathBuf,
    identity: Identity,
    reason: String,
}

impl Watcher {
    /// A watcher without watches. Hints go to `signal`.
    pub(crate) fn new(signal: Arc<Signal>) -> Self {
        Self {
            signal,
            events: Arc::default(),
            backend: None,
            watched: Vec::new(),
            rejected: Vec::new(),
            location: None,
            problem: None,
        }
    }

    /// Where the path led when the watches were last checked, if it led to a directory.
    pub(crate) fn location(&self) -> Option<&Location> {
        self.location.as_ref()
    }

    /// Why updates may go unnoticed by events, so that only the timer finds them.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Until when a file counts as open for writing, according to the events so far.
    pub(crate) fn writing_until(&self) -> impl Fn(&Path) -> Option<Instant> + use<> {
        let events = Arc::clone(&self.events);
        move |path| lock(&events).writing_until(path)
    }

    /// Sets the watches for the path `given`. Returns where it led once they were set, so that no later
    /// change goes unnoticed.
    ///
    /// With `renew` every watch is set anew, and with `retry` those that the system rejected are tried again.
    pub(crate) fn arm(
        &mut self,
        given: &Path,
        mut renew: bool,
        retry: bool,
    ) -> Result<Location, DirectoryError> {
        if retry {
            self.rejected.clear();
            if self.backend.is_none() {
                self.open();
            }
        }
        let mut location = resolve(given);
        for _ in 0..ATTEMPTS {
            let targets = targets(given, location.as_ref().ok());
            let has_changed = self.set_watches(&targets, renew);
            self.update_problem(&targets);
            if !has_changed {
                break;
            }
            // The directory may have been exchanged just before its watch was set.
            location = resolve(given);
            renew = false;
        }
        self.location = location.as_ref().ok().cloned();
        location
    }

    /// Ends all watches, and notify with its thread and its descriptors.
    pub(crate) fn close(&mut self) {
        self.watched.clear();
        let Some(Backend { notify, ended }) = self.backend.take() else {
            return;
        };
        if ended.is_stopped() {
            // Its thread has died, and in that case dropping it panics.
            std::mem::forget(notify);
            return;
        }
        drop(notify);
        // The thread drops its handler after it has closed its descriptors.
        ended.wait_until(Instant::now() + MAX_END);
    }

    fn open(&mut self) {
        let ended = Arc::new(Signal::default());
        let handler = handler(
            Arc::clone(&self.signal),
            Arc::clone(&self.events),
            StopOnDrop(Arc::clone(&ended)),
        );
        match notify::recommended_watcher(handler) {
            Ok(notify) => self.backend = Some(Backend { notify, ended }),
            Err(error) => self.problem = Some(error.to_string()),
        }
    }

    /// Sets and ends watches. Returns whether there was anything to do.
    fn set_watches(&mut self, targets: &[Target], renew: bool) -> bool {
        let has_died = |backend: &Backend| backend.ended.is_stopped();
        if self.backend.as_ref().is_some_and(has_died) {
            self.close();
            self.problem = Some("the thread that receives events has died".to_owned());
        }
        let Some(Backend { notify, .. }) = &mut self.backend else {
            return false;
        };
        let (end, begin) = difference(&self.watched, targets, renew);
        lock(&self.events).set_targets(targets, !end.is_empty());

        let mut has_changed = !end.is_empty();
        for path in end {
            // This fails if the directory was deleted, and its watch with it.
            let _ = notify.unwatch(&path);
            self.watched.retain(|(watched, _)| *watched != path);
        }
        for path in begin {
            let Some(target) = targets.iter().find(|target| target.path == path) else {
                continue;
            };
            let mut rejected = self.rejected.iter();
            if rejected.any(|rejected| rejected.is(target)) {
                continue;
            }
            self.watched.retain(|(watched, _)| *watched != path);
            match notify.watch(&path, RecursiveMode::NonRecursive) {
                Ok(()) => self.watched.push((path, target.identity.clone())),
                Err(error) => {
                    // A watch that exists under this path is on the directory that was there before.
                    let _ = notify.unwatch(&path);
                    if !matches!(error.kind, ErrorKind::PathNotFound) {
                        self.rejected.push(Rejected {
                            path,
                            identity: target.identity.clone(),
                            reason: error.to_string(),
                        });
                    }
                }
            }
            has_changed = true;
        }
        has_changed
    }

    fn update_problem(&mut self, targets: &[Target]) {
        if self.backend.is_none() {
            return;
        }
        let Some(essential) = targets.iter().find(|target| target.is_essential) else {
            self.problem = Some("there is no directory to watch".to_owned());
            return;
        };
        let is_watched = self.watched.iter().any(|(path, _)| *path == essential.path);
        self.problem = (!is_watched).then(|| {
            let mut rejected = self.rejected.iter();
            let rejected = rejected.find(|rejected| rejected.path == essential.path);
            rejected
                .map_or("the directory is changing", |rejected| &rejected.reason)
                .to_owned()
        });
    }
}

impl Rejected {
    fn is(&self, target: &Target) -> bool {
        self.path == target.path && self.identity == target.identity
    }
}

/// On every way out, also through a panic.
impl Drop for Watcher {
    fn drop(&mut self) {
        self.close();
    }
}

/// What notify's thread runs. Dropping it drops `end`.
fn handler(
    signal: Arc<Signal>,
    events: Arc<Mutex<Events>>,
    end: StopOnDrop,
) -> impl Fn(notify::Result<Event>) + Send + 'static {
    move |event| {
        let _end = &end;
        signal.hint(match event {
            Ok(event) => lock(&events).interpret(&event, Instant::now()),
            Err(_) => Hint::WatchLost,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use super::{Backend, Watcher};

    fn until(what: &str, mut condition: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !condition() {
            assert!(Instant::now() < deadline, "timed out: {what}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// A directory that is watched, without links in its path.
    fn watched() -> (tempfile::TempDir, PathBuf, Watcher) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let mut watcher = Watcher::new(std::sync::Arc::default());
        watcher.arm(&root, false, true).unwrap();
        assert_eq!(watcher.problem(), None);
        (dir, root, watcher)
    }

    #[test]
    fn writers_are_remembered_when_the_watches_are_renewed() {
        let (_dir, root, mut watcher) = watched();
        let path = root.join("a");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"ha").unwrap();
        until("the write", || watcher.writing_until()(&path).is_some());
        watcher.arm(&root, true, false).unwrap();
        assert!(watcher.writing_until()(&path).is_some());
        drop(file);
        until("the close", || watcher.writing_until()(&path).is_none());
    }

    #[test]
    fn a_watch_that_died_unnoticed_is_replaced_when_the_watches_are_renewed() {
        let (_dir, root, mut watcher) = watched();
        let path = root.join("a");
        let Some(Backend { notify, .. }) = &mut watcher.backend else {
            panic!()
        };
        notify::Watcher::unwatch(notify, &root).unwrap();
        watcher.arm(&root, true, false).unwrap();
        let mut file = File::create(&path).unwrap();
        file.write_all(b"ha").unwrap();
        until("the write", || watcher.writing_until()(&path).is_some());
    }
}
