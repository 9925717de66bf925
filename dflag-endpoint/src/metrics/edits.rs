//! Counts of the requests that edit flags.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditKind {
    Set,
    Clear,
    Revert,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EditOutcome {
    Applied,
    /// A value or a rule, or something else that is wrong with the request.
    Rejected,
    /// The caller may not.
    Denied,
}

/// The number of requests of each kind, by outcome.
#[derive(Debug, Default)]
pub(crate) struct EditCounts([[AtomicU64; 3]; 3]);

impl EditCounts {
    pub(crate) fn add(&self, kind: EditKind, outcome: EditOutcome) {
        // Relaxed: a count on its own, which synchronizes nothing.
        self.of(kind, outcome).fetch_add(1, Ordering::Relaxed);
    }

    /// All counts, with the labels of kind and outcome.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        const KINDS: [(EditKind, &str); 3] = [
            (EditKind::Set, "set"),
            (EditKind::Clear, "clear"),
            (EditKind::Revert, "revert"),
        ];
        const OUTCOMES: [(EditOutcome, &str); 3] = [
            (EditOutcome::Applied, "applied"),
            (EditOutcome::Rejected, "rejected"),
            (EditOutcome::Denied, "denied"),
        ];
        KINDS.into_iter().flat_map(move |(kind, kind_label)| {
            OUTCOMES.into_iter().map(move |(outcome, outcome_label)| {
                let count = self.of(kind, outcome).load(Ordering::Relaxed);
                (kind_label, outcome_label, count)
            })
        })
    }

    fn of(&self, kind: EditKind, outcome: EditOutcome) -> &AtomicU64 {
        let [set, clear, revert] = &self.0;
        let [applied, rejected, denied] = match kind {
            EditKind::Set => set,
            EditKind::Clear => clear,
            EditKind::Revert => revert,
        };
        match outcome {
            EditOutcome::Applied => applied,
            EditOutcome::Rejected => rejected,
            EditOutcome::Denied => denied,
        }
    }
}
