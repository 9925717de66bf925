//! The scanner: one scan of the directory, from its files to the flags.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dflag::Change;

use super::follower::WritingUntil;
use super::reader::Reader;
use super::restarts::Restarts;
use super::schedule::{Cause, Outcome, Plan};
use crate::apply::{Applier, Retry, Unreadable};
use crate::context::Context;
use crate::error::{DirectoryError, InitializeError, ScanError};
use crate::options::Options;
use crate::volume::{KnownKeys, Location};

/// Everything that is remembered from one scan to the next.
#[derive(Debug)]
pub(crate) struct Scanner {
    pub(crate) reader: Reader,
    pub(crate) restarts: Restarts,
    pub(crate) applier: Box<dyn Applier>,
    /// How many threads have begun to use it, one after the other.
    pub(crate) workers: u64,
}

impl Scanner {
    pub(crate) fn new(
        directory: &Path,
        options: &Options,
        known_keys: KnownKeys,
        applier: Box<dyn Applier>,
    ) -> Self {
        Self {
            reader: Reader::new(directory, options, known_keys),
            restarts: Restarts::default(),
            applier,
            workers: 0,
        }
    }

    /// Reads everything and proposes it. It waits for a plain directory to settle, for a limited time.
    pub(crate) fn initialize(&mut self, context: &Context) -> Result<(), InitializeError> {
        self.restarts.initialize();
        let record = &|warnings| context.record_warnings(warnings);
        let rescan_every = context.options.rescan_every;
        let read = self.reader.read(&context.directory, rescan_every, record);
        let contents = read.map(Arc::clone).map_err(Unreadable::Directory);
        self.applier.initialize(context, contents)
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
        match self.reader.scan(record, plan, location, writing_until) {
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
        self.reader.follower.pending_files()
    }

    /// How long to wait at most for a directory that keeps changing.
    pub(crate) fn patience(&self) -> Duration {
        self.reader.follower.patience()
    }

    /// Records a panic that interrupted a scan.
    pub(crate) fn record_panic(&mut self, context: &Context, message: String) {
        let error = ScanError::Panicked { message };
        self.applier.record_panic(&error);
        context.record_scan(Some(error));
    }

    fn propose(&mut self, context: &Context, cause: Cause) {
        if !self.reader.follower.has_accepted() && context.is_badly_started() {
            // What the program was started from stays in force until there are contents.
            context.record_scan(None);
            return;
        }
        let retry = match cause {
            // A program that reloads expects an answer about now.
            Cause::Reload => Retry::RolledBack,
            // What was rejected before the static flags were fixed may be valid now.
            Cause::Start => Retry::Rejected,
            Cause::Timer | Cause::Event | Cause::WatchLost => Retry::Never,
        };
        let contents = self.reader.follower.contents();
        let error = self.applier.propose(context, contents, retry);
        context.record_scan(error);
    }
}
