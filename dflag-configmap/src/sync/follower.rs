//! Following: from one scan of the directory to the contents that count.
//!
//! It knows no flags, no threads and no events.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::debounce::{Debounce, Observation};
use super::schedule::{Cause, Outcome, Plan};
use crate::error::DirectoryError;
use crate::options::Options;
use crate::volume::{Acceptance, Check, Contents, Directory, Generation, Location};

/// Until when a file, by its path without links, counts as open for writing.
pub(crate) type WritingUntil<'a> = dyn Fn(&Path) -> Option<Instant> + 'a;

/// Follows one directory.
#[derive(Debug)]
pub(crate) struct Follower {
    /// The path that the program gave.
    path: PathBuf,
    /// Whether the directory may be absent.
    optional: bool,
    debounce: Debounce,
    /// The directory as it was last read; `None` after an error.
    directory: Option<Directory>,
    /// The generation accepted last.
    generation: Option<Generation>,
}

/// How a scan ended, and what it found besides contents.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) outcome: Outcome,
    /// Files that no update can reach, by their path under the one that the program gave.
    pub(crate) frozen_files: Vec<PathBuf>,
}

impl Follower {
    pub(crate) fn new(path: &Path, options: &Options) -> Self {
        Self {
            path: path.to_owned(),
            optional: options.optional,
            debounce: Debounce::new(options.settle),
            directory: None,
            generation: None,
        }
    }

    /// The contents that count, as of the last scan without an error.
    pub(crate) fn contents(&self) -> &Arc<Contents> {
        self.debounce.accepted()
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
                    frozen_files: Vec::new(),
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
        let mut frozen_files = Vec::new();
        let (directory, change) = match previous {
            Some(directory) if directory.is_unchanged(location, plan.check) => {
                if plan.check == Check::Event {
                    self.directory = Some(directory);
                    return Ok(Scan {
                        outcome: Outcome::Redundant,
                        frozen_files,
                    });
                }
                (directory, None)
            }
            previous => {
                let directory = Directory::read(&self.path, location)?;
                let is_same = |previous: &Directory| previous.is_same_directory(&directory);
                let check_mounts =
                    plan.cause == Cause::Start || !previous.as_ref().is_some_and(is_same);
                let names = directory.frozen_files(check_mounts);
                // Joining an empty name would append a separator.
                frozen_files.extend(names.iter().map(|name| {
                    let components = self.path.components().chain(name.components());
                    components.collect::<PathBuf>()
                }));
                let has_changed = previous.as_ref() != Some(&directory);
                (directory, Some(has_changed))
            }
        };
        let finished = Instant::now();
        let pending = self.accept(
            &directory,
            &Observation {
                started: plan.started,
                finished,
                files: directory.files_by_key(),
                writing_until: &|key| writing_until(&directory.path(key)),
                age: &|file| {
                    // Later, the time since a change was first seen counts.
                    if plan.cause != Cause::Start {
                        return None;
                    }
                    let of_directory = || Some(directory.stamp());
                    file.map_or_else(of_directory, |file| file.stamp.as_ref())?
                        .age(wall_clock)
                },
            },
        )?;
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
            frozen_files,
        })
    }

    /// Accepts what counts. Returns when to scan again, if files are pending.
    fn accept(
        &mut self,
        directory: &Directory,
        observation: &Observation<'_>,
    ) -> Result<Option<Instant>, DirectoryError> {
        let accepted = self.debounce.accepted();
        let pending = match directory.acceptance(self.generation.as_ref(), accepted) {
            Acceptance::AtOnce => {
                self.debounce.accept_all(directory.contents());
                None
            }
            Acceptance::Debounced => self.debounce.observe(observation),
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

    /// Accepts pending files without waiting any longer.
    pub(crate) fn accept_pending(&mut self) {
        self.debounce.accept_pending();
    }

    fn was_always_empty(&self) -> bool {
        self.generation.is_none() && self.contents().is_empty()
    }
}
