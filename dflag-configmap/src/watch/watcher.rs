//! The watcher: keeps the system's watches where the directory is.
//!
//! After any failure the timer remains: the watcher says why there are no events, and tries again
//! from time to time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use notify::{ErrorKind, Event};

use super::backend::Backend;
use super::events::Events;
use super::targets::{Target, difference, targets};
use crate::error::DirectoryError;
use crate::lock::lock;
use crate::signal::{Hint, Signal, StopOnDrop};
use crate::volume::{Identity, Location, resolve};

/// How often the path is resolved again because it changed while watches were set.
const ATTEMPTS: usize = 8;

/// How long a scan waits for watches. notify sets them within a millisecond, unless events keep it busy.
const MAX_WAIT: Duration = Duration::from_millis(250);

/// The watches of one run of the updater's thread.
pub(crate) struct Watcher {
    /// Receives the hints.
    signal: Arc<Signal>,
    events: Arc<Mutex<Events>>,
    backend: Option<Backend>,
    watched: Vec<(PathBuf, Identity)>,
    rejected: Vec<Rejected>,
    /// Whether every watch has to be set anew as soon as that is possible.
    must_renew: bool,
    /// Where the path led when the watches were last checked.
    location: Option<Location>,
    /// Why updates may go unnoticed by events.
    problem: Option<String>,
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
            must_renew: false,
            location: None,
            problem: None,
        }
    }

    /// Where the path led when the watches were last checked, if it led to a directory and they are set.
    pub(crate) fn location(&self) -> Option<&Location> {
        self.location.as_ref().filter(|_| !self.is_busy())
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
    /// change goes unnoticed. If that takes long, a hint announces that they are set.
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
        if let Some(backend) = self.backend.take() {
            backend.close();
        }
    }

    fn open(&mut self) {
        let (signal, events) = (Arc::clone(&self.signal), Arc::clone(&self.events));
        match Backend::open(|end| handler(signal, events, end)) {
            Ok(backend) => self.backend = Some(backend),
            Err(error) => self.problem = Some(error.to_string()),
        }
    }

    fn is_busy(&self) -> bool {
        self.backend.as_ref().is_some_and(Backend::is_busy)
    }

    /// Sets and ends watches. Returns whether there was anything to do.
    fn set_watches(&mut self, targets: &[Target], renew: bool) -> bool {
        if self.backend.as_ref().is_some_and(Backend::has_ended) {
            self.close();
            self.problem = Some("the thread that receives events has died".to_owned());
        }
        if self.backend.is_none() {
            return false;
        }
        let was_busy = self.is_busy();
        self.record_attempts(Instant::now());
        let (end, begin) = difference(&self.watched, targets, renew || self.must_renew);
        lock(&self.events).set_targets(targets, !end.is_empty());
        if self.is_busy() {
            self.must_renew |= renew;
            return false;
        }
        self.must_renew = false;
        let is_rejected =
            |target: &Target| self.rejected.iter().any(|rejected| rejected.is(target));
        let begin: Vec<Target> = targets
            .iter()
            .filter(|target| begin.contains(&target.path) && !is_rejected(target))
            .cloned()
            .collect();
        if end.is_empty() && begin.is_empty() {
            return was_busy;
        }
        self.watched.retain(|(watched, _)| !end.contains(watched));
        if let Some(backend) = &mut self.backend {
            backend.set_watches(end, begin, &self.signal);
        }
        self.record_attempts(Instant::now() + MAX_WAIT);
        true
    }

    /// Records which watches were set, if that is known until `deadline`.
    fn record_attempts(&mut self, deadline: Instant) {
        let backend = self.backend.as_mut();
        let Some(attempts) = backend.and_then(|backend| backend.attempts(deadline)) else {
            return;
        };
        lock(&self.events).watches_are_set();
        for (target, result) in attempts {
            let Target { path, identity, .. } = target;
            self.watched.retain(|(watched, _)| *watched != path);
            match result {
                Ok(()) => self.watched.push((path, identity)),
                Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => {}
                Err(error) => self.rejected.push(Rejected {
                    path,
                    identity,
                    reason: error.to_string(),
                }),
            }
        }
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
            let because = rejected.map(|rejected| &*rejected.reason);
            let other = if self.is_busy() {
                "events arrive faster than they can be handled"
            } else {
                "the directory is changing"
            };
            because.unwrap_or(other).to_owned()
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

    use super::Watcher;

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
        until("the watches", || {
            watcher.arm(&root, false, true).unwrap();
            watcher.problem().is_none() && !watcher.is_busy()
        });
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
        watcher.backend.as_mut().unwrap().unwatch(&root);
        watcher.arm(&root, true, false).unwrap();
        let mut file = File::create(&path).unwrap();
        file.write_all(b"ha").unwrap();
        until("the write", || watcher.writing_until()(&path).is_some());
    }
}
