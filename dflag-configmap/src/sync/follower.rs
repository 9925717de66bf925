//! Following: from one scan of the directory to the contents that count.
//!
//! It knows no values of flags, no threads and no events.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::debounce::{Debounce, Observation};
use super::frozen::FrozenFiles;
use super::schedule::{Cause, Outcome, Plan};
use crate::error::DirectoryError;
use crate::options::Options;
use crate::volume::{
    Acceptance, Check, Contents, Directory, Generation, KnownKeys, Location, locate,
};

/// Until when a file, by its path without links, counts as open for writing.
pub(crate) type WritingUntil<'a> = dyn Fn(&Path) -> Option<Instant> + 'a;

/// Follows one directory.
#[derive(Debug)]
pub(crate) struct Follower {
    /// The path that the program gave.
    path: PathBuf,
    /// Whether the directory may be absent.
    optional: bool,
    settle: Duration,
    known_keys: KnownKeys,
    debounce: Debounce,
    /// The directory as it was last read; `None` after an error.
    directory: Option<Directory>,
    /// The generation accepted last.
    generation: Option<Generation>,
    /// Whether contents were ever accepted. Those of an empty directory count.
    has_accepted: bool,
    frozen_files: FrozenFiles,
}

/// How a scan ended, and what it found besides contents.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) outcome: Outcome,
    /// Files that no update can reach, by their path under the one that the program gave. `None` if they
    /// were not checked.
    pub(crate) frozen_files: Option<Vec<PathBuf>>,
    /// Whether the directory is a volume without content.
    pub(crate) is_unfilled: bool,
    /// Whether there were no contents yet. Those of an absent directory count as empty.
    pub(crate) is_missing: bool,
    /// Files that keep changing, by the same kind of path.
    pub(crate) unsettled_files: Vec<PathBuf>,
}

impl Follower {
    pub(crate) fn new(path: &Path, options: &Options, known_keys: KnownKeys) -> Self {
        Self {
            path: path.to_owned(),
            optional: options.optional,
            settle: options.settle,
            known_keys,
            debounce: Debounce::new(options.settle),
            directory: None,
            generation: None,
            has_accepted: false,
            frozen_files: FrozenFiles::default(),
        }
    }

    /// The contents that count, as of the last scan without an error.
    pub(crate) fn contents(&self) -> &Arc<Contents> {
        self.debounce.accepted()
    }

    /// Whether contents were ever accepted. Those of an empty directory count.
    pub(crate) fn has_accepted(&self) -> bool {
        self.has_accepted
    }

    /// The generation that was accepted last; `None` if the directory is a plain one.
    pub(crate) fn generation(&self) -> Option<&Generation> {
        self.generation.as_ref()
    }

    /// Scans the directory at `location` and decides what counts.
    ///
    /// # Errors
    /// If the directory can't be read as a whole. The contents stay as they are.
    pub(crate) fn scan(
        &mut self,
        plan: &Plan,
        location: Result<Location, DirectoryError>,
        writing_until: &WritingUntil<'_>,
    ) -> Result<Scan, DirectoryError> {
        let previous = self.directory.take();
        let scan = match location {
            Ok(location) => self.scan_at(plan, &location, previous, writing_until),
            Err(DirectoryError::NotFound { .. }) if self.optional && self.was_always_empty() => {
                Ok(Scan {
                    outcome: Outcome::Unchanged { pending: None },
                    frozen_files: Some(Vec::new()),
                    is_unfilled: false,
                    is_missing: !self.has_accepted,
                    unsettled_files: Vec::new(),
                })
            }
            Err(error) => Err(error),
        };
        if scan.is_err() {
            self.debounce.forget_pending();
        }
        scan
    }

    fn scan_at(
        &mut self,
        plan: &Plan,
        location: &Location,
        previous: Option<Directory>,
        writing_until: &WritingUntil<'_>,
    ) -> Result<Scan, DirectoryError> {
        let wall_clock = SystemTime::now();
        let mut check_mounts = plan.cause == Cause::Start;
        let data = locate(location);
        let (directory, change) = match previous {
            Some(directory) if directory.is_unchanged(location, &data, plan.check) => {
                if plan.check == Check::Event {
                    self.directory = Some(directory);
                    return Ok(Scan {
                        outcome: Outcome::Redundant,
                        frozen_files: None,
                        is_unfilled: false,
                        is_missing: !self.has_accepted,
                        unsettled_files: self.unsettled_files(plan.started),
                    });
                }
                (directory, None)
            }
            previous => {
                let directory = Directory::read(&self.path, location, data, &self.known_keys)?;
                let is_same = |previous: &Directory| previous.is_same_directory(&directory);
                check_mounts |= !previous.as_ref().is_some_and(is_same);
                let has_changed = previous.as_ref() != Some(&directory);
                (directory, Some(has_changed))
            }
        };
        let frozen_files = self
            .frozen_files
            .update(&directory, &self.path, check_mounts);
        let finished = Instant::now();
        let pending = self.accept(
            plan.cause,
            &directory,
            &Observation {
                started: plan.started,
                finished,
                files: &directory.files().by_key,
                writing_until: &|key| writing_until(&directory.files().path(key)),
                age: &|file| {
                    // Later, the time since a change was first seen counts.
                    if plan.cause != Cause::Start {
                        return None;
                    }
                    let of_directory = || Some(&directory.files().stamp);
                    file.map_or_else(of_directory, |file| file.stamp.as_ref())?
                        .age(wall_clock)
                },
            },
        )?;
        let is_unfilled = directory.is_unfilled();
        self.directory = Some(directory);
        let outcome = match change {
            None => Outcome::Unchanged { pending },
            Some(changed) => Outcome::Read {
                changed,
                finished,
                pending,
            },
        };
        Ok(Scan {
            outcome,
            frozen_files: Some(frozen_files),
            is_unfilled,
            is_missing: !self.has_accepted,
            unsettled_files: self.unsettled_files(plan.started),
        })
    }

    /// Accepts what counts. Returns when to scan again, if files are pending.
    fn accept(
        &mut self,
        cause: Cause,
        directory: &Directory,
        observation: &Observation<'_>,
    ) -> Result<Option<Instant>, DirectoryError> {
        let accepted = self.debounce.accepted();
        let pending = match directory.acceptance(self.generation.as_ref(), accepted) {
            Acceptance::AtOnce => {
                self.debounce.accept_all(directory.files().contents());
                self.has_accepted = true;
                None
            }
            Acceptance::Debounced => {
                let pending = self.debounce.observe(observation);
                self.has_accepted |= pending.is_none() || !self.contents().is_empty();
                pending
            }
            Acceptance::Unfilled => {
                self.debounce.forget_pending();
                // A first scan waits for the content for a while; later, an event or the timer finds it.
                (cause == Cause::Start).then(|| observation.finished + self.settle)
            }
            Acceptance::TornDown => {
                return Err(DirectoryError::TornDown {
                    path: self.path.clone(),
                });
            }
        };
        self.generation = directory.generation(self.generation.take());
        Ok(pending)
    }

    /// How long a first scan waits at most for a directory that keeps changing.
    pub(crate) fn patience(&self) -> Duration {
        self.debounce.patience()
    }

    /// The files that are pending, by their path under the one that the program gave.
    pub(crate) fn pending_files(&self) -> Vec<PathBuf> {
        let keys = self.debounce.pending();
        keys.map(|key| self.path.join(key)).collect()
    }

    /// Accepts pending files without waiting any longer.
    pub(crate) fn accept_pending(&mut self) {
        self.debounce.accept_pending();
    }

    fn unsettled_files(&self, started: Instant) -> Vec<PathBuf> {
        let keys = self.debounce.unsettled(started);
        keys.map(|key| self.path.join(key)).collect()
    }

    fn was_always_empty(&self) -> bool {
        self.generation.is_none() && self.contents().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::{Duration, Instant};

    use super::{Follower, Scan};
    use crate::error::DirectoryError;
    use crate::options::Options;
    use crate::sync::schedule::{Cause, Outcome, Plan};
    use crate::volume::fake::publish;
    use crate::volume::{Check, Content, all_keys, resolve};

    fn follower(path: &Path, optional: bool) -> Follower {
        let options = Options {
            optional,
            settle: Duration::ZERO,
            ..Options::default()
        };
        Follower::new(path, &options, all_keys())
    }

    fn scan(follower: &mut Follower, check: Check) -> Result<Scan, DirectoryError> {
        let plan = Plan {
            cause: Cause::Timer,
            started: Instant::now(),
            check,
            renew_watches: false,
            retry_watches: false,
        };
        let location = resolve(&follower.path);
        follower.scan(&plan, location, &|_| None)
    }

    fn value(follower: &Follower, key: &str) -> Option<String> {
        match follower.contents().get(key)? {
            Content::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            Content::Unreadable(error) => Some(error.to_string()),
            Content::Unknown => None,
        }
    }

    #[test]
    fn a_redundant_event_reads_nothing_and_a_new_generation_is_read() {
        let dir = tempfile::tempdir().unwrap();
        publish(dir.path(), "..1", &[("a", "1"), ("b", "1")]);
        let mut follower = follower(dir.path(), false);
        let outcome = scan(&mut follower, Check::Contents).unwrap().outcome;
        assert!(matches!(outcome, Outcome::Read { changed: true, .. }));
        let outcome = scan(&mut follower, Check::Event).unwrap().outcome;
        assert_eq!(outcome, Outcome::Redundant);
        let outcome = scan(&mut follower, Check::Metadata).unwrap().outcome;
        assert_eq!(outcome, Outcome::Unchanged { pending: None });
        publish(dir.path(), "..2", &[("a", "2")]);
        let outcome = scan(&mut follower, Check::Event).unwrap().outcome;
        assert!(matches!(outcome, Outcome::Read { changed: true, .. }));
        assert_eq!(
            (value(&follower, "a"), value(&follower, "b")),
            (Some("2".into()), None)
        );
    }

    #[test]
    fn an_error_keeps_the_contents_and_the_next_scan_reads_again() {
        let dir = tempfile::tempdir().unwrap();
        publish(dir.path(), "..1", &[("a", "1")]);
        let mut follower = follower(dir.path(), false);
        scan(&mut follower, Check::Contents).unwrap();
        std::fs::remove_file(dir.path().join("..1/a")).unwrap();
        for _ in 0..2 {
            let error = scan(&mut follower, Check::Event).unwrap_err();
            assert!(matches!(error, DirectoryError::TornDown { .. }), "{error}");
            assert_eq!(value(&follower, "a"), Some("1".into()));
        }
        std::fs::write(dir.path().join("..1/a"), "1").unwrap();
        let outcome = scan(&mut follower, Check::Event).unwrap().outcome;
        assert!(matches!(outcome, Outcome::Read { .. }));
    }

    #[test]
    fn an_absent_directory_is_optional_until_it_had_files() {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("config");
        assert!(scan(&mut follower(&dir, false), Check::Contents).is_err());
        let mut follower = follower(&dir, true);
        let outcome = scan(&mut follower, Check::Contents).unwrap().outcome;
        assert_eq!(outcome, Outcome::Unchanged { pending: None });
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("a"), "1").unwrap();
        scan(&mut follower, Check::Event).unwrap();
        assert_eq!(value(&follower, "a"), Some("1".into()));
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(scan(&mut follower, Check::Event).is_err());
        assert_eq!(value(&follower, "a"), Some("1".into()));
    }
}
