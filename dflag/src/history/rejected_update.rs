//! Rejections, as callbacks get them.

use std::fmt;
use std::sync::Arc;

use crate::error::{Problem, write_rejection};
use crate::history::trigger::Trigger;

/// An update that was rejected, fully or in part. [`Flags::on_reject`](crate::Flags::on_reject) passes it to
/// callbacks.
///
/// Its text never quotes a secret's value. It is one line for a single problem; several problems follow on a line
/// each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RejectedUpdate {
    /// What tried to change the flags.
    pub trigger: Trigger,
    /// Who did, if the [edit](crate::Edit::by) names them.
    pub by: Option<Arc<str>>,
    /// Why, if the [edit](crate::Edit::reason) says so.
    pub reason: Option<Arc<str>>,
    /// The generation that is in force.
    pub generation: u64,
    /// Whether only the invalid keys of a layer [were rejected](crate::OnInvalid::KeepValid), and its valid ones
    /// applied.
    pub partly: bool,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

impl fmt::Display for RejectedUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = if self.partly {
            "partly rejected, the flags of its invalid keys keep their values:"
        } else {
            "rejected, all flags keep their values:"
        };
        write_rejection(f, &self.trigger, outcome, &self.problems)
    }
}
