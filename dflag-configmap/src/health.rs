//! The health of an updater: why its flags do not have what the directory says.

use std::time::{Duration, SystemTime};

use dflag::{Health, SourceStatus};

use crate::error::ScanError;
use crate::recovery::StartedFrom;
use crate::status::Status;

/// Why the flags do not have what the directory says. Empty if they do.
///
/// A directory that can't be read is no reason: its flags have the last content that was read. It is
/// [stale](Health::Stale) if that lasts.
pub(crate) fn degraded(status: &Status) -> Vec<String> {
    let rejected = match status.last_error.as_deref() {
        Some(ScanError::Rejected(_)) => {
            Some("the last update was rejected, all flags keep their values")
        }
        Some(ScanError::PartlyRejected { .. }) => Some(
            "the last update was rejected in part, the flags of its invalid keys keep their values",
        ),
        Some(ScanError::Panicked { .. }) => {
            Some("a check or a parser panicked on the last update, all flags keep their values")
        }
        // The rollback, or the start, is a reason of its own.
        Some(
            ScanError::RolledBack { .. } | ScanError::Directory(_) | ScanError::Unavailable { .. },
        )
        | None => None,
    };
    let start = status.current_bad_start();
    let start = start.map(|start| match start.started_from {
        StartedFrom::Base => "the program was started without the ConfigMap",
        StartedFrom::LastGood { .. } => "the program was started from the last good content",
    });
    let rollback = status.current_rollback();
    let rollback = rollback.map(|rollback| match rollback.error {
        None => "the last update failed its probation and was rolled back",
        Some(_) => {
            "the last update failed its probation and stays in force, because the rollback failed"
        }
    });
    let is_held = matches!(
        status.last_error.as_deref(),
        Some(ScanError::RolledBack { .. })
    );
    // It is held back since a start that failed.
    let held = (is_held && start.is_none() && rollback.is_none())
        .then_some("the ConfigMap is held back because of an earlier probation");
    let reasons = [start, rollback, rejected, held].into_iter().flatten();
    reasons.map(str::to_owned).collect()
}

impl Status {
    /// The health of the updater now, in the sense of Kubernetes' probes.
    ///
    /// - It is degraded if the last update was rejected, in whole or in part, or rolled back, and if the program was
    ///   started in spite of a bad ConfigMap and no good one has been applied since.
    /// - It is stale if the directory was last read more than `stale_after` ago, because it can't be read, or
    ///   because the updater was stopped or its thread is busy with a callback. Choose some minutes: while a
    ///   volume is mounted again, its directory is absent for a moment.
    ///
    /// In both states the flags keep their last good values, and it is [ready](Health::is_ready). Only an updater
    /// without any scan is not.
    ///
    /// The text of a `Health` names no key and no value, so a public port may show it. What is wrong is in
    /// [`last_error`](Self::last_error).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::time::Duration;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// # let args = Args::try_parse_dynamic_from(["server"])?;
    /// # let dir = tempfile::tempdir()?;
    /// let updater = dflag_configmap::setup(&args, dir.path())?;
    ///
    /// // The answer to a readiness probe: a status code and a body.
    /// let health = updater.status().health(Duration::from_secs(300));
    /// let code = if health.is_ready() { 200 } else { 503 };
    /// assert_eq!((code, health.to_string()), (200, "ready".to_owned()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn health(&self, stale_after: Duration) -> Health {
        let mut source = SourceStatus::new("", "");
        source.last_scan = self.last_scan;
        source.last_read = self.last_read;
        source.degraded = degraded(self);
        source.health(stale_after, SystemTime::now())
    }
}
