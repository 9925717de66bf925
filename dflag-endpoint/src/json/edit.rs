//! The result of setting or clearing flags, and why it was rejected.

use dflag::{Change, MASK};
use serde::Serialize;

/// The result of setting or clearing flags.
#[derive(Debug, Serialize)]
pub(crate) struct EditResult {
    /// The generation that contains the change.
    pub(crate) generation: u64,
    /// Each flag that the request named, once, in the order of the request.
    pub(crate) flags: Vec<FlagChange>,
}

/// A flag that was set or cleared. The values of a secret are masked, and of a flag that the caller may not read.
#[derive(Debug, Serialize)]
pub(crate) struct FlagChange {
    pub(crate) name: String,
    /// `None` if the flag was not set.
    pub(crate) old: Option<String>,
    /// `None` if the flag is not set now.
    pub(crate) new: Option<String>,
}

/// Hides the values of flags that the caller may not read, and whether they have any.
pub(crate) fn mask_unreadable(changes: &mut [FlagChange], is_readable: impl Fn(&str) -> bool) {
    for change in changes {
        if !is_readable(&change.name) {
            change.old = Some(MASK.to_owned());
            change.new = Some(MASK.to_owned());
        }
    }
}

impl From<&Change> for FlagChange {
    fn from(change: &Change) -> Self {
        Self {
            name: change.flag.clone(),
            old: change.old.as_deref().map(str::to_owned),
            new: change.new.as_deref().map(str::to_owned),
        }
    }
}

/// Why a request was rejected. Nothing changed.
#[derive(Debug, Serialize)]
pub(crate) struct RejectionBody {
    /// Everything that is wrong, as text.
    pub(crate) error: String,
    /// The same for each flag, if the rejection is about flags.
    pub(crate) problems: Vec<ProblemDetail>,
}

/// One thing that is wrong.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ProblemDetail {
    /// The flag, or the key that names none; `None` for a rule across flags.
    pub(crate) name: Option<String>,
    /// The other flag of a conflict.
    pub(crate) other_name: Option<String>,
    /// `unknown`, `static`, `invalid`, `conflict`, `required`, `rule`, `outdated` or `denied`.
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    /// The valid values, if they are known.
    pub(crate) possible_values: Vec<String>,
    /// For `outdated`: the flag's revision.
    pub(crate) revision: Option<u64>,
    /// For `outdated`: the flag's value; `None` if it is not set. A secret's is masked.
    pub(crate) current_value: Option<String>,
}

impl ProblemDetail {
    /// The flag to link to. A key that names no flag is only in the message, which escapes it.
    pub(crate) fn linked_name(&self) -> Option<&str> {
        self.name.as_deref().filter(|_| self.kind != "unknown")
    }

    /// The message without the name, which a link before it says.
    pub(crate) fn message_after_link(&self) -> &str {
        let name = self.linked_name().map(|name| format!("`{name}`: "));
        let rest = name.and_then(|name| self.message.strip_prefix(&*name));
        rest.unwrap_or(&self.message)
    }
}
