//! Bad starts: what a start does if the directory's content can't be used.

use std::sync::Arc;
use std::time::SystemTime;

use super::applier::Applier;
use super::keeper::record_error;
use super::propose::Proposed;
use super::rollback::Held;
use crate::context::Context;
use crate::error::{DirectoryError, InitializeError, LastGoodError, ScanError};
use crate::escape::Escaped;
use crate::recovery::{BadStart, LastGood, OnBadStart, StartedFrom, Unproven};
use crate::volume::Contents;

impl Applier {
    /// Applies the first contents, or what the policy for a bad start says.
    pub(crate) fn initialize(
        &mut self,
        context: &Context,
        contents: Result<Arc<Contents>, DirectoryError>,
    ) -> Result<(), InitializeError> {
        let last_good = self.load(context)?;
        self.held = None;
        let contents = match contents {
            Ok(contents) => context.select(&contents),
            Err(error) => {
                context.record_scan(Some(ScanError::Directory(error.clone())));
                return self.start_without(context, InitializeError::Directory(error), last_good);
            }
        };
        if let Some(error) = self.hold_unproven(context, &contents) {
            let reason = error.to_string();
            context.record_scan(Some(error));
            return self.start_from(context, reason, last_good);
        }
        let Proposed { error, .. } = self.proposer.propose(context, &contents, true);
        context.record_scan(error.clone());
        if let Some(ScanError::Rejected(rejected)) = error {
            return self.start_without(context, InitializeError::Rejected(rejected), last_good);
        }
        self.is_whole = error.is_none();
        if let Some(trial) = &mut self.trial {
            trial.trust(&contents);
        }
        self.keep(context, &contents);
        if self.is_whole {
            record_recovery(context, true);
        }
        Ok(())
    }

    /// Reads the last good contents. That they can't be read is no error of `initialize` yet, but that the file
    /// belongs to something else is.
    pub(super) fn load(
        &mut self,
        context: &Context,
    ) -> Result<Result<Option<LastGood>, LastGoodError>, InitializeError> {
        self.is_loaded = true;
        let Some(keeper) = &mut self.keeper else {
            return Ok(Ok(None));
        };
        match keeper.load(context) {
            Err(error) if error.is_misplaced() => Err(InitializeError::LastGood {
                reason: None,
                error: Box::new(error),
            }),
            loaded => {
                record_error(context, loaded.as_ref().err().map(ToString::to_string));
                Ok(loaded)
            }
        }
    }

    /// Holds `contents` back if a start must not apply them. Returns why.
    pub(super) fn hold_unproven(
        &mut self,
        context: &Context,
        contents: &Contents,
    ) -> Option<ScanError> {
        let unproven = self.keeper.as_ref()?.unproven(context, contents)?;
        let held = Held::new(contents, reason(unproven), None);
        Some(self.held.insert(held).error(context))
    }

    /// Starts without the directory's contents, if the policy permits it.
    fn start_without(
        &mut self,
        context: &Context,
        error: InitializeError,
        last_good: Result<Option<LastGood>, LastGoodError>,
    ) -> Result<(), InitializeError> {
        let reason = match &error {
            InitializeError::Directory(error) => ScanError::Directory(error.clone()).to_string(),
            InitializeError::Rejected(rejected) => {
                ScanError::Rejected(rejected.clone()).to_string()
            }
            other => other.to_string(),
        };
        match self.on_bad_start {
            OnBadStart::Fail => Err(error),
            OnBadStart::Base => {
                let nothing = Arc::default();
                let proposed = self.proposer.substitute(context, &nothing, None);
                if proposed.own.is_none() {
                    return Err(error);
                }
                self.record_bad_start(context, &nothing, StartedFrom::Base, reason);
                Ok(())
            }
            OnBadStart::LastGood(_) => self.start_from(context, reason, last_good),
        }
    }

    /// Starts from the last good contents.
    fn start_from(
        &mut self,
        context: &Context,
        reason: String,
        last_good: Result<Option<LastGood>, LastGoodError>,
    ) -> Result<(), InitializeError> {
        let path = self.keeper.as_ref().map(|keeper| keeper.store.path());
        let path = path.unwrap_or(&context.directory).to_owned();
        let found = last_good.and_then(|last_good| {
            let path = path.clone();
            last_good.ok_or(LastGoodError::NotFound { path })
        });
        let applied = found.and_then(|last_good| {
            let contents = last_good.contents;
            let place = format!("{}:", path.display());
            let proposer = &mut self.proposer;
            match proposer.substitute(context, &contents, Some(&place)).error {
                Some(ScanError::Rejected(rejected)) => Err(LastGoodError::Rejected {
                    path: path.clone(),
                    rejected,
                }),
                _ => Ok(contents),
            }
        });
        match applied {
            Ok(contents) => {
                let started_from = StartedFrom::LastGood { path };
                self.record_bad_start(context, &contents, started_from, reason);
                Ok(())
            }
            Err(error) => Err(InitializeError::LastGood {
                reason: Some(reason),
                error: Box::new(error),
            }),
        }
    }

    fn record_bad_start(
        &mut self,
        context: &Context,
        contents: &Arc<Contents>,
        started_from: StartedFrom,
        reason: String,
    ) {
        if let Some(trial) = &mut self.trial {
            trial.trust(contents);
        }
        record(context, started_from, reason);
    }
}

/// Why contents that are not proven are not applied at a start.
fn reason(unproven: Unproven) -> String {
    let reason = if unproven.has_failed {
        "this content failed its probation before the program restarted"
    } else {
        "this content was on probation when the program ended"
    };
    reason.to_owned()
}

/// Records and logs that the program was started from something else than the directory's content.
fn record(context: &Context, started_from: StartedFrom, reason: String) {
    let bad_start = BadStart {
        started_from,
        reason,
        recovered_at: None,
    };
    let directory = Escaped(&context.directory);
    tracing::warn!(%directory, "degraded: {bad_start}");
    context.update_status(|status| status.bad_start = Some(bad_start));
}

/// Records and logs that content of the directory is in force, which ends what a bad start or a rollback began.
/// `is_other` is whether other content was in force before; if not, a rollback that failed is still one.
pub(super) fn record_recovery(context: &Context, is_other: bool) {
    let now = SystemTime::now();
    let mut has_recovered = false;
    context.update_status(|status| {
        if let Some(start) = &mut status.bad_start {
            has_recovered |= start.recovered_at.is_none();
            start.recovered_at.get_or_insert(now);
        }
        if let Some(rollback) = &mut status.last_rollback
            && (is_other || rollback.error.is_none())
        {
            has_recovered |= rollback.recovered_at.is_none();
            rollback.recovered_at.get_or_insert(now);
        }
    });
    if has_recovered {
        let directory = Escaped(&context.directory);
        tracing::info!(%directory, "no longer degraded: the ConfigMap is applied");
    }
}
