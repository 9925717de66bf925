//! The scanner: one scan of the directory, from its files to the flags.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use dflag::Change;

use super::follower::{Follower, WritingUntil};
use super::restarts::Restarts;
use super::schedule::{Cause, Outcome, Plan, Schedule};
use crate::apply::{Applier, Retry};
use crate::context::{Context, ScanWarnings};
use crate::error::{DirectoryError, InitializeError, ScanError};
use crate::options::Options;
use crate::volume::{Contents, KnownKeys, Location, resolve};

/// Records what needs attention.
type RecordWarnings<'a> = dyn Fn(ScanWarnings) + 'a;

/// Everything that is remembered from one scan to the next.
#[derive(Debug)]
pub(crate) struct Scanner {
    pub(crate) schedule: Schedule,
    pub(crate) restarts: Restarts,
    pub(crate) applier: Box<dyn Applier>,
    follower: Follower,
}

impl Scanner {
    pub(crate) fn new(
        directory: &Path,
        options: &Options,
        known_keys: KnownKeys,
        applier: Box<dyn Applier>,
    ) -> Self {
        Self {
            schedule: Schedule::new(options.rescan_every, Instant::now()),
            restarts: Restarts::default(),
            applier,
            follower: Follower::new(directory, options, known_keys),
        }
    }

    /// Reads everything and proposes it. It waits for a plain directory to settle, for a limited time.
    pub(crate) fn initialize(&mut self, context: &Context) -> Result<(), InitializeError> {
        self.restarts.initialize();
        let record = &|warnings| context.record_warnings(warnings);
        let read = self.read(&context.directory, &context.options, record);
        let contents = read.map(Arc::clone);
        self.applier.initialize(context, contents)
    }

    /// Reads everything. It waits for a plain directory to settle, for a limited time.
    pub(crate) fn read(
        &mut self,
        directory: &Path,
        options: &Options,
        record_warnings: &RecordWarnings<'_>,
    ) -> Result<&Arc<Contents>, DirectoryError> {
        let start = Instant::now();
        self.schedule = Schedule::new(options.rescan_every, start);
        loop {
            let plan = self.schedule.begin(Cause::Start, Instant::now());
            let location = resolve(directory);
            let outcome = self.follow(record_warnings, &plan, location, &|_| None)?;
            self.schedule.end(&plan, outcome, Instant::now());
            if outcome.is_final() {
                break;
            }
            let has_waited = plan.started.duration_since(start) >= self.follower.patience();
            if has_waited && outcome != Outcome::Unstable {
                self.follower.accept_pending();
                break;
            }
            thread::sleep(
                self.schedule
                    .next()
                    .saturating_duration_since(Instant::now()),
            );
        }
        Ok(self.follower.contents())
    }

    /// Scans the directory, which is at `location`, and proposes what differs from the last proposal.
    pub(crate) fn scan(
        &mut self,
        context: &Context,
        plan: &Plan,
        location: Result<Location, DirectoryError>,
        writing_until: &WritingUntil<'_>,
    ) -> Outcome {
        self.applier.forget_changed();
        let record = &|warnings| context.record_warnings(warnings);
        match self.follow(record, plan, location, writing_until) {
            Ok(Outcome::Unstable) => {
                context.update_status(|status| status.last_scan = Some(SystemTime::now()));
                Outcome::Unstable
            }
            Ok(outcome) => {
                self.propose(context, plan.cause);
                outcome
            }
            Err(error) => {
                let is_unstable = matches!(error, DirectoryError::Unstable { .. });
                context.record_scan(Some(ScanError::Directory(error)));
                if is_unstable {
                    Outcome::Unstable
                } else {
                    Outcome::Failed
                }
            }
        }
    }

    /// The flags that the last scan changed.
    pub(crate) fn changed(&self) -> &[Change] {
        self.applier.changed()
    }

    /// The files that are still being written.
    pub(crate) fn pending_files(&self) -> Vec<PathBuf> {
        self.follower.pending_files()
    }

    /// How long to wait at most for a directory that keeps changing.
    pub(crate) fn patience(&self) -> Duration {
        self.follower.patience()
    }

    /// Records a panic that interrupted a scan.
    pub(crate) fn record_panic(&mut self, context: &Context, message: String) {
        let error = ScanError::Panicked { message };
        self.applier.record_panic(&error);
        context.record_scan(Some(error));
    }

    /// Lets the follower scan. That the directory is unstable is an error only if it persists.
    fn follow(
        &mut self,
        record_warnings: &RecordWarnings<'_>,
        plan: &Plan,
        location: Result<Location, DirectoryError>,
        writing_until: &WritingUntil<'_>,
    ) -> Result<Outcome, DirectoryError> {
        match self.follower.scan(plan, location, writing_until) {
            Ok(scan) => {
                record_warnings(ScanWarnings {
                    frozen: scan.frozen_files,
                    unsettled: scan.unsettled_files,
                    is_unfilled: scan.is_unfilled,
                });
                Ok(scan.outcome)
            }
            Err(DirectoryError::Unstable { .. })
                if !self.schedule.is_persistently_unstable(Instant::now()) =>
            {
                Ok(Outcome::Unstable)
            }
            Err(error) => Err(error),
        }
    }

    fn propose(&mut self, context: &Context, cause: Cause) {
        let retry = match cause {
            // A program that reloads expects an answer about now.
            Cause::Reload => Retry::RolledBack,
            // What was rejected before the static flags were fixed may be valid now.
            Cause::Start => Retry::Rejected,
            Cause::Timer | Cause::Event | Cause::WatchLost => Retry::Never,
        };
        let contents = self.follower.contents();
        let error = self.applier.propose(context, contents, retry);
        context.record_scan(error);
    }
}
