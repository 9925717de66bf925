//! The follower: one look at the directory, from what is there to what the flags make of it.
//!
//! It compares what is there with what was taken last, and proposes only what differs.
//! It knows no thread and no event.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use dflag::{Applied, Layer};

use crate::directory::{self, Generation, Reading};
use crate::entry::Content;
use crate::files;
use crate::mount;
use crate::options::Options;
use crate::schedule::{self, Freshness};
use crate::settle::{Contents, Settle, Sight};
use crate::shared::Shared;
use crate::stamp::Identity;
use crate::unknown::Unknown;
use crate::walk::{Walk, walk};
use crate::watch::WritingUntil;
use crate::{DirectoryError, FrozenFile, InitializeError, ScanError};

/// How long a directory may change faster than it can be read before that is an error.
const RESTLESS: Duration = Duration::from_secs(5);

/// What is known of the directory from one look to the next.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    settle: Settle,
    reading: Option<Reading>,
    freshness: Option<Freshness>,
    /// When all of it was compared last, and not only where it is.
    compared: Option<Instant>,
    /// The newest of kubelet's generations that was taken, and the directory it was in.
    generation: Option<(Identity, Generation)>,
    verdict: Option<Verdict>,
    restless: Option<Instant>,
    unknown: Unknown,
    checked_mounts: Option<Identity>,
    frozen: Vec<PathBuf>,
}

/// What the flags made of the newest proposal.
#[derive(Debug)]
struct Verdict {
    contents: Arc<Contents>,
    error: Option<ScanError>,
    /// The flags' generation that it was made in: in another one it might be another verdict.
    generation: u64,
}

/// What a look is told.
pub(crate) struct Look<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) walk: &'a Walk,
    /// It is the first since `start`, or the one of `initialize`.
    pub(crate) first: bool,
    /// Something says that the directory changed.
    pub(crate) hint: bool,
    /// Until when a file, by its path without links, counts as open for writing.
    pub(crate) writing_until: &'a WritingUntil<'a>,
}

/// How a look ended.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Looked {
    /// When to look again, if something waits.
    pub(crate) due: Option<Instant>,
    /// Whether the directory was not as it was at the look before.
    pub(crate) changed: bool,
    /// Whether the walk led to what was looked at until the look was over.
    pub(crate) led: bool,
}

impl Follower {
    /// Reads once, and proposes everything. It waits for a plain directory to settle, but not for ever.
    pub(crate) fn initialize(&mut self, shared: &Shared) -> Result<(), InitializeError> {
        let start = Instant::now();
        // Whoever asks again means all of it.
        self.compared = None;
        let patience = Settle::patience(shared.options.settle);
        loop {
            let walk = walk(&shared.directory);
            let look = Look {
                shared,
                walk: &walk,
                first: true,
                hint: false,
                writing_until: &|_| None,
            };
            let waited = start.elapsed();
            let due = match self.observe(&look) {
                Ok(looked) if waited < patience => looked.due,
                Ok(_) => {
                    self.settle.give_up_waiting();
                    None
                }
                Err(DirectoryError::Unstable { .. }) if waited < RESTLESS => Some(Instant::now()),
                Err(error) => {
                    shared.note_look(Some(ScanError::Directory(error.clone())));
                    return Err(InitializeError::Directory(error));
                }
            };
            let Some(due) = due else { break };
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let verdict = self.propose(shared, true);
        shared.note_look(verdict.clone());
        match verdict {
            Some(ScanError::Rejected(rejected)) => Err(InitializeError::Rejected(rejected)),
            _ => Ok(()),
        }
    }

    /// Looks once, and proposes what differs from the last proposal.
    pub(crate) fn look(&mut self, look: &Look<'_>) -> Looked {
        let shared = look.shared;
        match self.observe(look) {
            Ok(looked) => {
                self.restless = None;
                let error = self.propose(shared, look.first);
                shared.note_look(error);
                looked
            }
            Err(error) => {
                self.settle.let_go();
                let now = Instant::now();
                let restless = matches!(error, DirectoryError::Unstable { .. });
                let since = restless.then(|| *self.restless.get_or_insert(now));
                // Read again at once; it is an error only if that never helps.
                if since.is_none_or(|since| now.duration_since(since) >= RESTLESS) {
                    shared.note_look(Some(ScanError::Directory(error)));
                } else {
                    shared.note(|status| status.last_scan = Some(SystemTime::now()));
                }
                Looked {
                    due: restless.then_some(now),
                    changed: false,
                    led: false,
                }
            }
        }
    }

    /// Whether what was taken last is one of kubelet's generations.
    pub(crate) fn is_at_volume(&self) -> bool {
        let taken = self.generation.as_ref();
        taken.is_some_and(|(_, generation)| generation.is_linked())
    }

    /// Looks at what is there, and decides what of it counts.
    fn observe(&mut self, look: &Look<'_>) -> Result<Looked, DirectoryError> {
        let (now, wall) = (Instant::now(), SystemTime::now());
        if let Some(due) = self.nothing_new(look, now) {
            return Ok(Looked {
                due: Some(due),
                changed: false,
                led: true,
            });
        }
        self.compared = Some(now);
        let known = self
            .reading
            .take_if(|_| !look.first && self.freshness.is_some());
        if let (Some(reading), Some(freshness)) = (known, self.freshness) {
            // Events come from the plain files that are watched. A generation is not written to.
            let told = look.hint && reading.generation.is_none();
            let unchanged = !freshness.must_read(now, told) && reading.still_holds(look.walk);
            let due = unchanged.then(|| self.take(look, &reading, (now, wall)));
            self.reading = Some(reading);
            if let Some(due) = due {
                return Ok(Looked {
                    due: due?,
                    changed: false,
                    led: true,
                });
            }
        }

        let reading = match directory::read(&look.shared.directory, look.walk) {
            Ok(reading) => reading,
            Err(DirectoryError::NotFound { .. })
                if look.shared.options.optional && self.never_had_any() =>
            {
                return Ok(Looked {
                    due: None,
                    changed: false,
                    led: true,
                });
            }
            Err(error) => return Err(error),
        };
        let changed = self.reading.as_ref() != Some(&reading);
        let before = self.freshness.filter(|_| !changed);
        self.freshness = Some(Freshness {
            changed: before.map_or_else(Instant::now, |before| before.changed),
            read: now,
        });
        let due = self.take(look, &reading, (now, wall));
        self.tell_frozen(look, &reading);
        self.reading = Some(reading);
        Ok(Looked {
            due: due?,
            changed,
            led: true,
        })
    }

    /// When the timer is due to compare everything again, if till then nothing is to be done:
    /// the generation that was taken is still the one that holds.
    ///
    /// An event in a volume can tell no more than that another generation holds. `start` comes right
    /// after `initialize`, which has read it. What else can happen to a generation is for the timer.
    fn nothing_new(&self, look: &Look<'_>, now: Instant) -> Option<Instant> {
        let reading = self.reading.as_ref()?;
        let due = schedule::next(self.compared?, look.shared.options.rescan_every, None);
        let same = now < due
            && self.is_taken(reading)
            && match (look.first, look.hint) {
                (true, _) => reading.still_holds(look.walk),
                (false, hint) => hint && reading.is_still_published(look.walk),
            };
        same.then_some(due)
    }

    /// Whether `reading` is of the generation that was taken last.
    fn is_taken(&self, reading: &Reading) -> bool {
        let taken = self.generation.as_ref();
        taken.is_some_and(|(directory, generation)| {
            *directory == reading.directory && Some(generation) == reading.generation.as_ref()
        })
    }

    /// Takes what of `reading`, a look of `begun`, counts; returns when to look again, if something waits.
    fn take(
        &mut self,
        look: &Look<'_>,
        reading: &Reading,
        begun: (Instant, SystemTime),
    ) -> Result<Option<Instant>, DirectoryError> {
        let before = self.generation.as_ref();
        match &reading.generation {
            Some(generation) if before.map(|(_, generation)| generation) != Some(generation) => {
                self.generation = Some((reading.directory.clone(), generation.clone()));
                self.settle.take_all(&reading.entries);
                return Ok(None);
            }
            _ if before.is_some_and(|before| self.is_being_torn_down(before, reading)) => {
                return Err(DirectoryError::TornDown {
                    path: look.shared.directory.clone(),
                });
            }
            // Another directory, and a plain one, has taken its place.
            None if before.is_some_and(|(directory, _)| *directory != reading.directory) => {
                self.generation = None;
            }
            _ => {}
        }
        let (begun, wall) = begun;
        Ok(self.settle.observe(&Sight {
            begun,
            seen: Instant::now(),
            wait: look.shared.options.settle,
            entries: &reading.entries,
            busy_until: &|key| {
                (look.writing_until)(&reading.path(key)).filter(|until| *until > begun)
            },
            age: &|entry| {
                let stamp = entry.map_or(Some(&reading.listed), |entry| entry.stamp.as_ref());
                stamp.filter(|_| look.first)?.age(wall)
            },
        }))
    }

    /// Whether what was the generation `before` is on its way out. kubelet removes it entry by entry,
    /// in no order; a generation that lives loses nothing.
    fn is_being_torn_down(&self, before: &(Identity, Generation), reading: &Reading) -> bool {
        let Some(generation) = &reading.generation else {
            let same = before.0 == reading.directory;
            return reading.entries.is_empty() || (same && reading.has_dangling());
        };
        let mut met = files::both(&reading.entries, self.settle.taken());
        generation.is_linked() && met.any(|(_, entry, _)| entry.is_none())
    }

    fn never_had_any(&self) -> bool {
        self.generation.is_none() && self.settle.taken().is_empty()
    }

    /// Proposes what counts, if that was not proposed before. Returns what is wrong with it.
    fn propose(&mut self, shared: &Shared, first: bool) -> Option<ScanError> {
        let contents = self.settle.taken();
        let generation = shared.flags.generation();
        let same = self
            .verdict
            .as_ref()
            .filter(|verdict| verdict.contents == *contents);
        if let Some(verdict) = same {
            // What was rejected may be right by now: the flags changed, or the static ones were fixed.
            if verdict.error.is_none() || (!first && verdict.generation == generation) {
                return verdict.error.clone();
            }
        }
        let new = same.is_none();
        let layer = self.layer(shared);
        // What stays if a check panics; the same contents are not proposed again for it.
        let panicked = ScanError::Panicked {
            message: "a check or a parser panicked".to_owned(),
        };
        self.verdict = Some(Verdict {
            contents: Arc::clone(contents),
            error: Some(panicked),
            generation,
        });

        let result = shared.flags.propose(&layer);
        let (error, generation) = match result {
            Ok(applied) => {
                let generation = applied.generation;
                (self.accepted(shared, applied, new), generation)
            }
            Err(rejected) => {
                self.unknown.note(shared, &rejected.unknown);
                shared.note(|status| status.rejected += u64::from(new));
                (Some(ScanError::Rejected(rejected)), generation)
            }
        };
        if let Some(verdict) = &mut self.verdict {
            verdict.error.clone_from(&error);
            verdict.generation = generation;
        }
        error
    }

    fn layer(&self, shared: &Shared) -> Layer {
        let Options {
            precedence,
            deny_unknown,
            on_invalid,
            ..
        } = shared.options;
        let mut layer = Layer::new("ConfigMap", shared.directory.to_string_lossy())
            .precedence(precedence)
            .deny_unknown(deny_unknown)
            .on_invalid(on_invalid);
        // All paths begin alike.
        let mut path = shared.directory.join("").to_string_lossy().into_owned();
        let directory = path.len();
        for (key, content) in &**self.settle.taken() {
            path.truncate(directory);
            path.push_str(key);
            match content {
                Content::Bytes(bytes) => layer.file(&**key, &*path, &**bytes),
                Content::Unreadable(error) => layer.unreadable(&**key, &*path, error.clone()),
            }
        }
        layer
    }

    fn accepted(&mut self, shared: &Shared, applied: Applied, new: bool) -> Option<ScanError> {
        let directory = shared.directory.display();
        let Applied {
            generation,
            changed,
            unknown,
            rejected,
            ..
        } = applied;
        if !changed.is_empty() {
            // Names only: who may read a log need not be who may read the values.
            let changed: Vec<_> = changed.iter().map(|change| &change.flag).collect();
            tracing::info!(%directory, generation, ?changed, "ConfigMap taken");
        }
        self.unknown.note(shared, &unknown);
        shared.note(|status| {
            status.generation = generation;
            status.applied += u64::from(new);
            status.rejected += u64::from(new && !rejected.is_empty());
        });
        (!rejected.is_empty()).then(|| ScanError::PartlyRejected {
            directory: directory.to_string(),
            problems: rejected,
        })
    }

    /// Tells, once for each, of files that can't follow.
    fn tell_frozen(&mut self, look: &Look<'_>, reading: &Reading) {
        let mut found: Vec<PathBuf> = Vec::new();
        let plain = reading.generation.is_none();
        if plain && (look.first || self.checked_mounts.as_ref() != Some(&reading.directory)) {
            self.checked_mounts = Some(reading.directory.clone());
            let mounted = look
                .walk
                .directory()
                .map(|(path, _)| mount::mounted_in(path))
                .unwrap_or_default();
            let names = mounted.iter().filter_map(|path| path.file_name()?.to_str());
            let read = names.filter(|name| files::find(&reading.entries, name).is_some());
            found.extend(read.map(|name| look.shared.directory.join(name)));
        }
        found.extend(
            reading
                .unlinked()
                .map(|name| look.shared.directory.join(name)),
        );
        if reading.listed.is_unlinked() {
            found.push(look.shared.directory.clone());
        }
        for path in found {
            if !self.frozen.contains(&path) {
                let frozen = FrozenFile { path: path.clone() };
                tracing::warn!(file = %path.display(), "{frozen}");
                look.shared.note(|status| status.frozen_files.push(frozen));
                self.frozen.push(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use clap::Parser;
    use dflag::DynamicFlags;

    use super::{Follower, Look};
    use crate::directory::fake::generation;
    use crate::options::Options;
    use crate::shared::Shared;
    use crate::walk::walk;

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value_t = 0)]
        #[flag(dynamic)]
        a: u32,
    }

    /// However many events keep it busy, what no event tells of is found when the timer is due.
    #[test]
    fn hints_without_end_do_not_hold_the_timer_back() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        generation(&root, "..1", &[("a", "1")]);

        let args = Args::try_parse_dynamic_from(["test"]).unwrap();
        let options = Options {
            rescan_every: Duration::from_millis(100),
            settle: Duration::ZERO,
            ..Options::default()
        };
        let shared = Shared::new((&args).into(), root.clone(), options);
        let mut follower = Follower::default();
        follower.initialize(&shared).unwrap();
        let mut look = || {
            follower.look(&Look {
                shared: &shared,
                walk: &walk(&root),
                first: false,
                hint: true,
                writing_until: &|_| None,
            })
        };
        std::fs::write(root.join("..1/a"), "2").unwrap();
        for _ in 0..2 {
            if let Some(due) = look().due {
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
        }
        assert_eq!(args.a.get(), 2);
    }
}
