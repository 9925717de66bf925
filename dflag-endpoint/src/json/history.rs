//! The history, and the result of reverting.

use std::time::SystemTime;

use dflag::{History, HistoryEntry, Outcome, Reverted, Trigger};
use serde::{Serialize, Serializer};

use super::edit::FlagChange;
use super::source::seconds;

/// The last publishes and rejections.
#[derive(Debug, Serialize)]
pub(crate) struct HistoryList {
    /// The current generation.
    pub(crate) generation: u64,
    /// The oldest generation to which the flags can be reverted.
    pub(crate) oldest_generation: u64,
    /// Where the flags are reverted; empty while setting is off.
    pub(crate) revert_url: String,
    /// From the newest to the oldest.
    pub(crate) entries: Vec<Entry>,
}

/// A publish or a rejection. A secret's values are masked, and long texts are shortened.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    /// The generation that was published, or the one that stayed.
    pub(crate) generation: u64,
    /// `applied`, `partly rejected`, `rejected`, `rolled back`, `rollback failed` or `held back`.
    pub(crate) outcome: &'static str,
    /// `override`, `expiry`, `undo`, `revert to generation 3`, `derived value`, or the name of a source.
    pub(crate) trigger: String,
    /// Where the source is.
    pub(crate) trigger_location: Option<String>,
    /// Who made the change.
    pub(crate) by: Option<String>,
    /// Why.
    pub(crate) reason: Option<String>,
    /// In seconds since 1970.
    #[serde(serialize_with = "serialize_time")]
    pub(crate) time: SystemTime,
    /// When it happened last, if it happened several times.
    #[serde(serialize_with = "serialize_time")]
    pub(crate) last_time: SystemTime,
    /// How many times.
    pub(crate) count: u64,
    /// The flags whose value changed.
    pub(crate) flags: Vec<FlagChange>,
    /// How many more.
    pub(crate) omitted_flags: usize,
    /// What was wrong.
    pub(crate) problems: Vec<String>,
    /// How much more.
    pub(crate) omitted_problems: usize,
}

impl HistoryList {
    pub(crate) fn new(generation: u64, history: History, revert_url: String) -> Self {
        let newest_first = history.entries.into_iter().rev();
        Self {
            generation,
            oldest_generation: history.oldest_generation,
            revert_url,
            entries: newest_first.map(Entry::from).collect(),
        }
    }
}

impl Entry {
    /// Whether the generation is one that it published.
    pub(crate) fn is_publish(&self) -> bool {
        self.outcome == APPLIED || !self.flags.is_empty()
    }

    /// What the generation is to the outcome, as the beginning of a heading.
    pub(crate) fn heading(&self) -> &'static str {
        match self.outcome {
            "rejected" => "Rejected in generation",
            "rollback failed" => "Rollback failed in generation",
            "held back" => "Held back in generation",
            _ => "Generation",
        }
    }
}

/// The outcome of what was applied as a whole.
const APPLIED: &str = "applied";

impl From<HistoryEntry> for Entry {
    fn from(entry: HistoryEntry) -> Self {
        let (trigger, trigger_location) = match &entry.trigger {
            Trigger::Source { name, location } => (name.to_string(), Some(location.to_string())),
            other => (other.to_string(), None),
        };
        Self {
            generation: entry.generation,
            outcome: match entry.outcome {
                Outcome::Applied => APPLIED,
                Outcome::Rejected => "rejected",
                Outcome::RolledBack => "rolled back",
                Outcome::RollbackFailed => "rollback failed",
                Outcome::HeldBack => "held back",
                _ => "partly rejected",
            },
            trigger,
            trigger_location,
            by: entry.by.as_deref().map(str::to_owned),
            reason: entry.reason.as_deref().map(str::to_owned),
            time: entry.time,
            last_time: entry.last_time,
            count: entry.count,
            flags: entry.changed.iter().map(FlagChange::from).collect(),
            omitted_flags: entry.omitted_changes,
            problems: entry.problems,
            omitted_problems: entry.omitted_problems,
        }
    }
}

fn serialize_time<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(seconds(*time))
}

/// The result of reverting the flags.
#[derive(Debug, Serialize)]
pub(crate) struct RevertResult {
    /// The generation that was reverted to.
    pub(crate) reverted_to: u64,
    /// The generation that contains the change.
    pub(crate) generation: u64,
    /// The flags whose value changed.
    pub(crate) flags: Vec<FlagChange>,
    /// The flags that no longer follow their source, until their overrides are cleared.
    pub(crate) overridden: Vec<String>,
    /// Static flags that had another value and keep the current one.
    pub(crate) static_flags: Vec<String>,
}

impl From<Reverted> for RevertResult {
    fn from(reverted: Reverted) -> Self {
        Self {
            reverted_to: reverted.to,
            generation: reverted.generation,
            flags: reverted.changed.iter().map(FlagChange::from).collect(),
            overridden: reverted.overridden,
            static_flags: reverted.static_flags,
        }
    }
}
