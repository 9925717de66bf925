//! Bad starts: what a start does if the directory's content can't be used.

use std::sync::Arc;
use std::time::SystemTime;

use super::held::{Held, HeldRetry};
use super::keeper::record_error;
use super::propose::{Proposed, layer};
use super::recovering::Recovering;
use super::unreadable::Unreadable;
use crate::context::Context;
use crate::error::{InitializeError, LastGoodError, ScanError};
use crate::escape::Escaped;
use crate::recovery::{BadStart, LastGood, OnBadStart, StartedFrom, UnprovenBy};
use crate::volume::Contents;

impl Recovering {
    /// Applies the first contents, or what the policy for a bad start says.
    pub(super) fn initialize_or_recover(
        &mut self,
        context: &Context,
        contents: Result<Arc<Contents>, Unreadable>,
    ) -> Result<(), InitializeError> {
        let last_good = self.load(context)?;
        let contents = match contents {
            Ok(contents) => context.select(&contents),
            Err(error) => {
                context.record_scan(Some(error.scan_error()));
                return self.start_without(context, error.into(), &last_good);
            }
        };
        if !context.is_unfilled(&contents)
            && let Some(started) = self.start_before_unproven(context, &contents, &last_good)
        {
            return started;
        }
        let Proposed { error, .. } = self.proposer.propose(context, &contents, true);
        context.record_scan(error.clone());
        if let Some(ScanError::Rejected(rejected)) = error {
            return self.start_without(context, InitializeError::Rejected(rejected), &last_good);
        }
        self.is_whole = error.is_none();
        if let Some(trial) = &mut self.trial {
            trial.trust(&contents);
        }
        self.keep(context, &contents);
        record_recovery(context, true, self.is_whole);
        Ok(())
    }

    /// Starts with the first contents, if `initialize` was not called, or found none.
    pub(super) fn start(&mut self, context: &Context, contents: &Arc<Contents>) {
        let started = match self.load(context) {
            Ok(last_good) => self.start_before_unproven(context, contents, &last_good),
            Err(error) => Some(Err(error)),
        };
        if let Some(Err(error)) = started {
            let error = error.to_string();
            self.has_contents = true;
            if self.held.is_some() {
                let base = Arc::default();
                self.record_bad_start(context, &base, StartedFrom::Base, error.clone());
            }
            record_error(context, Some(error));
        }
    }

    /// Reads the last good contents. That they can't be read is no error of `initialize` yet, but that the file
    /// belongs to something else is.
    pub(super) fn load(&mut self, context: &Context) -> Result<Loaded, InitializeError> {
        self.held = None;
        // The store is asked about the next contents, even if it was about earlier ones.
        self.has_contents = false;
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

    /// Holds `contents` back if they are unproven, and starts from the last good ones. `None` if they are to be
    /// applied.
    pub(super) fn start_before_unproven(
        &mut self,
        context: &Context,
        contents: &Contents,
        last_good: &Loaded,
    ) -> Option<Result<(), InitializeError>> {
        self.has_contents = true;
        let by = self.keeper.as_ref()?.unproven_by(context, contents)?;
        let is_retried = match by {
            UnprovenBy::Failure => false,
            UnprovenBy::Interruptions(before) => before.permit_another(),
        };
        if is_retried && self.trial.is_none() {
            // The program has no probation any longer, so each update counts as good.
            return None;
        }
        let reason = reason(by, is_retried);
        let retry = if is_retried {
            HeldRetry::WhenHealthy
        } else {
            HeldRetry::Never
        };
        let held = Held::unproven(contents, reason.clone(), retry);
        let error = held.error(context);
        self.held = Some(held);
        let started = self.start_from(context, error.to_string(), last_good);
        if let Err(error) = &started
            && is_retried
        {
            let directory = Escaped(&context.directory);
            tracing::warn!(%directory, %error, "the ConfigMap is applied although it is unproven");
            self.held = None;
            return None;
        }
        let nothing = Arc::default();
        let layer = layer(&context.directory, &context.options, &nothing);
        context.flags.hold_back(&layer.reason(reason));
        context.record_scan(Some(error));
        Some(started)
    }

    /// Starts without the directory's contents, if the policy permits it.
    fn start_without(
        &mut self,
        context: &Context,
        error: InitializeError,
        last_good: &Loaded,
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
                let why = "a start without the ConfigMap";
                let proposed = self.proposer.substitute(context, &nothing, why, None);
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
        last_good: &Loaded,
    ) -> Result<(), InitializeError> {
        let path = self.keeper.as_ref().map(|keeper| keeper.store.path());
        let path = path.unwrap_or(&context.directory).to_owned();
        let found = last_good.clone().and_then(|last_good| {
            let path = path.clone();
            last_good.ok_or(LastGoodError::NotFound { path })
        });
        let applied = found.and_then(|last_good| {
            let contents = last_good.contents;
            let place = format!("{}:", path.display());
            let why = "a start from the last good content";
            let proposer = &mut self.proposer;
            match proposer
                .substitute(context, &contents, why, Some(&place))
                .error
            {
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
            if let Some(held) = &self.held
                && held.retry == HeldRetry::WhenHealthy
            {
                trial.await_health();
            }
        }
        record(context, started_from, reason);
    }
}

/// The last good contents as the store has them.
pub(super) type Loaded = Result<Option<LastGood>, LastGoodError>;

/// Why unproven contents are not applied at a start.
fn reason(by: UnprovenBy, is_retried: bool) -> String {
    match by {
        UnprovenBy::Failure => {
            "this content failed its probation before the program restarted".to_owned()
        }
        UnprovenBy::Interruptions(_) if is_retried => {
            "the program ended while this content was on probation; it is tried again as soon as a \
             health check succeeds"
                .to_owned()
        }
        UnprovenBy::Interruptions(before) => {
            let times = before.total();
            format!("the program ended {times} times while this content was on probation")
        }
    }
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

/// Records and logs that content of the directory is in force, which ends what a rollback and, if all keys are valid, a
/// bad start began. `is_other` is whether other content was in force before; if not, a rollback that failed is still one.
pub(super) fn record_recovery(context: &Context, is_other: bool, is_whole: bool) {
    let now = SystemTime::now();
    let mut has_recovered = false;
    context.update_status(|status| {
        if let Some(start) = status.bad_start.as_mut().filter(|_| is_whole) {
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
    if has_recovered && is_whole {
        let directory = Escaped(&context.directory);
        tracing::info!(%directory, "no longer degraded: the ConfigMap is applied");
    }
}
