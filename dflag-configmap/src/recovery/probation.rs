//! Probations: the interface to one, and what the status says of it.

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use dflag::{Applied, FlagSet};

use crate::escape::Escaped;
use crate::signal::Signal;
use crate::volume::Contents;

/// The program's health check.
pub(crate) type Health = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// How contents are put on probation.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) length: Duration,
    pub(crate) period: Duration,
    pub(crate) timeout: Duration,
    pub(crate) health: Health,
}

/// The option of the builder.
#[derive(Clone)]
pub(crate) struct ProbationOption {
    pub(crate) length: Duration,
    pub(crate) health: Health,
    pub(crate) new: fn(Settings) -> Box<dyn Trial>,
}

impl Debug for ProbationOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Probation").field(&self.length).finish()
    }
}

/// Decides whether contents stay. It proposes nothing itself.
pub(crate) trait Trial: Debug + Send {
    /// Follows the flags and runs health checks from now on. `signal` is woken by news; `owner` is the address of
    /// the updater's context.
    fn resume(&mut self, signal: &Arc<Signal>, owner: usize, flags: &Arc<dyn FlagSet>);

    /// Ends the health checks until [`resume`](Self::resume), unless it was called with another signal since. Returns
    /// the probation that this interrupts.
    fn suspend(&mut self, signal: &Arc<Signal>) -> Option<Probation>;

    /// The contents in force.
    fn current(&self) -> &Arc<Contents>;

    /// The contents that the flags go back to.
    fn target(&self) -> &Arc<Contents>;

    /// Makes `contents` the ones in force, and those that the flags go back to, without a probation.
    fn trust(&mut self, contents: &Arc<Contents>);

    /// Waits for a health check that succeeds with the current contents, which then have passed.
    fn await_health(&mut self);

    /// Prepares for other contents than the current ones. It may wait for a health check.
    fn prepare(&mut self, contents: &Arc<Contents>) -> Preparation;

    /// The contents that were prepared for, or the current ones again, were applied.
    fn applied(&mut self, contents: &Arc<Contents>, own: Own);

    /// The contents that were prepared for were rejected.
    fn rejected(&mut self);

    /// What follows from the news since the last call. After [`Verdict::Failed`] the caller applies the target
    /// and calls [`end`](Self::end).
    fn poll(&mut self, flags: &Arc<dyn FlagSet>, now: Instant) -> Verdict;

    /// Ends the probation. `restored` says whether the target is in force now.
    fn end(&mut self, restored: bool);

    /// When to poll at the latest.
    fn next(&self, now: Instant) -> Option<Instant>;

    /// The probation that is under way.
    fn status(&self, now: Instant) -> Option<Probation>;
}

/// What the updater's own proposal published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) generation: u64,
    /// Whether it changed a flag.
    pub(crate) changed: bool,
}

impl Own {
    pub(crate) fn new(applied: &Applied) -> Self {
        Self {
            generation: applied.generation,
            changed: !applied.changed.is_empty(),
        }
    }
}

/// How contents are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preparation {
    /// On probation.
    OnProbation,
    /// Without one, because the program is unhealthy. They are good as soon as it is healthy.
    Unhealthy,
    /// They are good already.
    Trusted,
}

/// What has become of a probation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing new, or there is none.
    Continue,
    /// The current contents are good.
    Passed,
    /// They are bad, for this reason.
    Failed(String),
}

/// A probation that is under way: an update was applied, and is rolled back if the health check fails.
///
/// [`Display`](fmt::Display) is a complete sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probation {
    /// When it began, or last began again.
    pub since: SystemTime,
    /// When it ends, if the program is healthy then.
    pub until: SystemTime,
    /// How many health checks in a row have failed until now.
    pub failures: u32,
    /// The error of the last health check, if it failed.
    pub last_failure: Option<String>,
    /// What made it begin again: an edit, another source, or a later update.
    pub restarted_by: Option<String>,
}

impl fmt::Display for Probation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the last update is on probation")?;
        if let Some(cause) = &self.restarted_by {
            write!(f, ", which began again with {cause}")?;
        }
        if let Some(failure) = &self.last_failure {
            write!(
                f,
                "; the program is unhealthy: {}",
                Escaped(failure.as_str())
            )?;
        }
        Ok(())
    }
}

/// An update that failed its probation, and what was done.
///
/// [`Display`](fmt::Display) is a complete sentence.
///
/// ```
/// # use std::time::Duration;
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag_configmap::Updater;
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let directory = tempfile::tempdir()?;
/// let limit = args.limit.clone();
/// let updater = Updater::builder(&args, directory.path())
///     .probation(Duration::from_secs(60), move || match limit.get() {
///         0 => Err("no request is admitted".to_owned()),
///         _ => Ok(()),
///     })
///     .health_period(Duration::from_millis(10))
///     .setup()?;
///
/// std::fs::write(directory.path().join("limit"), "0")?;
/// while updater.status().rollbacks == 0 {
///     std::thread::sleep(Duration::from_millis(10));
/// }
/// assert_eq!(args.limit.get(), 3);
/// let rollback = updater.status().last_rollback.expect("there was one");
/// assert!(rollback.reason.ends_with("no request is admitted"));
/// assert_eq!(rollback.keys, ["limit"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rollback {
    /// When the update failed.
    pub at: SystemTime,
    /// Why it failed: what the health check said.
    pub reason: String,
    /// The flags' generation after the rollback.
    pub generation: u64,
    /// The keys that the rollback added, changed or removed.
    pub keys: Vec<String>,
    /// Why the content before could not be applied again. The update then stays in force.
    pub error: Option<String>,
    /// When other content was applied. Until then, the program is degraded.
    pub recovered_at: Option<SystemTime>,
}

impl fmt::Display for Rollback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = Escaped(self.reason.as_str());
        match &self.error {
            None => write!(
                f,
                "an update failed its probation and was rolled back: {reason}; correct the ConfigMap"
            ),
            Some(error) => write!(
                f,
                "an update failed its probation and stays in force, because the rollback failed: {reason}; \
                 the content before: {error}"
            ),
        }
    }
}
