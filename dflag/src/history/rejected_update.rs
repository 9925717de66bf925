//! Rejections, as callbacks get them.

use std::fmt;
use std::sync::Arc;

use crate::error::{Problem, write_lines, write_rejection};
use crate::history::entry::Outcome;
use crate::history::trigger::Trigger;

/// An update that was rejected, fully or in part, rolled back or held back.
/// [`Flags::on_reject`](crate::Flags::on_reject) passes it to callbacks.
///
/// Its text never quotes a secret's value. It is one line for a single problem; several problems follow on a line
/// each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RejectedUpdate {
    /// What tried to change the flags.
    pub trigger: Trigger,
    /// What became of it. It is not [`Outcome::Applied`].
    pub outcome: Outcome,
    /// Who tried, if the [edit](crate::Edit::by) names them.
    pub by: Option<Arc<str>>,
    /// Why, if the [edit](crate::Edit::reason) or the [layer](crate::Layer::reason) says so. A source says why it rolls
    /// back or holds back its newest layer.
    pub reason: Option<Arc<str>>,
    /// The generation that is in force.
    pub generation: u64,
    /// Everything that is wrong with what was proposed. Empty if nothing is, as of most updates that are rolled back or
    /// held back.
    pub problems: Vec<Problem>,
}

impl fmt::Display for RejectedUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = match self.outcome {
            Outcome::RolledBack => "rolled back, the flags have the values before",
            Outcome::RollbackFailed => "not rolled back, all flags keep their values",
            Outcome::HeldBack => "held back, all flags keep their values",
            Outcome::PartlyRejected => {
                "partly rejected, the flags of its invalid keys keep their values"
            }
            _ => "rejected, all flags keep their values",
        };
        let is_rejection = matches!(self.outcome, Outcome::Rejected | Outcome::PartlyRejected);
        let Some(reason) = self.reason.as_ref().filter(|_| !is_rejection) else {
            return write_rejection(f, &self.trigger, outcome, &self.problems);
        };
        write!(f, "{} {outcome}: {reason}", self.trigger)?;
        write_lines(f, &self.problems)
    }
}
