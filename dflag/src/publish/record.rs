//! Recording what became of an attempt to change the flags: in the history, and for those who subscribe to
//! rejections.

use std::mem;
use std::sync::Arc;

use crate::error::{Problem, Rejected};
use crate::history::attempt::{Attempt, Kind};
use crate::history::rejected_update::RejectedUpdate;
use crate::history::trigger::Trigger;
use crate::layers::accept::Rejection;
use crate::publish::core::{Core, Writer, lock, rejected};
use crate::publish::expiry::Staying;
use crate::subscribers::Notice;

impl Core {
    /// Adds to the history what became of an attempt, and prepares the notification of a rejection.
    pub(super) fn record(
        &self,
        writer: &mut Writer,
        attempt: Attempt,
        outcome: Result<(), Rejection>,
    ) -> Result<(), Rejected> {
        let changes = writer.changes.take();
        let invalid = mem::take(&mut writer.invalid);
        let problems = match &outcome {
            Ok(()) => &invalid,
            Err(rejection) => &rejection.problems,
        };
        let mut texts: Vec<String> = problems.iter().map(Problem::to_string).collect();
        if attempt.trigger == Trigger::Expiry {
            texts.extend(writer.staying.iter().map(Staying::to_string));
        }
        let result = attempt.kind.outcome(outcome.is_ok(), !texts.is_empty());
        let current = self.broadcast.store.load();
        let generation = current.generation;
        // Overrides that are due and stay are no update.
        let is_update = !problems.is_empty() || attempt.kind != Kind::Change;
        let update = is_update.then(|| RejectedUpdate {
            trigger: attempt.trigger.clone(),
            outcome: result,
            by: attempt.by.clone(),
            reason: attempt.reason.clone(),
            generation,
            problems: problems.clone(),
        });
        let trigger = attempt.trigger.clone();
        let is_repeated = lock(&self.history).add(attempt, result, generation, changes, texts);
        if let Some(update) = update.filter(|_| !is_repeated) {
            self.broadcast.subscribers.enqueue(Notice {
                old: Arc::clone(&current),
                new: current,
                changed: Vec::new(),
                rejected: Some(update),
            });
        }
        outcome.map_err(|rejection| rejected(&trigger, rejection))
    }
}
