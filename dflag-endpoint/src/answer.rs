//! Answers: what is said of a set of flags, in the shape that scripts read.
//!
//! The fields that the Go original has are named and mean as there; the others stand beside them.

use std::time::SystemTime;

use dflag::{Change, FlagInfo, FlagKind, Origin, SourceStatus};
use serde::Serialize;

use crate::layout::laid_out;

/// The JSON schema of every answer, and of the events' data under its `$defs`.
///
/// It stands in the crate as `schema/answers.json`, too.
pub const SCHEMA: &str = include_str!("../schema/answers.json");

/// Flags, and all that is to be known about the set.
#[derive(Debug, Serialize)]
pub(crate) struct Listing {
    pub(crate) checksum_static: String,
    pub(crate) checksum_dynamic: String,
    /// Where a flag is set; empty while setting is off.
    pub(crate) set_url: String,
    /// Where an override is cleared; empty while setting is off.
    pub(crate) clear_url: String,
    pub(crate) generation: u64,
    pub(crate) flags: Vec<Flag>,
    pub(crate) sources: Vec<Source>,
}

/// A flag. A secret's values are masked.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape that scripts read")]
pub(crate) struct Flag {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Empty where the flag is not set.
    pub(crate) current_value: String,
    /// Empty where the flag has none.
    pub(crate) default_value: String,
    pub(crate) is_changed: bool,
    pub(crate) is_dynamic: bool,
    pub(crate) is_json: bool,
    /// Whether it takes any number of values: with a delimiter, or one a line.
    pub(crate) is_list: bool,
    /// Whether there is a current value: an optional flag may have none.
    pub(crate) is_set: bool,
    pub(crate) has_default: bool,
    pub(crate) is_secret: bool,
    pub(crate) is_overridden: bool,
    /// `default`, `environment`, `command line`, `override`, or the name of a source.
    pub(crate) origin: String,
    /// Where in the source the value stands.
    pub(crate) origin_location: Option<String>,
    /// For a static flag of which a source wants another value.
    pub(crate) pending_restart: Option<Pending>,
    /// Empty where they are not known.
    pub(crate) possible_values: Vec<String>,
    pub(crate) environment_variable: Option<String>,
}

/// The value that a static flag gets when the program starts again.
#[derive(Debug, Serialize)]
pub(crate) struct Pending {
    /// `None` where the flag will not be set.
    pub(crate) value: Option<String>,
}

/// How a source is doing.
#[derive(Debug, Serialize)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) watching: String,
    pub(crate) generation: u64,
    pub(crate) applied: u64,
    pub(crate) rejected: u64,
    /// Seconds since 1970, as in the metrics.
    pub(crate) last_scan: Option<f64>,
    pub(crate) last_success: Option<f64>,
    pub(crate) last_error: Option<String>,
    pub(crate) unknown_keys: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

impl From<FlagInfo> for Flag {
    fn from(flag: FlagInfo) -> Self {
        let shown = |text: Option<String>| {
            let text = text.unwrap_or_default();
            if flag.json && !flag.secret {
                laid_out(&text).unwrap_or(text)
            } else {
                text
            }
        };
        let (origin, origin_location) = match &flag.origin {
            Origin::Source { name, location } => (name.to_string(), Some(location.to_string())),
            other => (other.to_string(), None),
        };
        Self {
            is_set: flag.value.is_some(),
            has_default: flag.default.is_some(),
            current_value: shown(flag.value),
            default_value: shown(flag.default),
            name: flag.name,
            description: flag.help,
            is_changed: flag.changed,
            is_dynamic: flag.kind == FlagKind::Dynamic,
            is_json: flag.json,
            is_list: flag.many,
            is_secret: flag.secret,
            is_overridden: flag.origin == Origin::Override,
            origin,
            origin_location,
            pending_restart: flag.pending_restart.map(|wanted| Pending {
                value: wanted.value,
            }),
            possible_values: flag.possible_values,
            environment_variable: flag.env,
        }
    }
}

impl From<SourceStatus> for Source {
    fn from(status: SourceStatus) -> Self {
        Self {
            name: status.name,
            location: status.location,
            watching: status.watching,
            generation: status.generation,
            applied: status.applied,
            rejected: status.rejected,
            last_scan: status.last_scan.map(seconds),
            last_success: status.last_success.map(seconds),
            last_error: status.last_error,
            unknown_keys: status.unknown_keys,
            warnings: status.warnings,
        }
    }
}

/// What came of setting or clearing flags.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// The generation that holds the change.
    pub(crate) generation: u64,
    /// Each flag that was named, in the order of the request.
    pub(crate) flags: Vec<Turned>,
}

/// A flag that was set or cleared. A secret's values are masked.
#[derive(Debug, Serialize)]
pub(crate) struct Turned {
    pub(crate) name: String,
    /// `None` where the flag was not set.
    pub(crate) old: Option<String>,
    /// `None` where the flag is not set now.
    pub(crate) new: Option<String>,
}

impl From<&Change> for Turned {
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
pub(crate) struct Rejection {
    /// All of it, in words.
    pub(crate) error: String,
    /// Flag by flag, where it is about flags.
    pub(crate) problems: Vec<Wrong>,
}

/// One thing that is wrong.
#[derive(Debug, Serialize)]
pub(crate) struct Wrong {
    /// The flag, or the key that names none; `None` where it is about the flags together.
    pub(crate) name: Option<String>,
    /// `unknown`, `static`, `invalid` or `rule`.
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    /// The valid values, where they are known.
    pub(crate) possible_values: Vec<String>,
}

pub(crate) fn seconds(time: SystemTime) -> f64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
