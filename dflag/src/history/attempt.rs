//! Attempts to change the flags: by what, by whom and why.

use std::sync::Arc;

use crate::history::entry::Outcome;
use crate::history::trigger::Trigger;
use crate::layers::edit::Edit;
use crate::layers::layer::Layer;
use crate::text::escape::escaped;
use crate::text::shorten::shortened;

/// The longest name of a person, and the longest reason, in bytes.
const MAX_NOTE: usize = 256;

/// What is attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Change,
    /// A change back to an earlier layer of a source.
    Rollback,
    /// No change: a source does not propose its newest layer.
    HoldBack,
}

impl Kind {
    /// What has become of it. `is_partial` is whether something of what was applied was invalid.
    pub(crate) fn outcome(self, is_applied: bool, is_partial: bool) -> Outcome {
        match (self, is_applied) {
            (Self::HoldBack, _) => Outcome::HeldBack,
            (Self::Rollback, true) => Outcome::RolledBack,
            (Self::Rollback, false) => Outcome::RollbackFailed,
            (Self::Change, true) if is_partial => Outcome::PartlyRejected,
            (Self::Change, true) => Outcome::Applied,
            (Self::Change, false) => Outcome::Rejected,
        }
    }
}

/// An attempt to change the flags, of which the outcome is not known yet.
#[derive(Clone, PartialEq)]
pub(crate) struct Attempt {
    pub(crate) kind: Kind,
    pub(crate) trigger: Trigger,
    /// Who made it, escaped and of bounded length.
    pub(crate) by: Option<Arc<str>>,
    /// Why, escaped and of bounded length.
    pub(crate) reason: Option<Arc<str>>,
}

impl Attempt {
    pub(crate) fn new(trigger: Trigger) -> Self {
        Self::by(trigger, None, None)
    }

    pub(crate) fn by(trigger: Trigger, by: Option<&str>, reason: Option<&str>) -> Self {
        Self {
            kind: Kind::Change,
            trigger,
            by: by.and_then(note),
            reason: reason.and_then(note),
        }
    }

    pub(crate) fn of_layer(kind: Kind, layer: &Layer) -> Self {
        let trigger = Trigger::Source {
            name: Arc::clone(&layer.id.name),
            location: Arc::clone(&layer.id.location),
        };
        Self {
            kind,
            ..Self::by(trigger, None, layer.reason.as_deref())
        }
    }

    /// Of several edits, the first that names a person and the first that gives a reason count.
    pub(crate) fn of_edits(edits: &[Edit]) -> Self {
        let by = edits.iter().find_map(|edit| edit.by.as_deref());
        let reason = edits.iter().find_map(|edit| edit.reason.as_deref());
        Self::by(Trigger::Override, by, reason)
    }
}

/// A text about an attempt as it is kept; `None` if it is blank.
fn note(text: &str) -> Option<Arc<str>> {
    let text = escaped(text.trim());
    (!text.is_empty()).then(|| shortened(&text, MAX_NOTE).into())
}
