//! `--config-schema`: a JSON Schema of a ConfigMap's `data`, for editors, for Helm, and to compare versions.

mod expression;
mod float;
mod integer;
mod keys;
mod pattern;
mod record;
mod texts;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use dflag::{FlagSchema, ValueType};
use serde::{Serialize, Serializer};

use crate::options::Options;

use keys::Keys;
pub(super) use record::{FORMAT, List, Record, Root, Type};
use texts::Texts;

/// Helm 3 and 4, and editors, know this draft. Of later ones, old releases of Helm know nothing.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The JSON Schema of `data`. Every text that sets a flag is valid by it, however it is written.
///
/// `ignored` are further names that the program knows and ignores, such as those of other subcommands' flags. They count
/// only where unknown keys are denied.
pub(crate) fn schema(flags: &[FlagSchema], options: &Options, ignored: &[String]) -> String {
    let texts: Vec<Texts> = flags.iter().map(Texts::of).collect();
    let keys = Keys::new(flags, options, ignored);
    let valid = |flag: Option<usize>| {
        let texts = flag.and_then(|flag| texts.get(flag));
        texts.cloned().unwrap_or_default()
    };
    let properties = keys.properties.into_iter().map(|key| {
        let flag = key.describes.and_then(|flag| flags.get(flag));
        let property = Property {
            texts: valid(key.constrained_by),
            ..flag.map(described).unwrap_or_default()
        };
        (key.name, property)
    });
    let patterns = keys.patterns.into_iter().map(|(key, flag)| {
        let property = Property {
            texts: valid(flag),
            ..Property::default()
        };
        (key, property)
    });
    let schema = Document {
        schema: DRAFT,
        title: "Flags",
        description: "The `data` of a ConfigMap that sets the program's flags.",
        r#type: "object",
        properties: Ordered(properties.collect()),
        pattern_properties: Ordered(patterns.collect()),
        additional_properties: keys.deny_others.then_some(false),
        root: Root::new(options),
    };
    let json = serde_json::to_string_pretty(&schema).unwrap_or_default();
    escaped(&json)
}

/// The description of a flag for people and tools.
fn described(flag: &FlagSchema) -> Property {
    let info = &flag.info;
    let shown = |text: &Option<String>| text.clone().filter(|_| !info.secret);
    let mut examples = info.possible_values.clone();
    if examples.is_empty()
        && info.covered
        && info.value != info.default
        && flag.value_type != ValueType::Bytes
    {
        examples.extend(shown(&info.value));
    }
    Property {
        description: Some(info.help.clone()).filter(|help| !help.is_empty()),
        default: shown(&info.default),
        examples,
        deprecated: info.deprecated.is_some(),
        record: Some(Record::of(flag)),
        ..Property::default()
    }
}

#[derive(Serialize)]
struct Document {
    #[serde(rename = "$schema")]
    schema: &'static str,
    title: &'static str,
    description: &'static str,
    r#type: &'static str,
    properties: Ordered,
    #[serde(
        rename = "patternProperties",
        skip_serializing_if = "Ordered::is_empty"
    )]
    pattern_properties: Ordered,
    #[serde(
        rename = "additionalProperties",
        skip_serializing_if = "Option::is_none"
    )]
    additional_properties: Option<bool>,
    #[serde(rename = "x-dflag")]
    root: Root,
}

/// A flag's schema, or what another spelling of its name is held to.
#[derive(Serialize)]
struct Property {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(flatten)]
    texts: Texts,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    #[serde(rename = "x-dflag", skip_serializing_if = "Option::is_none")]
    record: Option<Record>,
}

impl Default for Property {
    fn default() -> Self {
        Self {
            r#type: "string",
            description: None,
            texts: Texts::default(),
            default: None,
            examples: Vec::new(),
            deprecated: false,
            record: None,
        }
    }
}

/// Properties by their keys, in the order of the flags.
struct Ordered(Vec<(String, Property)>);

impl Ordered {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, property)| (key, property)))
    }
}

/// JSON with escapes for characters that can't be seen, which are in expressions for white space.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || character.escape_debug().len() == 1 || character.is_ascii_graphic()
        {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped.push('\n');
    escaped
}
