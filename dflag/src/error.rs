//! Errors: everything that is wrong with a proposal.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::origin::Origin;

/// Why a change to the flags was rejected. All flags keep their values.
///
/// The error lists everything that is wrong, not only the first problem, and never quotes a secret's
/// value. Its text is one line for a single problem; several problems follow on a line each.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value_t = 3)]
///     #[flag(dynamic)]
///     limit: u8,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let rejected = args.set("limit", "300").unwrap_err();
/// assert_eq!(
///     rejected.to_string(),
///     "override rejected, all flags keep their values: `limit`: \
///      invalid value '300' for '--limit <LIMIT>': 300 is not in 0..=255",
/// );
/// # Ok::<(), clap::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rejected {
    /// The layer that was rejected: `ConfigMap /etc/dflag`, `override`.
    pub source: String,
    /// The reasons. Those of a layer are in the order of the flags' declaration, followed by
    /// unknown keys and rules across flags; those of edits are in the order of the edits.
    pub problems: Vec<Problem>,
    /// Keys of the layer that name no flag ([`Problem::Unknown`]). They are among the `problems`
    /// only if the layer [denies them](crate::Layer::deny_unknown).
    pub unknown: Vec<Problem>,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rejected, all flags keep their values:", self.source)?;
        match self.problems.as_slice() {
            [only] => write!(f, " {only}"),
            many => many
                .iter()
                .try_for_each(|problem| write!(f, "\n  {problem}")),
        }
    }
}

impl Error for Rejected {}

/// One thing that is wrong with a proposal.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag::Problem;
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let rejected = args.set("limi", "5").unwrap_err();
/// assert!(matches!(
///     &rejected.problems[..],
///     [Problem::Unknown { similar: Some(name), .. }] if name == "limit"
/// ));
///
/// let rejected = args.set("limit", "many").unwrap_err();
/// assert_eq!(rejected.problems[0].flag(), Some("limit"));
/// # Ok::<(), clap::Error>(())
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The key names no flag.
    #[error("`{key}`{}: no flag has this name{}", at(.origin), did_you_mean(.similar.as_deref()))]
    Unknown {
        /// The key as it was given.
        key: String,
        /// The origin of the key.
        origin: Origin,
        /// The flag with the most similar name, if one is similar enough. Always `None` if the layer
        /// has more than 16 unknown keys.
        similar: Option<String>,
    },

    /// Two keys name one flag.
    #[error("`{flag}`: set twice, by {first} and by {second}")]
    Duplicate {
        /// The flag's name.
        flag: String,
        /// The origin of the first value.
        first: Origin,
        /// The origin of the second value.
        second: Origin,
    },

    /// An override names a static flag, which can't change while the program runs.
    #[error("`{flag}`{}: the flag is static, it can't change while the program runs", at(.origin))]
    Static {
        /// The flag's name.
        flag: String,
        /// The origin of the change.
        origin: Origin,
    },

    /// The source has the key but can't read it.
    #[error("`{flag}`{}: {cause}", at(.origin))]
    Unreadable {
        /// The flag's name.
        flag: String,
        /// The origin of the value.
        origin: Origin,
        /// Why the source can't read it.
        cause: Arc<dyn Error + Send + Sync>,
    },

    /// The value is not text.
    #[error("`{flag}`{}: not UTF-8 text", at(.origin))]
    NotUtf8 {
        /// The flag's name.
        flag: String,
        /// The origin of the value.
        origin: Origin,
    },

    /// clap's parser rejects the value.
    #[error("`{flag}`{}: {reason}{}", at(.origin), values(.possible_values))]
    Invalid {
        /// The flag's name.
        flag: String,
        /// The origin of the value.
        origin: Origin,
        /// clap's message. For a secret it says only that the value was rejected.
        reason: String,
        /// The values that are valid, where clap knows them.
        possible_values: Vec<String>,
    },

    /// A check that the flag declares rejects the value.
    #[error("`{flag}`{}: {reason}", at(.origin))]
    Check {
        /// The flag's name.
        flag: String,
        /// The origin of the value.
        origin: Origin,
        /// The check's message. For a secret it says only that the value was rejected.
        reason: String,
    },

    /// A parser, a check or a rule tried to change the set of flags that it runs for.
    #[error("a check, a rule or a parser may not change flags")]
    Reentrant,

    /// A rule across flags rejects the combination of values.
    #[error("the flags together: {reason}")]
    Rule {
        /// The rule's message, withheld if it quotes a secret's value.
        reason: String,
    },
}

impl Problem {
    /// The name of the flag that has the problem, if it is a problem of one known flag.
    pub fn flag(&self) -> Option<&str> {
        match self {
            Self::Duplicate { flag, .. }
            | Self::Static { flag, .. }
            | Self::Unreadable { flag, .. }
            | Self::NotUtf8 { flag, .. }
            | Self::Invalid { flag, .. }
            | Self::Check { flag, .. } => Some(flag),
            Self::Unknown { .. } | Self::Reentrant | Self::Rule { .. } => None,
        }
    }
}

/// ` (path)` for a source. The beginning of the error already names the layer.
fn at(origin: &Origin) -> String {
    match origin {
        Origin::Source { location, .. } => format!(" ({location})"),
        _ => String::new(),
    }
}

fn did_you_mean(similar: Option<&str>) -> String {
    similar.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn values(possible: &[String]) -> String {
    if possible.is_empty() {
        return String::new();
    }
    format!(" [possible values: {}]", possible.join(", "))
}
