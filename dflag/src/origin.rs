//! Origins: where a flag's current value came from.

use std::fmt;
use std::sync::Arc;

use crate::text::escape::escaped;

/// Where a flag's value came from.
///
/// The variants are in the order of precedence: a later one overrides an earlier one, unless a
/// source asks to stay below the command line or the environment ([`Precedence`]).
///
/// [`Precedence`]: crate::Precedence
///
/// ```
/// use dflag::Origin;
///
/// let origin = Origin::Source { name: "ConfigMap".into(), location: "/etc/dflag/rollout".into() };
/// assert_eq!(origin.to_string(), "ConfigMap (/etc/dflag/rollout)");
/// assert_eq!(Origin::CommandLine.to_string(), "command line");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Origin {
    /// The default that the clap argument declares, or no value if it declares none.
    Default,
    /// The environment variable that the clap argument declares.
    Environment,
    /// The command line.
    CommandLine,
    /// A source outside the program, such as a ConfigMap.
    Source {
        /// The kind of source, such as `ConfigMap`.
        name: Arc<str>,
        /// Where in the source the value is, such as a file's path.
        location: Arc<str>,
    },
    /// An operator's override, set through [`Flags::set`](crate::Flags::set).
    Override,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Environment => f.write_str("environment"),
            Self::CommandLine => f.write_str("command line"),
            Self::Source { name, location } => write!(f, "{name} ({})", escaped(location)),
            Self::Override => f.write_str("override"),
        }
    }
}
