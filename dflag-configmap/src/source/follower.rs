//! The follower of a directory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::contents::Contents;
use super::report::Report;
use crate::context::Context;
use crate::error::{BuildError, DirectoryError};
use crate::lock::lock;
use crate::options::absolute;
use crate::signal::{Hint, Signal};
use crate::status::Watching;
use crate::sync::{Cause, Outcome, Plan, Reader};
use crate::volume::{Generation, Location};
use crate::watch::Watcher;

/// Yields the contents of a directory whenever they change.
///
/// It notices changes as an [`Updater`](crate::Updater) does, and records what needs attention in the same
/// [`Status`](crate::Status). It applies nothing.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag_configmap::Builder;
/// use dflag_configmap::source::{Applier, Contents, Follower};
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let directory = tempfile::tempdir()?;
/// std::fs::write(directory.path().join("limit"), "5")?;
///
/// let applier = Applier::new(Builder::detached().for_flags(&args), "default/flags");
/// let mut follower = Follower::new(applier.report(), directory.path())?;
/// assert_eq!(follower.read()?, Contents::from_iter([("limit", "5")]));
///
/// std::fs::write(directory.path().join("limit"), "6")?;
/// let changed = follower.wait().expect("it is not stopped")?;
/// assert_eq!(changed, Contents::from_iter([("limit", "6")]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Follower {
    recorder: Arc<Recorder>,
    path: PathBuf,
    reader: Reader,
    watcher: Watcher,
    signal: Arc<Signal>,
    /// What was yielded last: a generation and its contents, or an error.
    last: Option<Yielded>,
    /// When the last read or scan began.
    began: Instant,
}

type Yielded = Result<(Option<Generation>, Contents), String>;

/// Ends the wait of a [`Follower`], and every later one. Any thread may do so.
#[derive(Clone, Debug)]
pub struct Stopper {
    signal: Arc<Signal>,
    recorder: Arc<Recorder>,
}

impl Stopper {
    /// Ends the wait. From then on the follower records nothing in the status, even if it is reading the directory, which
    /// may take any time.
    pub fn stop(&self) {
        self.recorder.stop();
        self.signal.stop();
    }
}

/// Records in the status until the follower is stopped.
#[derive(Debug)]
struct Recorder {
    report: Report,
    /// Locked while something is recorded.
    is_stopped: Mutex<bool>,
}

impl Recorder {
    fn record(&self, record: impl FnOnce(&Context)) {
        let is_stopped = lock(&self.is_stopped);
        if !*is_stopped {
            record(&self.report.0);
        }
    }

    fn stop(&self) {
        let mut is_stopped = lock(&self.is_stopped);
        if !std::mem::replace(&mut *is_stopped, true) {
            self.report.0.record_watching(&Watching::Stopped);
        }
    }
}

impl Follower {
    /// A follower of `directory` for the flags and with the options of an applier. It reads nothing yet.
    ///
    /// # Errors
    /// If the path is empty, or if it is relative and the current directory is not known.
    pub fn new(report: &Report, directory: impl AsRef<Path>) -> Result<Self, BuildError> {
        let path = absolute(directory.as_ref())?;
        let context = &report.0;
        let signal = Arc::new(Signal::default());
        Ok(Self {
            reader: Reader::new(&path, &context.options, context.known_keys()),
            watcher: Watcher::new(Arc::clone(&signal)),
            recorder: Arc::new(Recorder {
                report: report.clone(),
                is_stopped: Mutex::new(false),
            }),
            path,
            signal,
            last: None,
            began: Instant::now(),
        })
    }

    /// The directory, by an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What ends its wait.
    pub fn stopper(&self) -> Stopper {
        Stopper {
            signal: Arc::clone(&self.signal),
            recorder: Arc::clone(&self.recorder),
        }
    }

    /// When the read began that yielded the last contents or the last error. They may be as old as that: a read may take any
    /// time.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Reads the directory now. It waits for a plain directory to settle, for a limited time.
    ///
    /// # Errors
    /// If the directory can't be read as a whole.
    pub fn read(&mut self) -> Result<Contents, DirectoryError> {
        self.began = Instant::now();
        let recorder = &self.recorder;
        let record = &|warnings| recorder.record(|context| context.record_warnings(warnings));
        let rescan_every = recorder.report.0.options.rescan_every;
        let contents = self.reader.read(&self.path, rescan_every, record);
        let contents = contents.map(|contents| Contents(Arc::clone(contents)));
        // There are no watches yet: the next scan sets them, and finds what has changed until then.
        self.reader.schedule.restart(Instant::now());
        self.remember(&contents);
        contents
    }

    /// Waits until the directory has another generation or other contents than before, or can't be read any more.
    /// `None` if it was [stopped](Stopper).
    ///
    /// Each scan in between confirms the report.
    pub fn wait(&mut self) -> Option<Result<Contents, DirectoryError>> {
        loop {
            self.signal.wait_until(self.reader.schedule.next());
            // Hints that arrive during the rest are handled by the same scan.
            let wake = self.signal.take_at(self.reader.schedule.rest_until());
            if wake.stop {
                self.watcher.close();
                return None;
            }
            let cause = match wake.hint {
                Hint::Nothing => Cause::Timer,
                Hint::Changed => Cause::Event,
                Hint::WatchLost => Cause::WatchLost,
            };
            let scanned = self.scan(cause);
            match &scanned {
                Ok(Outcome::Unstable) => continue,
                Ok(outcome) => {
                    self.recorder.record(Context::record_unchanged);
                    // The first files have not settled.
                    if !outcome.is_final() && !self.reader.follower.has_accepted() {
                        continue;
                    }
                }
                Err(_) => {}
            }
            let contents = scanned.map(|_| Contents(Arc::clone(self.reader.follower.contents())));
            if self.remember(&contents) {
                return Some(contents);
            }
        }
    }

    /// Scans once. Watches are checked before, so that no change goes unnoticed in between.
    fn scan(&mut self, cause: Cause) -> Result<Outcome, DirectoryError> {
        self.began = Instant::now();
        let plan = self.reader.schedule.begin(cause, self.began);
        let location = self.arm(&plan);
        let recorder = &self.recorder;
        let record = &|warnings| recorder.record(|context| context.record_warnings(warnings));
        let writing_until = self.watcher.writing_until();
        let outcome = self.reader.scan(record, &plan, location, &writing_until);
        let ended = outcome.as_ref().map_or(Outcome::Failed, |outcome| *outcome);
        self.reader.schedule.end(&plan, ended, Instant::now());
        outcome
    }

    fn arm(&mut self, plan: &Plan) -> Result<Location, DirectoryError> {
        let location = self
            .watcher
            .arm(&self.path, plan.renew_watches, plan.retry_watches);
        let watching = match self.watcher.problem() {
            None => Watching::Events,
            Some(problem) => Watching::Polling {
                because: problem.to_owned(),
            },
        };
        self.recorder
            .record(|context| context.record_watching(&watching));
        location
    }

    /// Remembers what is yielded. Returns whether it is new.
    fn remember(&mut self, contents: &Result<Contents, DirectoryError>) -> bool {
        let generation = self.reader.follower.generation();
        let next = match contents {
            Ok(contents) => Ok((generation.cloned(), contents.clone())),
            Err(error) => Err(error.to_string()),
        };
        let is_new = self.last.as_ref() != Some(&next);
        self.last = Some(next);
        is_new
    }
}

impl std::fmt::Debug for Follower {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follower")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
