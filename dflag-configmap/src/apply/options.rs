//! The options about bad content, and which applier they need.

use std::sync::Arc;
use std::time::Duration;

use super::applier::Applier;
use super::direct::Direct;
use super::recovering::Recovering;
use crate::recovery::{OnBadStart, ProbationOption, Store};

/// The default time from one health check of a probation to the next.
const HEALTH_PERIOD: Duration = Duration::from_secs(1);

/// The default of the longest time that a health check may take.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);

/// What an updater does about bad content.
#[derive(Clone, Debug)]
pub(crate) struct RecoveryOptions {
    pub(crate) on_bad_start: OnBadStart,
    pub(crate) last_good: Option<Arc<dyn Store>>,
    pub(crate) probation: Option<ProbationOption>,
    pub(crate) health_period: Duration,
    pub(crate) health_timeout: Duration,
    /// A pointer, so that a program that asks for no recovery does not contain the code for it.
    new_applier: fn(&Self) -> Box<dyn Applier>,
}

impl Default for RecoveryOptions {
    fn default() -> Self {
        Self {
            on_bad_start: OnBadStart::default(),
            last_good: None,
            probation: None,
            health_period: HEALTH_PERIOD,
            health_timeout: HEALTH_TIMEOUT,
            new_applier: |_| Box::<Direct>::default(),
        }
    }
}

impl RecoveryOptions {
    /// Asks for an applier that recovers.
    pub(crate) fn recover(&mut self) -> &mut Self {
        self.new_applier = |options| Box::new(Recovering::new(options));
        self
    }

    pub(crate) fn applier(&self) -> Box<dyn Applier> {
        (self.new_applier)(self)
    }
}
