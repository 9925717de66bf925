//! Errors: everything that is wrong with a proposal.

use std::error::Error;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use crate::origin::Origin;
use crate::text::escape::{escaped, one_line};

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
    /// What was rejected: the layer `ConfigMap /etc/dflag`, an `override`, a `revert to generation 3`, an `undo`. Or
    /// `derived value`, for one that can't be built when it is registered.
    pub source: String,
    /// The reasons. Those of a layer are in the order of the flags' declaration, followed by
    /// unknown keys and rules across flags; those of edits are in the order of the edits.
    pub problems: Vec<Problem>,
    /// Keys of the layer that set no flag ([`Problem::Unknown`], [`Problem::Uncovered`]). They are among the `problems`
    /// only if the layer [denies them](crate::Layer::deny_unknown).
    pub unknown: Vec<Problem>,
    /// Whether the outcome depends on a file that [`value::or_file`](crate::value::or_file) reads: the same
    /// layer may be valid later.
    pub volatile: bool,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outcome = "rejected, all flags keep their values";
        write_rejection(f, &self.source, outcome, &self.problems)
    }
}

/// What was rejected, what became of the flags, and the reasons.
pub(crate) fn write_rejection(
    f: &mut fmt::Formatter<'_>,
    source: &dyn fmt::Display,
    outcome: &str,
    problems: &[Problem],
) -> fmt::Result {
    write!(f, "{source} {outcome}:")?;
    match problems {
        [only] => write!(f, " {only}"),
        many => write_lines(f, many),
    }
}

/// Each problem on a line of its own, below what was written before.
pub(crate) fn write_lines(f: &mut fmt::Formatter<'_>, problems: &[Problem]) -> fmt::Result {
    let mut problems = problems.iter();
    problems.try_for_each(|problem| write!(f, "\n  {problem}"))
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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The key names no flag.
    #[error("`{}`{}: no flag has this name{}", escaped(.key), at(.origin), did_you_mean(.similar.as_deref(), *.is_variable))]
    #[non_exhaustive]
    Unknown {
        /// The key as it was given.
        key: String,
        /// The origin of the key.
        origin: Origin,
        /// The flag with the most similar name, if one is similar enough, or the one whose environment
        /// variable the key is. Without a variable, it is always `None` if the layer or the edits have more than 16
        /// unknown keys.
        similar: Option<String>,
        /// Whether the key is the environment variable of the flag `similar`. It sets the flag only if the
        /// source [accepts such keys](crate::Layer::env_names).
        is_variable: bool,
    },

    /// The key names an argument of the program that this source can't set, because no struct that derives
    /// `DynamicFlags` declares it. Only the layer that the command line was
    /// [parsed with](crate::Flags::try_parse_with) can.
    #[error(
        "`{}`{}: an argument of this program that a source cannot set, because no struct that derives \
         `DynamicFlags` declares it; derive `DynamicFlags` for its struct, or parse the command line together \
         with the source (`dflag_configmap::parse`, `Flags::try_parse_with`)",
        escaped(.key), at(.origin)
    )]
    #[non_exhaustive]
    Uncovered {
        /// The key as it was given.
        key: String,
        /// The flag's name.
        flag: String,
        /// The origin of the key.
        origin: Origin,
    },

    /// Two keys name one flag and give it different values.
    #[error("`{flag}`: set to different values by {first} and by {second}; remove one of them")]
    #[non_exhaustive]
    Duplicate {
        /// The flag's name.
        flag: String,
        /// The origin of the first value.
        first: Origin,
        /// The origin of the second value.
        second: Origin,
    },

    /// A key is an alias of a flag that another key sets by its long name to a different value.
    /// The value of the long name is applied.
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

    /// An override names a static flag, which can't change while the program runs.
    #[error("`{flag}`{}: the flag is static, it can't change while the program runs", at(.origin))]
    #[non_exhaustive]
    Static {
        /// The flag's name.
        flag: String,
        /// The origin of the change.
        origin: Origin,
    },

    /// A flag that always has a value can't be [unset](crate::Edit::unset).
    #[error("`{flag}`{}: the flag is not optional, it always has a value; clear a flag to return to the value beneath its override", at(.origin))]
    #[non_exhaustive]
    NotOptional {
        /// The flag's name.
        flag: String,
        /// The origin of the change.
        origin: Origin,
    },

    /// A typed value has no text that the flag's parser reads as an equal value. Its type has no text
    /// form, or the text would be trimmed or split.
    #[error("`{flag}`{}: no text stands for this value; {remedy}", at(.origin))]
    #[non_exhaustive]
    NoText {
        /// The flag's name.
        flag: String,
        /// The origin of the change.
        origin: Origin,
        /// What to do: keep white space, or set the flag by its name.
        remedy: &'static str,
    },

    /// The duration after which an override [expires](crate::Edit::expires_in) is invalid.
    #[error("`{flag}`: {reason}")]
    #[non_exhaustive]
    InvalidExpiry {
        /// The flag's name.
        flag: String,
        /// What is wrong with the duration, and what to do.
        reason: &'static str,
    },

    /// The flag is not at the revision to which an edit [belongs](crate::Edit::if_revision): it was changed in the
    /// meantime.
    #[error(
        "`{flag}`: the flag has changed since revision {expected}: {} at revision {revision}; read it and decide again",
        now(.value.as_deref())
    )]
    #[non_exhaustive]
    Outdated {
        /// The flag's name.
        flag: String,
        /// The revision of the edit.
        expected: u64,
        /// The flag's revision.
        revision: u64,
        /// The flag's value as text; `None` if it is not set. A secret's is [masked](crate::MASK).
        value: Option<String>,
    },

    /// The thread that lets overrides [expire](crate::Edit::expires_in) can't be started.
    #[error(
        "the thread that lets overrides expire can't be started: {cause}; try again, or set the override without an expiry"
    )]
    #[non_exhaustive]
    NoTimer {
        /// Why the operating system can't start it.
        cause: String,
    },

    /// The flag can't be [reverted](crate::Flags::revert_to), because the history does not keep the value that it had.
    #[error(
        "`{flag}`: the history does not keep the value that it had: {reason}; set the flag itself"
    )]
    #[non_exhaustive]
    NotKept {
        /// The flag's name.
        flag: String,
        /// Why not.
        reason: &'static str,
    },

    /// A value was set through a handle that is not that of a flag, such as a [constant] or a [derived value].
    ///
    /// [constant]: crate::Dynamic::constant
    /// [derived value]: crate::Flags::derive
    #[error("the handle follows no flag, so nothing can be set through it")]
    NoFlag,

    /// The source has the key but can't read it.
    #[error("`{flag}`{}: {}", at(.origin), one_line(&.cause.to_string()))]
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
        /// clap's message. For a secret it says only that the value was rejected, or what is wrong with
        /// the file that [`value::or_file`](crate::value::or_file) reads.
        reason: String,
        /// The valid values if clap knows them all, else empty.
        possible_values: Vec<String>,
        /// What to do if the value is empty; else `None`.
        remedy: Option<&'static str>,
    },

    /// A check that the flag declares rejects the value.
    #[error("`{flag}`{}: {reason}{}", at(.origin), then(*.remedy))]
    #[non_exhaustive]
    Check {
        /// The flag's name.
        flag: String,
        /// The origin of the value.
        origin: Origin,
        /// The check's message. For a secret it says only that the value was rejected, and for a value that
        /// [`value::or_file`](crate::value::or_file) reads it names the file instead.
        reason: String,
        /// What to do if the value is empty; else `None`.
        remedy: Option<&'static str>,
    },

    /// A required flag has no value: neither the command line nor the environment gave one, and the
    /// source that supplied it no longer does.
    #[error("`{flag}`: the flag is required, and no other layer has a value for it; {remedy}")]
    #[non_exhaustive]
    Required {
        /// The flag's name.
        flag: String,
        /// What to do: put the key back, or write a value into it.
        remedy: &'static str,
    },

    /// Two flags that conflict, according to clap, both differ from their defaults, and at least one
    /// of the values comes from a source or an override.
    #[error("`{flag}`{} cannot be used with `{other}`{}; reset one of them to its default", at(.origin), at(.other_origin))]
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

    /// A parser, a check, a rule or the build of a derived value tried to change the set of flags that it runs for,
    /// or to derive a value from it.
    #[error(
        "a parser, a check, a rule or a derived value may not change the flags that it is called for, nor derive \
         values from them"
    )]
    Reentrant,

    /// A rule across flags rejects the combination of values.
    #[error("the flags together: {reason}")]
    #[non_exhaustive]
    Rule {
        /// The rule's message, withheld if it quotes a secret's value.
        reason: String,
    },

    /// A [derived value](crate::Flags::derive) can't be built from the flags.
    #[error("the derived value of {location}: {reason}")]
    #[non_exhaustive]
    Derived {
        /// Where the program derives it: file, line and column.
        location: String,
        /// The message of its build, withheld if it quotes a secret's value.
        reason: String,
    },
}

/// Why a source can't read a key. Two causes are equal if their messages are.
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

/// The error itself, to downcast.
impl std::ops::Deref for Cause {
    type Target = dyn Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl Problem {
    /// The name of the flag that has the problem, if it is a problem of one known flag.
    pub fn flag(&self) -> Option<&str> {
        match self {
            Self::Duplicate { flag, .. }
            | Self::Overruled { flag, .. }
            | Self::Conflict { flag, .. }
            | Self::Required { flag, .. }
            | Self::Uncovered { flag, .. }
            | Self::Static { flag, .. }
            | Self::NotOptional { flag, .. }
            | Self::NoText { flag, .. }
            | Self::InvalidExpiry { flag, .. }
            | Self::NotKept { flag, .. }
            | Self::Outdated { flag, .. }
            | Self::Unreadable { flag, .. }
            | Self::NotUtf8 { flag, .. }
            | Self::Invalid { flag, .. }
            | Self::Check { flag, .. } => Some(flag),
            Self::Unknown { .. }
            | Self::NoTimer { .. }
            | Self::NoFlag
            | Self::Reentrant
            | Self::Rule { .. }
            | Self::Derived { .. } => None,
        }
    }

    /// The origin of the value or key that is wrong, if there is one. Of two that contradict each other, it is the
    /// later one.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Unknown { origin, .. }
            | Self::Uncovered { origin, .. }
            | Self::Duplicate { second: origin, .. }
            | Self::Overruled {
                ignored: origin, ..
            }
            | Self::Static { origin, .. }
            | Self::NotOptional { origin, .. }
            | Self::NoText { origin, .. }
            | Self::Unreadable { origin, .. }
            | Self::NotUtf8 { origin, .. }
            | Self::Invalid { origin, .. }
            | Self::Check { origin, .. }
            | Self::Conflict { origin, .. } => Some(origin),
            Self::InvalidExpiry { .. }
            | Self::Outdated { .. }
            | Self::NoTimer { .. }
            | Self::NotKept { .. }
            | Self::NoFlag
            | Self::Required { .. }
            | Self::Reentrant
            | Self::Rule { .. }
            | Self::Derived { .. } => None,
        }
    }
}

/// ` (path)` for a source. The beginning of the error already names the layer.
fn at(origin: &Origin) -> String {
    match origin {
        Origin::Source { location, .. } => format!(" ({})", escaped(location)),
        _ => String::new(),
    }
}

fn now(value: Option<&str>) -> String {
    value.map_or_else(
        || "it is not set now,".to_owned(),
        |value| format!("it is `{}` now,", escaped(value)),
    )
}

fn did_you_mean(similar: Option<&str>, is_variable: bool) -> String {
    let Some(name) = similar else {
        return String::new();
    };
    let variable = if is_variable {
        " (the key is that flag's environment variable, which sets it only with the source's option `env_names`)"
    } else {
        ""
    };
    format!("; did you mean `{name}`?{variable}")
}

fn then(remedy: Option<&str>) -> String {
    remedy.map_or_else(String::new, |remedy| format!("; {remedy}"))
}

fn values(possible: &[String]) -> String {
    if possible.is_empty() {
        return String::new();
    }
    // clap quotes them in the same way.
    let quoted = |value: &String| {
        if value.contains(char::is_whitespace) {
            format!("{value:?}")
        } else {
            value.clone()
        }
    };
    let quoted: Vec<_> = possible.iter().map(quoted).collect();
    format!(" [possible values: {}]", quoted.join(", "))
}
