//! Triggers: what changed the flags, or tried to.

use std::fmt;
use std::sync::Arc;

use crate::text::escape::escaped;

/// What changed the flags, or tried to.
///
/// ```
/// use dflag::Trigger;
///
/// let trigger = Trigger::Source { name: "ConfigMap".into(), location: "/etc/dflag".into() };
/// assert_eq!(trigger.to_string(), "ConfigMap /etc/dflag");
/// assert_eq!(Trigger::Revert { generation: 3 }.to_string(), "revert to generation 3");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Trigger {
    /// A source proposed its layer.
    Source {
        /// The kind of source, such as `ConfigMap`.
        name: Arc<str>,
        /// Where it is, such as a directory.
        location: Arc<str>,
    },
    /// Overrides were set or cleared, by an operator or by the program.
    Override,
    /// The flags were [reverted](crate::Flags::revert_to).
    Revert {
        /// The generation whose values were to be restored.
        generation: u64,
    },
    /// An edit was [undone](crate::Flags::undo).
    Undo,
    /// Overrides [expired](crate::Edit::expires_in).
    Expiry,
    /// A [derived value](crate::Flags::derive) was registered.
    Derived,
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source { name, location } => write!(f, "{name} {}", escaped(location)),
            Self::Override => f.write_str("override"),
            Self::Revert { generation } => write!(f, "revert to generation {generation}"),
            Self::Undo => f.write_str("undo"),
            Self::Expiry => f.write_str("expiry"),
            Self::Derived => f.write_str("derived value"),
        }
    }
}
