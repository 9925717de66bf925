//! Flags and the status of their sources.

use std::time::Duration;

use dflag::{FlagInfo, FlagKind, LayerInfo, Origin, SourceStatus};
use serde::{Serialize, Serializer};

use super::pretty::pretty;
use super::program::ProgramInfo;
use super::source::serialize_sources;

/// The selected flags, and what applies to the whole set.
#[derive(Debug, Serialize)]
pub(crate) struct FlagList {
    pub(crate) checksum_static: String,
    pub(crate) checksum_dynamic: String,
    /// Where a flag is set; empty while setting is off.
    pub(crate) set_url: String,
    /// Where an override is cleared; empty if the program allows no edits.
    pub(crate) clear_url: String,
    pub(crate) generation: u64,
    pub(crate) revision: u64,
    pub(crate) program: ProgramInfo,
    pub(crate) flags: Vec<Flag>,
    /// The rules for which a restart would fail.
    pub(crate) restart_problems: Vec<String>,
    #[serde(serialize_with = "serialize_sources")]
    pub(crate) sources: Vec<SourceStatus>,
}

/// A flag. A secret's values are masked.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the fields are those of the JSON"
)]
pub(crate) struct Flag {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Empty if the flag is not set.
    pub(crate) current_value: String,
    /// Empty if there is no default.
    pub(crate) default_value: String,
    pub(crate) is_changed: bool,
    pub(crate) is_dynamic: bool,
    pub(crate) is_json: bool,
    /// Whether the flag takes any number of values, separated by its delimiter or by line breaks: it is
    /// a list or a set of strings.
    pub(crate) is_list: bool,
    /// Whether the value is raw bytes, or a list of them, which the texts have in base64.
    pub(crate) is_bytes: bool,
    /// Whether the flag may have no value.
    pub(crate) is_optional: bool,
    /// Whether there is a current value: an optional flag may have none.
    pub(crate) is_set: bool,
    pub(crate) has_default: bool,
    pub(crate) is_secret: bool,
    /// Whether a struct that derives `DynamicFlags` declares it.
    pub(crate) is_covered: bool,
    pub(crate) is_overridden: bool,
    /// Whether the program's own code changed the value that the origin gave.
    pub(crate) is_adjusted: bool,
    /// To which an edit may belong.
    pub(crate) revision: u64,
    /// `default`, `environment`, `command line`, `override`, or the name of a source.
    pub(crate) origin: String,
    /// Where in the source the value is, such as a file's path.
    pub(crate) origin_location: Option<String>,
    /// From the bottom up.
    pub(crate) layers: Vec<LayerValue>,
    /// Of an override that expires.
    pub(crate) expiry: Option<OverrideExpiry>,
    pub(crate) pending_restart: Option<PendingValue>,
    /// Empty if clap does not know them.
    pub(crate) possible_values: Vec<String>,
    pub(crate) environment_variable: Option<String>,
    /// The field's type, if a struct with `DynamicFlags` declares it.
    #[serde(rename = "type")]
    pub(crate) type_name: Option<String>,
    /// The heading in `--help`.
    pub(crate) group: Option<String>,
    pub(crate) unit: Option<String>,
    /// The bounds that are known, as text.
    pub(crate) min: Option<String>,
    pub(crate) max: Option<String>,
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    /// What to use instead of the flag.
    pub(crate) deprecated: Option<String>,
    /// Why a source's newest update was rejected, if its error names the flag.
    pub(crate) rejection: Option<String>,
}

/// A flag's value in one layer. A secret's value is masked.
#[derive(Debug, Serialize)]
pub(crate) struct LayerValue {
    /// As for [`Flag`].
    pub(crate) origin: String,
    pub(crate) origin_location: Option<String>,
    /// `None` if the layer leaves an optional flag unset.
    pub(crate) value: Option<String>,
}

/// When an override expires.
#[derive(Debug, Serialize)]
pub(crate) struct OverrideExpiry {
    /// In seconds; 0 if it is overdue.
    #[serde(serialize_with = "serialize_seconds")]
    pub(crate) remaining: Duration,
    /// Why an overdue override stays.
    pub(crate) reason: Option<String>,
}

fn serialize_seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// The value that a static flag will have after a restart.
#[derive(Debug, Serialize)]
pub(crate) struct PendingValue {
    /// `None` if the flag will not be set.
    pub(crate) value: Option<String>,
}

impl Flag {
    /// The text that decides the value, before the program's own code adjusts it. That is what an edit
    /// replaces.
    pub(crate) fn given_value(&self) -> Option<&str> {
        if !self.is_adjusted {
            return self.is_set.then_some(&self.current_value);
        }
        let mut layers = self.layers.iter().rev();
        let origin = (&self.origin, &self.origin_location);
        let deciding = layers.find(|layer| (&layer.origin, &layer.origin_location) == origin);
        deciding?.value.as_deref()
    }
}

impl From<FlagInfo> for Flag {
    fn from(flag: FlagInfo) -> Self {
        let format = |value: String| {
            if flag.json && !flag.secret {
                pretty(&value).unwrap_or(value)
            } else {
                value
            }
        };
        let (origin, origin_location) = name_and_location(&flag.origin);
        let layers = flag
            .layers
            .into_iter()
            .map(|LayerInfo { origin, value, .. }| {
                let (origin, origin_location) = name_and_location(&origin);
                LayerValue {
                    origin,
                    origin_location,
                    value: value.map(format),
                }
            });
        Self {
            is_set: flag.value.is_some(),
            has_default: flag.default.is_some(),
            layers: layers.collect(),
            current_value: flag.value.map(format).unwrap_or_default(),
            default_value: flag.default.map(format).unwrap_or_default(),
            name: flag.name,
            description: flag.help,
            is_changed: flag.changed,
            is_dynamic: flag.kind == FlagKind::Dynamic,
            is_json: flag.json,
            is_list: flag.many,
            is_bytes: flag.bytes,
            is_optional: flag.optional,
            is_secret: flag.secret,
            is_covered: flag.covered,
            is_overridden: flag.origin == Origin::Override,
            is_adjusted: flag.adjusted,
            revision: flag.revision,
            origin,
            origin_location,
            expiry: flag.expiry.map(|expiry| OverrideExpiry {
                remaining: expiry.remaining,
                reason: expiry.reason,
            }),
            pending_restart: flag.pending_restart.map(|pending| PendingValue {
                value: pending.value,
            }),
            possible_values: flag.possible_values,
            environment_variable: flag.env,
            type_name: flag.type_name,
            group: flag.group,
            unit: flag.unit,
            min: flag.min,
            max: flag.max,
            min_length: flag.min_len,
            max_length: flag.max_len,
            deprecated: flag.deprecated,
            rejection: None,
        }
    }
}

/// The name of an origin, and where in a source it is.
fn name_and_location(origin: &Origin) -> (String, Option<String>) {
    match origin {
        Origin::Source { name, location } => (name.to_string(), Some(location.to_string())),
        other => (other.to_string(), None),
    }
}
