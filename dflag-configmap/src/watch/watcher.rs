//! The watcher: the event layer, kept pointing at where the directory is now.
//!
//! Whatever fails here leaves the timer: the watcher says why, and tries again now and then.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::hearing::Hearing;
use super::plan::{Point, difference, plan};
use crate::signal::{Hint, Life, Signal};
use crate::stamp::Identity;
use crate::walk::Walk;

/// How long a watch that the system rejected is not asked for again.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// How often the way is walked again because it changed while watches were set.
const ATTEMPTS: usize = 4;

/// How long to wait for the event layer's thread to end. It has nothing else to do.
const LONGEST_END: Duration = Duration::from_secs(5);

/// Until when a file, by its path without links, counts as open for writing.
pub(crate) type WritingUntil<'a> = dyn Fn(&Path) -> Option<Instant> + 'a;

/// Who is told what the event layer hears, on the event layer's thread. No watch can be set there.
pub(crate) trait Listener: Send + Sync {
    fn heard(&self, hint: Hint, writing_until: &WritingUntil<'_>);
}

/// The event layer as the updater's thread has it.
pub(crate) struct Watcher {
    listener: Arc<dyn Listener>,
    hearing: Arc<Mutex<Hearing>>,
    events: Option<Events>,
    held: Vec<(PathBuf, Identity)>,
    rejected: Vec<(PathBuf, Identity, String)>,
    /// Why updates may go unheard.
    silent: Option<String>,
    try_again: Instant,
}

/// A running event layer.
#[derive(Debug)]
struct Events {
    notify: RecommendedWatcher,
    /// Stopped once the event layer's thread has dropped its handler, which it does last.
    ended: Arc<Signal>,
}

impl Watcher {
    /// A watcher that watches nothing yet.
    pub(crate) fn new(listener: Arc<dyn Listener>) -> Self {
        Self {
            listener,
            hearing: Arc::default(),
            events: None,
            held: Vec::new(),
            rejected: Vec::new(),
            silent: None,
            try_again: Instant::now(),
        }
    }

    /// Why updates may go unheard, so that only the timer finds them.
    pub(crate) fn silent(&self) -> Option<&str> {
        self.silent.as_deref()
    }

    /// Tells, by what was heard so far, who is writing.
    pub(crate) fn writing_until(&self) -> impl Fn(&Path) -> Option<Instant> + use<> {
        writing_until(Arc::clone(&self.hearing))
    }

    /// Watches whatever `walk` meets, and returns what it met once the watches were set.
    ///
    /// With `rearm` every watch is set anew.
    pub(crate) fn arm(&mut self, walk: impl Fn() -> Walk, mut rearm: bool) -> Walk {
        let now = Instant::now();
        if now >= self.try_again {
            self.try_again = now + TRY_AGAIN;
            self.rejected.clear();
            if self.events.is_none() {
                self.open();
            }
        }
        let mut met = walk();
        for _ in 0..ATTEMPTS {
            let points = plan(&met, |path| match met.directory() {
                Ok((directory, stamp)) if directory == path => Some(stamp.identity.clone()),
                _ => Identity::of(path).ok(),
            });
            let changed = self.apply(&points, rearm);
            self.judge(&points);
            if !changed {
                break;
            }
            // The directory may have been exchanged just before its watch was set.
            met = walk();
            rearm = false;
        }
        met
    }

    /// Ends all watches, and the event layer with its thread and its descriptors.
    pub(crate) fn close(&mut self) {
        self.held.clear();
        let Some(Events { notify, ended }) = self.events.take() else {
            return;
        };
        if ended.is_stopped() {
            // Its thread is dead, and dropping it would panic.
            std::mem::forget(notify);
            return;
        }
        drop(notify);
        // The handler goes after the descriptors.
        ended.wait_until(Instant::now() + LONGEST_END);
    }

    fn open(&mut self) {
        let ended = Arc::new(Signal::default());
        let handler = handler(
            Arc::clone(&self.listener),
            Arc::clone(&self.hearing),
            Life(Arc::clone(&ended)),
        );
        match notify::recommended_watcher(handler) {
            Ok(notify) => self.events = Some(Events { notify, ended }),
            Err(error) => self.silent = Some(error.to_string()),
        }
    }

    /// Sets and ends watches; whether anything changed.
    fn apply(&mut self, points: &[Point], rearm: bool) -> bool {
        let dead = |events: &Events| events.ended.is_stopped();
        if self.events.as_ref().is_some_and(dead) {
            self.close();
            self.silent = Some("the event layer's thread has died".to_owned());
        }
        let Some(Events { notify, .. }) = &mut self.events else {
            return false;
        };
        let (end, begin) = difference(&self.held, points, rearm);
        lock(&self.hearing).listen(points, !end.is_empty());

        let mut changed = !end.is_empty();
        for path in end {
            // It fails for a directory that was deleted; then there is nothing to end.
            let _ = notify.unwatch(&path);
            self.held.retain(|(held, _)| *held != path);
        }
        for path in begin {
            let Some(point) = points.iter().find(|point| point.path == path) else {
                continue;
            };
            let known = |(path, identity, _): &(PathBuf, Identity, String)| {
                *path == point.path && *identity == point.identity
            };
            if self.rejected.iter().any(known) {
                continue;
            }
            self.held.retain(|(held, _)| *held != path);
            match notify.watch(&path, RecursiveMode::NonRecursive) {
                Ok(()) => self.held.push((path, point.identity.clone())),
                Err(error) => {
                    // The watch from before, if there was one, is of what has been there.
                    let _ = notify.unwatch(&path);
                    if !matches!(error.kind, ErrorKind::PathNotFound) {
                        let identity = point.identity.clone();
                        self.rejected.push((path, identity, error.to_string()));
                    }
                }
            }
            changed = true;
        }
        changed
    }

    fn judge(&mut self, points: &[Point]) {
        if self.events.is_none() {
            return;
        }
        let unheard = points.iter().find(|point| {
            point.essential && !self.held.iter().any(|(path, _)| *path == point.path)
        });
        self.silent = match unheard {
            None if points.iter().any(|point| point.essential) => None,
            None => Some("there is nothing to watch".to_owned()),
            Some(point) => {
                let why = self.rejected.iter().find(|(path, ..)| *path == point.path);
                Some(why.map_or_else(|| "it is changing".to_owned(), |(.., why)| why.clone()))
            }
        };
    }
}

/// On every way out, also through a panic.
impl Drop for Watcher {
    fn drop(&mut self) {
        self.close();
    }
}

/// What the event layer's thread runs. `alive` tells by its end that the thread is done.
fn handler(
    listener: Arc<dyn Listener>,
    hearing: Arc<Mutex<Hearing>>,
    alive: Life,
) -> impl Fn(notify::Result<Event>) + Send + 'static {
    let writing_until = writing_until(Arc::clone(&hearing));
    move |event| {
        let _alive = &alive;
        let hint = match event {
            Ok(event) => lock(&hearing).hear(&event, Instant::now()),
            Err(_) => Hint::Watch,
        };
        listener.heard(hint, &writing_until);
    }
}

fn writing_until(hearing: Arc<Mutex<Hearing>>) -> impl Fn(&Path) -> Option<Instant> {
    move |path| lock(&hearing).writing_until(path)
}

fn lock(hearing: &Mutex<Hearing>) -> MutexGuard<'_, Hearing> {
    hearing.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use super::{Events, Listener, Watcher, WritingUntil};
    use crate::signal::Hint;
    use crate::walk::walk;

    fn until(what: &str, mut condition: impl FnMut() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !condition() {
            assert!(Instant::now() < deadline, "never came: {what}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whom nothing concerns.
    struct Deaf;

    impl Listener for Deaf {
        fn heard(&self, _: Hint, _: &WritingUntil<'_>) {}
    }

    /// A directory that is watched, without links in its path.
    fn watched() -> (tempfile::TempDir, PathBuf, Watcher) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let mut watcher = Watcher::new(Arc::new(Deaf));
        watcher.arm(|| walk(&root), false);
        assert_eq!(watcher.silent(), None);
        (dir, root, watcher)
    }

    #[test]
    fn who_is_writing_is_not_forgotten_when_the_watches_are_set_anew() {
        let (_dir, root, mut watcher) = watched();
        let path = root.join("a");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"ha").unwrap();
        until("the write", || watcher.writing_until()(&path).is_some());
        watcher.arm(|| walk(&root), true);
        assert!(watcher.writing_until()(&path).is_some());
        drop(file);
        until("the close", || watcher.writing_until()(&path).is_none());
    }

    #[test]
    fn a_watch_that_died_unseen_lives_again_when_they_are_set_anew() {
        let (_dir, root, mut watcher) = watched();
        let path = root.join("a");
        let Some(Events { notify, .. }) = &mut watcher.events else {
            panic!()
        };
        notify::Watcher::unwatch(notify, &root).unwrap();
        watcher.arm(|| walk(&root), true);
        let mut file = File::create(&path).unwrap();
        file.write_all(b"ha").unwrap();
        until("the write", || watcher.writing_until()(&path).is_some());
    }
}
