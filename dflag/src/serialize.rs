//! The feature `serde`: the shapes that a derive can't give.

use serde::{Serialize, Serializer};

use crate::error::{Cause, Problem, Rejected};
use crate::listing::checksum::Checksum;
use crate::origin::Origin;

/// A string of sixteen hexadecimal digits: many readers of JSON round a 64-bit number.
impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Its text.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An object: `text`, which is what `Display` writes, and the fields.
impl Serialize for Rejected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "Rejected")]
        struct Fields<'a> {
            text: String,
            source: &'a str,
            problems: &'a [Problem],
            unknown: &'a [Problem],
            volatile: bool,
        }

        let fields = Fields {
            text: self.to_string(),
            source: &self.source,
            problems: &self.problems,
            unknown: &self.unknown,
            volatile: self.volatile,
        };
        fields.serialize(serializer)
    }
}

/// An object: `kind`, which is the variant in kebab case, `text`, which is what `Display` writes,
/// and the variant's fields.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ProblemFields::of(self).serialize(serializer)
    }
}

/// The fields of all variants. A field that the variant does not have, or has no value for, is left out.
#[derive(Default, Serialize)]
#[serde(rename = "Problem")]
struct ProblemFields<'a> {
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other_origin: Option<&'a Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    similar: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_variable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<&'a Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<&'a Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<&'a Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignored: Option<&'a Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    possible_values: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

impl<'a> ProblemFields<'a> {
    #[expect(clippy::too_many_lines, reason = "an arm for each variant")]
    fn of(problem: &'a Problem) -> Self {
        let common = Self::common(problem);
        // No `..`: a field that is added to a variant is serialized, or this does not compile.
        match problem {
            Problem::Unknown {
                key,
                origin: _,
                similar,
                is_variable,
            } => Self {
                key: Some(key),
                similar: similar.as_deref(),
                is_variable: is_variable.then_some(true),
                ..common
            },
            Problem::Uncovered {
                key,
                flag: _,
                origin: _,
            } => Self {
                key: Some(key),
                ..common
            },
            Problem::Duplicate {
                flag: _,
                first,
                second,
            } => Self {
                first: Some(first),
                second: Some(second),
                ..common
            },
            Problem::Overruled {
                flag: _,
                applied,
                ignored,
            } => Self {
                applied: Some(applied),
                ignored: Some(ignored),
                ..common
            },
            Problem::Unreadable {
                flag: _,
                origin: _,
                cause,
            } => Self {
                cause: Some(cause),
                ..common
            },
            Problem::Invalid {
                flag: _,
                origin: _,
                reason,
                possible_values,
                remedy,
            } => Self {
                reason: Some(reason),
                possible_values: Some(possible_values),
                remedy: *remedy,
                ..common
            },
            Problem::Check {
                flag: _,
                origin: _,
                reason,
                remedy,
            } => Self {
                reason: Some(reason),
                remedy: *remedy,
                ..common
            },
            Problem::Conflict {
                flag: _,
                origin: _,
                other,
                other_origin,
            } => Self {
                other: Some(other),
                other_origin: Some(other_origin),
                ..common
            },
            Problem::Required { flag: _, remedy }
            | Problem::NoText {
                flag: _,
                origin: _,
                remedy,
            } => Self {
                remedy: Some(remedy),
                ..common
            },
            Problem::InvalidExpiry { flag: _, reason } | Problem::NotKept { flag: _, reason } => {
                Self {
                    reason: Some(reason),
                    ..common
                }
            }
            Problem::Outdated {
                flag: _,
                expected,
                revision,
                value,
            } => Self {
                expected: Some(*expected),
                revision: Some(*revision),
                value: value.as_deref(),
                ..common
            },
            Problem::NoTimer { cause } => Self {
                reason: Some(cause),
                ..common
            },
            Problem::Static { flag: _, origin: _ }
            | Problem::NotOptional { flag: _, origin: _ }
            | Problem::NotUtf8 { flag: _, origin: _ }
            | Problem::NoFlag
            | Problem::Reentrant => common,
            Problem::Rule { reason } => Self {
                reason: Some(reason),
                ..common
            },
            Problem::Derived { location, reason } => Self {
                location: Some(location),
                reason: Some(reason),
                ..common
            },
        }
    }

    fn common(problem: &'a Problem) -> Self {
        Self {
            kind: kind(problem),
            text: problem.to_string(),
            flag: problem.flag(),
            origin: origin(problem),
            ..Self::default()
        }
    }
}

/// The origin of the problem's one value or key.
fn origin(problem: &Problem) -> Option<&Origin> {
    match problem {
        Problem::Unknown { origin, .. }
        | Problem::Uncovered { origin, .. }
        | Problem::Static { origin, .. }
        | Problem::NotOptional { origin, .. }
        | Problem::NoText { origin, .. }
        | Problem::NotUtf8 { origin, .. }
        | Problem::Unreadable { origin, .. }
        | Problem::Invalid { origin, .. }
        | Problem::Check { origin, .. }
        | Problem::Conflict { origin, .. } => Some(origin),
        _ => None,
    }
}

/// The variant in kebab case.
fn kind(problem: &Problem) -> &'static str {
    match problem {
        Problem::Unknown { .. } => "unknown",
        Problem::Uncovered { .. } => "uncovered",
        Problem::Duplicate { .. } => "duplicate",
        Problem::Overruled { .. } => "overruled",
        Problem::Static { .. } => "static",
        Problem::NotOptional { .. } => "not-optional",
        Problem::NoText { .. } => "no-text",
        Problem::InvalidExpiry { .. } => "invalid-expiry",
        Problem::Outdated { .. } => "outdated",
        Problem::NoTimer { .. } => "no-timer",
        Problem::NotKept { .. } => "not-kept",
        Problem::NoFlag => "no-flag",
        Problem::Unreadable { .. } => "unreadable",
        Problem::NotUtf8 { .. } => "not-utf8",
        Problem::Invalid { .. } => "invalid",
        Problem::Check { .. } => "check",
        Problem::Required { .. } => "required",
        Problem::Conflict { .. } => "conflict",
        Problem::Reentrant => "reentrant",
        Problem::Rule { .. } => "rule",
        Problem::Derived { .. } => "derived",
    }
}
