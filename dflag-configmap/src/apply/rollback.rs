//! Rollbacks: what becomes of contents that failed their probation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use super::held::Held;
use super::keeper::End;
use super::propose::Proposed;
use super::recovering::Recovering;
use crate::context::Context;
use crate::escape::Escaped;
use crate::recovery::Rollback;
use crate::volume::Contents;

impl Recovering {
    /// Applies the last good contents again, and holds back those that failed.
    pub(super) fn roll_back(&mut self, context: &Context, reason: String) {
        let Some(trial) = &mut self.trial else {
            return;
        };
        let (target, failed) = (Arc::clone(trial.target()), Arc::clone(trial.current()));
        if let Some(keeper) = &mut self.keeper {
            // First, since the program may end in a callback of the rollback.
            let unproven = keeper.unproven(context, &failed, End::Failure);
            keeper.save_unproven(context, &target, Some(unproven));
        }
        let Proposed { error, own } = self.proposer.restore(context, &target, &reason);
        trial.end(own.is_some());
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
            let held = Held::rolled_back(&failed, reason, target);
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
