//! The applier of a program that asks for recovery: contents are applied, rejected, kept as the last good ones, rolled
//! back or held back.

use std::sync::Arc;
use std::time::Instant;

use dflag::Change;

use super::applier::{Applier, Retry};
use super::bad_start;
use super::held::{Held, HeldRetry};
use super::keeper::{End, Keeper};
use super::options::RecoveryOptions;
use super::propose::{Proposed, Proposer};
use super::unreadable::Unreadable;
use crate::context::Context;
use crate::error::{InitializeError, ScanError};
use crate::escape::Escaped;
use crate::recovery::{OnBadStart, Own, Preparation, Settings, Trial, Verdict};
use crate::signal::Signal;
use crate::volume::Contents;

/// Applies contents, and recovers from bad ones.
#[derive(Debug)]
pub(super) struct Recovering {
    pub(super) proposer: Proposer,
    pub(super) on_bad_start: OnBadStart,
    pub(super) keeper: Option<Keeper>,
    /// Whether the directory had contents, and the keeper was asked whether a start must not apply them.
    pub(super) has_contents: bool,
    pub(super) trial: Option<Box<dyn Trial>>,
    /// Whether all keys of the contents in force are valid.
    pub(super) is_whole: bool,
    pub(super) held: Option<Held>,
}

impl Recovering {
    pub(super) fn new(options: &RecoveryOptions) -> Self {
        let trial = options.probation.as_ref().map(|probation| {
            (probation.new)(Settings {
                length: probation.length,
                period: options.health_period,
                timeout: options.health_timeout,
                health: Arc::clone(&probation.health),
            })
        });
        Self {
            proposer: Proposer::default(),
            on_bad_start: options.on_bad_start.clone(),
            keeper: options.last_good.clone().map(Keeper::new),
            has_contents: false,
            trial,
            is_whole: false,
            held: None,
        }
    }

    /// Whether `contents` are held back. If they are to be tried again, they no longer are, and the file has one more
    /// attempt.
    fn is_held_back(&mut self, context: &Context, contents: &Contents) -> bool {
        let held = self.held.as_mut().filter(|held| held.is(contents));
        let Some(held) = held else {
            return false;
        };
        let recorder = self.trial.as_mut().zip(self.keeper.as_mut());
        let Some((trial, keeper)) = recorder.filter(|_| held.retry == HeldRetry::Now) else {
            return true;
        };
        let unproven = keeper.unproven(context, contents, End::Crash);
        keeper.save_unproven(context, trial.target(), Some(unproven));
        if keeper.saved_unproven() != Some(unproven) {
            // Without the number of attempts, the contents might crash the program forever.
            held.retry = HeldRetry::WhenHealthy;
            trial.await_health();
            return true;
        }
        let directory = Escaped(&context.directory);
        tracing::info!(%directory, "trying the update again that was on probation when the program ended");
        self.held = None;
        false
    }

    /// Prepares for contents other than those in force. Before a probation, the file says so.
    fn prepare(&mut self, context: &Context, contents: &Arc<Contents>) -> Option<Preparation> {
        let trial = self.trial.as_mut()?;
        if trial.current() == contents {
            return None;
        }
        let preparation = trial.prepare(contents);
        if preparation == Preparation::OnProbation {
            self.save_unproven(context, contents, End::Crash);
        }
        Some(preparation)
    }

    /// Records contents that are in force now. `own` is what they published, unless they were in force before.
    fn record_applied(
        &mut self,
        context: &Context,
        contents: &Arc<Contents>,
        own: Option<Own>,
        preparation: Option<Preparation>,
        is_whole: bool,
    ) {
        self.is_whole = is_whole;
        self.held = None;
        bad_start::record_recovery(context, preparation.is_some(), is_whole);
        if let Some((trial, own)) = self.trial.as_mut().zip(own) {
            trial.applied(contents, own);
        }
        let trial = self.trial.as_ref();
        if trial.is_none_or(|trial| trial.current() == trial.target()) {
            self.keep(context, contents);
        }
    }

    /// Keeps contents that are in force and good, if all of their keys are valid.
    pub(super) fn keep(&mut self, context: &Context, contents: &Contents) {
        if context.is_unfilled(contents) {
            return;
        }
        match &mut self.keeper {
            Some(keeper) if self.is_whole => keeper.save(context, contents),
            Some(keeper) if keeper.saved_unproven().is_some() => {
                keeper.save_unproven(context, contents, None);
            }
            _ => {}
        }
    }

    /// Saves how the probation of the contents in force ends.
    fn record_end(&mut self, context: &Context, end: End) {
        let current = self.trial.as_ref().map(|trial| Arc::clone(trial.current()));
        if let Some(current) = current {
            self.save_unproven(context, &current, end);
        }
    }

    /// Saves that `contents` are on probation, and how it ends unless something else is saved.
    fn save_unproven(&mut self, context: &Context, contents: &Contents, end: End) {
        if let Some((trial, keeper)) = self.trial.as_ref().zip(self.keeper.as_mut()) {
            let unproven = keeper.unproven(context, contents, end);
            keeper.save_unproven(context, trial.target(), Some(unproven));
        }
    }

    fn record_probation(&self, context: &Context) {
        if let Some(trial) = &self.trial {
            let probation = trial.status(Instant::now());
            context.update_status(|status| status.probation = probation);
        }
    }
}

impl Applier for Recovering {
    fn initialize(
        &mut self,
        context: &Context,
        contents: Result<Arc<Contents>, Unreadable>,
    ) -> Result<(), InitializeError> {
        self.initialize_or_recover(context, contents)
    }

    fn propose(
        &mut self,
        context: &Context,
        contents: &Arc<Contents>,
        retry: Retry,
    ) -> Option<ScanError> {
        let contents = &context.select(contents);
        if !self.has_contents && !context.is_unfilled(contents) {
            self.start(context, contents);
        }
        let unproven = self.keeper.as_ref().and_then(Keeper::saved_unproven);
        if retry < Retry::RolledBack
            && self.is_held_back(context, contents)
            && let Some(held) = &self.held
        {
            if let Some(in_force) = &held.in_force {
                self.proposer.propose(context, in_force, false);
            }
            return Some(held.error(context));
        }
        let retry = retry >= Retry::Rejected;
        let settled = self.proposer.settled(context, contents, retry);
        if let Some(settled) = &settled
            && self.held.is_none()
        {
            return settled.error.clone();
        }
        let preparation = self.prepare(context, contents);
        let is_in_force = settled.as_ref().is_some_and(|settled| {
            matches!(settled.error, None | Some(ScanError::PartlyRejected { .. }))
        });
        let Proposed { error, own } =
            settled.unwrap_or_else(|| self.proposer.update(context, contents));
        if own.is_some() || is_in_force {
            self.record_applied(context, contents, own, preparation, error.is_none());
        } else if preparation.is_some()
            && let Some(trial) = &mut self.trial
        {
            trial.rejected();
            if let Some(keeper) = &mut self.keeper
                && preparation == Some(Preparation::OnProbation)
            {
                keeper.save_unproven(context, trial.target(), unproven);
            }
        }
        self.record_probation(context);
        error
    }

    fn changed(&self) -> &[Change] {
        self.proposer.changed()
    }

    fn forget_changed(&mut self) {
        self.proposer.forget_changed();
    }

    fn record_panic(&mut self, panic: &ScanError) {
        self.proposer.record_panic(panic);
        if let Some(trial) = &mut self.trial {
            trial.rejected();
        }
    }

    fn resume(&mut self, context: &Arc<Context>, signal: &Arc<Signal>) {
        if let Some(trial) = &mut self.trial {
            trial.resume(signal, Arc::as_ptr(context).addr(), &context.flags);
            if trial.status(Instant::now()).is_some() {
                self.record_end(context, End::Crash);
            }
            self.record_probation(context);
        }
    }

    fn suspend(&mut self, context: &Context, signal: &Arc<Signal>) {
        if let Some(trial) = &mut self.trial {
            let interrupted = trial.suspend(signal);
            // An unhealthy program may be stopped because it is.
            if interrupted.is_some_and(|probation| probation.failures == 0)
                && !signal.is_stopped_by_panic()
            {
                self.record_end(context, End::Stop);
            }
            self.record_probation(context);
        }
    }

    fn next(&self) -> Option<Instant> {
        self.trial.as_ref()?.next(Instant::now())
    }

    fn poll(&mut self, context: &Context) -> bool {
        let Some(trial) = &mut self.trial else {
            return false;
        };
        let mut is_due = false;
        match trial.poll(&context.flags, Instant::now()) {
            Verdict::Continue => {}
            Verdict::Passed => match &mut self.held {
                // The last good contents are in force, and were good before.
                Some(held) if held.retry == HeldRetry::WhenHealthy => {
                    held.retry = HeldRetry::Now;
                    is_due = true;
                }
                _ => {
                    let directory = Escaped(&context.directory);
                    tracing::info!(%directory, "the last update is good");
                    let target = Arc::clone(trial.target());
                    self.keep(context, &target);
                }
            },
            Verdict::Failed(reason) => self.roll_back(context, reason),
        }
        self.record_probation(context);
        is_due
    }
}
