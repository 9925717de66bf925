//! Records: what a schema says of a flag for machines, under `x-dflag`.

use dflag::{FlagKind, FlagSchema, ListForm, ValueType};
use serde::{Deserialize, Serialize};

use crate::options::Options;

/// The form of the records. One that is read differently has another number.
pub(crate) const FORMAT: u32 = 1;

/// The options that decide which keys a program reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Root {
    pub(crate) format: u32,
    #[serde(default)]
    pub(crate) prefix: String,
    #[serde(default)]
    pub(crate) env_names: bool,
    #[serde(default)]
    pub(crate) deny_unknown: bool,
}

impl Root {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            format: FORMAT,
            prefix: options.keys.prefix.clone(),
            env_names: options.env_names,
            deny_unknown: options.deny_unknown,
        }
    }
}

/// One flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Record {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) aliases: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) env: Option<String>,
    pub(crate) dynamic: bool,
    pub(crate) r#type: Type,
    /// For people, and to compare types that are not known otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) type_name: Option<String>,
    /// The words or choices of the type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) ignore_case: bool,
    /// A text, since not every reader of JSON has integers of 64 bits. So is `max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) min_len: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_len: Option<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) patterns: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) list: Option<List>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) optional: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) required: bool,
    pub(crate) trim: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) secret: bool,
    /// Whether only a key that is there at start sets the flag.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) uncovered: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deprecated: Option<String>,
}

/// The type of a value or, of a list, of each member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Type {
    Boolean,
    Integer,
    Float,
    Choice,
    Text,
    Json,
    Bytes,
    Other,
}

/// The form of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct List {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delimiter: Option<char>,
    #[serde(default)]
    pub(crate) min: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<usize>,
}

impl From<&ListForm> for List {
    fn from(form: &ListForm) -> Self {
        Self {
            delimiter: form.delimiter,
            min: form.min,
            max: form.max,
        }
    }
}

impl Record {
    pub(crate) fn of(flag: &FlagSchema) -> Self {
        let info = flag.info.clone();
        let (mut min, mut max) = (info.min, info.max);
        let (mut values, mut ignores_case) = (Vec::new(), false);
        let r#type = match &flag.value_type {
            ValueType::Boolean { words } => {
                values.clone_from(words);
                Type::Boolean
            }
            ValueType::Integer {
                min: least,
                max: greatest,
            } => {
                (min, max) = (Some(least.to_string()), Some(greatest.to_string()));
                Type::Integer
            }
            ValueType::Choice {
                values: choices,
                ignore_case,
            } => {
                values.clone_from(choices);
                ignores_case = *ignore_case;
                Type::Choice
            }
            ValueType::Float { .. } => Type::Float,
            ValueType::Text => Type::Text,
            ValueType::Json => Type::Json,
            ValueType::Bytes => Type::Bytes,
            _ => Type::Other,
        };
        Self {
            name: info.name,
            aliases: info.aliases,
            env: info.env,
            dynamic: info.kind == FlagKind::Dynamic,
            r#type,
            type_name: info.type_name,
            values,
            ignore_case: ignores_case,
            min,
            max,
            min_len: info.min_len,
            max_len: info.max_len,
            patterns: flag.patterns.clone(),
            unit: info.unit,
            list: flag.list.as_ref().map(List::from),
            optional: flag.optional,
            required: flag.required,
            trim: flag.trim,
            secret: info.secret,
            uncovered: !info.covered,
            default: info.default.filter(|_| !info.secret),
            deprecated: info.deprecated,
        }
    }
}
