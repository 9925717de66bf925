//! The reader: scans of the directory, one after the other, and the contents that count.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::follower::{Follower, WritingUntil};
use super::schedule::{Cause, Outcome, Plan, Schedule};
use crate::context::ScanWarnings;
use crate::error::DirectoryError;
use crate::options::Options;
use crate::volume::{Contents, KnownKeys, Location, resolve};

/// Records what needs attention.
pub(crate) type RecordWarnings<'a> = dyn Fn(ScanWarnings) + 'a;

/// What is remembered of the directory from one scan to the next.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) schedule: Schedule,
    pub(crate) follower: Follower,
}

impl Reader {
    pub(crate) fn new(directory: &Path, options: &Options, known_keys: KnownKeys) -> Self {
        Self {
            schedule: Schedule::new(options.rescan_every, Instant::now()),
            follower: Follower::new(directory, options, known_keys),
        }
    }

    /// Reads everything. It waits for a plain directory to settle, for a limited time.
    pub(crate) fn read(
        &mut self,
        directory: &Path,
        rescan_every: Duration,
        record_warnings: &RecordWarnings<'_>,
    ) -> Result<&Arc<Contents>, DirectoryError> {
        let start = Instant::now();
        self.schedule = Schedule::new(rescan_every, start);
        loop {
            let plan = self.schedule.begin(Cause::Start, Instant::now());
            let location = resolve(directory);
            let outcome = self.scan(record_warnings, &plan, location, &|_| None)?;
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

    /// Scans the directory once. That it is unstable is an error only if it persists.
    pub(crate) fn scan(
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
                    is_missing: scan.is_missing,
                });
                Ok(scan.outcome)
            }
            Err(DirectoryError::Unstable { .. })
                if !self.schedule.is_persistently_unstable(Instant::now()) =>
            {
                Ok(Outcome::Unstable)
            }
            Err(error) => {
                if matches!(
                    error,
                    DirectoryError::NotFound { .. } | DirectoryError::NotADirectory { .. }
                ) {
                    // What the last scan found is not there any longer.
                    record_warnings(ScanWarnings {
                        frozen: None,
                        unsettled: Vec::new(),
                        is_unfilled: false,
                        is_missing: false,
                    });
                }
                Err(error)
            }
        }
    }
}
