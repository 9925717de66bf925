//! Rollbacks: contents that failed their probation, and those that are in force instead.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use super::applier::Applier;
use super::digest::digest;
use super::propose::Proposed;
use crate::context::Context;
use crate::error::ScanError;
use crate::escape::Escaped;
use crate::recovery::{Digest, Rollback, Unproven};
use crate::volume::Contents;

/// Contents of the directory that are not applied.
#[derive(Debug)]
pub(super) struct Held {
    digest: Digest,
    reason: String,
    /// The contents of this process that are in force instead.
    pub(super) in_force: Option<Arc<Contents>>,
}

impl Held {
    pub(super) fn new(
        contents: &Contents,
        reason: String,
        in_force: Option<Arc<Contents>>,
    ) -> Self {
        Self {
            digest: digest(contents, &|_| true),
            reason,
            in_force,
        }
    }

    pub(super) fn is(&self, contents: &Contents) -> bool {
        self.digest == digest(contents, &|_| true)
    }

    pub(super) fn error(&self, context: &Context) -> ScanError {
        ScanError::RolledBack {
            directory: context.directory.display().to_string(),
            reason: self.reason.clone(),
        }
    }
}

impl Applier {
    /// Applies the last good contents again, and holds back those that failed.
    pub(super) fn roll_back(&mut self, context: &Context, reason: String) {
        let Some(trial) = &mut self.trial else {
            return;
        };
        let (target, failed) = (Arc::clone(trial.target()), Arc::clone(trial.current()));
        let why = format!("rollback: {reason}");
        let Proposed { error, own } = self.proposer.restore(context, &target, &why);
        trial.end(own.is_some());
        if let Some(keeper) = &mut self.keeper {
            let unproven = Unproven {
                digest: keeper.digest(context, &failed),
                has_failed: true,
            };
            keeper.save(context, &target, Some(unproven));
        }
        let rollback = Rollback {
            at: SystemTime::now(),
            reason,
            generation: context.flags.generation(),
            keys: differing_keys(&failed, &target),
            error: error
                .filter(|_| own.is_none())
                .map(|error| error.to_string()),
            recovered_at: None,
        };
        let (directory, keys) = (Escaped(&context.directory), &rollback.keys);
        tracing::warn!(%directory, ?keys, "degraded: {rollback}");
        let mut last_error = None;
        if own.is_some() {
            let reason = format!("this content failed its probation: {}", rollback.reason);
            let held = Held::new(&failed, reason, Some(target));
            last_error = Some(Arc::new(held.error(context)));
            self.held = Some(held);
        }
        context.update_status(|status| {
            status.probation = None;
            status.rollbacks += u64::from(own.is_some());
            status.last_rollback = Some(rollback);
            if last_error.is_some() {
                status.last_error = last_error;
            }
        });
    }
}

/// The keys that the one has and the other has not, or with other content.
fn differing_keys(one: &Contents, other: &Contents) -> Vec<String> {
    let keys: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let differing = keys
        .into_iter()
        .filter(|key| one.get(key) != other.get(key));
    differing.map(ToString::to_string).collect()
}
