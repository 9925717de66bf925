//! Errors: everything that is wrong with a proposal, at once.

use std::error::Error;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use crate::origin::Origin;
use crate::text::escape::escaped;

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
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejected {
    /// The layer that was rejected: `ConfigMap /etc/dflag`, `override`.
    pub source: String,
    /// What is wrong, in the order of the flags' declaration, then unknown keys, then rules
    /// across flags.
    pub problems: Vec<Problem>,
    /// Keys that name no flag ([`Problem::Unknown`]). They alone would not have been a reason to reject.
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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The key names no flag.
    #[error("`{}`{}: no flag has this name{}", escaped(.key), at(.origin), did_you_mean(.similar.as_deref()))]
    #[non_exhaustive]
    Unknown {
        /// The key as it was given.
        key: String,
        /// Where it was given.
        origin: Origin,
        /// The flag with the most similar name, if one is similar. `None` where many keys are unknown.
        similar: Option<String>,
    },

    /// Two keys name one flag and give it different values.
    #[error("`{flag}`: set to different values by {first} and by {second}; remove one of them")]
    #[non_exhaustive]
    Duplicate {
        /// The flag's name.
        flag: String,
        /// Where it is set first.
        first: Origin,
        /// Where it is set again.
        second: Origin,
    },

    /// Two names of one flag are keys with different values. The long name's is applied.
    #[error(
        "`{flag}`: {ignored} is ignored, because {applied} sets the flag by its name; remove the former"
    )]
    #[non_exhaustive]
    Overruled {
        /// The flag's name.
        flag: String,
        /// The origin of the value that is applied.
        applied: Origin,
        /// The origin of the value that is ignored.
        ignored: Origin,
    },

    /// A static flag can't be overridden: it is fixed once the program has started.
    #[error("`{flag}`{}: the flag is static, it can't change while the program runs", at(.origin))]
    #[non_exhaustive]
    Static {
        /// The flag's name.
        flag: String,
        /// The origin of the change.
        origin: Origin,
    },

    /// A flag that always has a value can't be [unset](crate::Edit::unset).
    #[error("`{flag}`{}: the flag is not optional, it always has a value; clear the override to return to the value beneath it", at(.origin))]
    #[non_exhaustive]
    NotOptional {
        /// The flag's name.
        flag: String,
        /// The origin of the change.
        origin: Origin,
    },

    /// The source has the key but can't read it.
    #[error("`{flag}`{}: {cause}", at(.origin))]
    #[non_exhaustive]
    Unreadable {
        /// The flag's name.
        flag: String,
        /// The origin of the value.
        origin: Origin,
        /// Why the source can't read it.
        cause: Cause,
    },

    /// The value is not text.
    #[error("`{flag}`{}: not UTF-8 text", at(.origin))]
    #[non_exhaustive]
    NotUtf8 {
        /// The flag's name.
        flag: String,
        /// The origin of the value.
        origin: Origin,
    },

    /// clap's parser rejects the value.
    #[error("`{flag}`{}: {reason}{}{}", at(.origin), values(.possible_values), then(*.remedy))]
    #[non_exhaustive]
    Invalid {
        /// The flag's name.
        flag: String,
        /// The origin of the value.
        origin: Origin,
        /// The reason in clap's own words; for a secret, no more than that it was rejected.
        reason: String,
        /// The valid values, where clap knows them.
        possible_values: Vec<String>,
        /// What to do, where the value is empty.
        remedy: Option<&'static str>,
    },

    /// A check that the flag declares rejects the value.
    #[error("`{flag}`{}: {reason}", at(.origin))]
    #[non_exhaustive]
    Check {
        /// The flag's name.
        flag: String,
        /// The origin of the value.
        origin: Origin,
        /// The check's own words; for a secret, no more than that it was rejected.
        reason: String,
    },

    /// Two flags that clap rules out together both differ from their defaults, and a source or an
    /// override gave at least one of them.
    #[error("`{flag}`{} cannot be used with `{other}`{}; return one of them to its default", at(.origin), at(.other_origin))]
    #[non_exhaustive]
    Conflict {
        /// The first flag's name.
        flag: String,
        /// The origin of its value.
        origin: Origin,
        /// The other flag's name.
        other: String,
        /// The origin of its value.
        other_origin: Origin,
    },

    /// A check, a rule or a parser tried to change the flags that it was asked about.
    #[error("a check, a rule or a parser may not change flags")]
    Reentrant,

    /// A rule across flags rejects the whole.
    #[error("the flags together: {reason}")]
    #[non_exhaustive]
    Rule {
        /// The rule's own words; none of them where they quote a secret's value.
        reason: String,
    },
}

/// Why a source can't read a key. Two causes are equal if they read the same.
#[derive(Clone, Debug)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    pub(crate) fn new(cause: Arc<dyn Error + Send + Sync>) -> Self {
        Self(cause)
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Cause {}

// An error is only displayed, never changed.
impl UnwindSafe for Cause {}
impl RefUnwindSafe for Cause {}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The cause itself, to downcast.
impl std::ops::Deref for Cause {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl Problem {
    /// The flag that it is about, by name, if it is about one.
    pub fn flag(&self) -> Option<&str> {
        match self {
            Self::Duplicate { flag, .. }
            | Self::Overruled { flag, .. }
            | Self::Conflict { flag, .. }
            | Self::Static { flag, .. }
            | Self::NotOptional { flag, .. }
            | Self::Unreadable { flag, .. }
            | Self::NotUtf8 { flag, .. }
            | Self::Invalid { flag, .. }
            | Self::Check { flag, .. } => Some(flag),
            Self::Unknown { .. } | Self::Reentrant | Self::Rule { .. } => None,
        }
    }
}

/// ` (path)` where there is a path; the error's first words already name the layer.
fn at(origin: &Origin) -> String {
    match origin {
        Origin::Source { location, .. } => format!(" ({})", escaped(location)),
        _ => String::new(),
    }
}

fn did_you_mean(similar: Option<&str>) -> String {
    similar.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn then(remedy: Option<&str>) -> String {
    remedy.map_or_else(String::new, |remedy| format!("; {remedy}"))
}

fn values(possible: &[String]) -> String {
    if possible.is_empty() {
        return String::new();
    }
    format!(" [possible values: {}]", possible.join(", "))
}
