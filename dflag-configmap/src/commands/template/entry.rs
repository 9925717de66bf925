//! Entries: one flag of a template, as comments and a key.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dflag::{FlagKind, FlagSchema, ValueType};

use crate::commands::syntax::is_key;
use crate::options::Options;

use super::yaml::{comment, key, quoted, string};

/// Widest type whose own bounds are worth a comment.
const MAX_TOLD: i128 = u32::MAX as i128;

/// One flag.
pub(super) struct Entry<'a> {
    pub(super) flag: &'a FlagSchema,
    key: String,
    pub(super) value: Value<'a>,
}

/// The value that a template gives a flag.
pub(super) enum Value<'a> {
    Given(&'a str),
    /// None, and why. The key is a comment, for people to complete.
    Left(&'static str),
    /// No ConfigMap can set the flag by its name, and why.
    Impossible(&'static str),
}

impl<'a> Entry<'a> {
    /// `is_shared` if another flag has the same name.
    pub(super) fn new(flag: &'a FlagSchema, options: &Options, is_shared: bool) -> Self {
        let key = options.keys.key(&flag.info.name);
        let value = if is_shared {
            Value::Impossible("a program and its subcommand both have a flag of this name")
        } else if key.starts_with('.') || !is_key(&key) {
            Value::Impossible("its name can't be the key of a ConfigMap")
        } else if options.keys.name(&key).is_none() {
            Value::Impossible("the program ignores the key")
        } else {
            value(flag)
        };
        Self { flag, key, value }
    }

    /// Appends comments and key.
    pub(super) fn write(&self, manifest: &mut String) {
        let info = &self.flag.info;
        comment(manifest, 2, &info.help);
        comment(manifest, 2, &facts(self.flag));
        if !info.possible_values.is_empty() {
            let values = info.possible_values.join(", ");
            comment(manifest, 2, &format!("Possible values: {values}"));
        }
        for pattern in &self.flag.patterns {
            comment(manifest, 2, &format!("Pattern: {pattern}"));
        }
        if let Some(instead) = &info.deprecated {
            comment(manifest, 2, &format!("Deprecated: {instead}"));
        }
        if info.kind == FlagKind::Static {
            comment(manifest, 2, "Static: a change needs a restart.");
        }
        let name = key(&self.key);
        let _ = match self.value {
            Value::Given(text) => writeln!(manifest, "  {name}: {}", string(text, 2)),
            Value::Left(reason) => {
                comment(manifest, 2, reason);
                writeln!(manifest, "  # {name}: \"\"")
            }
            Value::Impossible(reason) => {
                let name = &info.name;
                comment(
                    manifest,
                    2,
                    &format!("`{name}` can't be set here: {reason}."),
                );
                Ok(())
            }
        };
    }
}

fn value(flag: &FlagSchema) -> Value<'_> {
    let info = &flag.info;
    let Some(text) = &info.value else {
        return Value::Left(if flag.required {
            "Required, and not set."
        } else {
            "Not set."
        });
    };
    if info.secret {
        return Value::Left("Secret: its value is left out.");
    }
    if !info.covered {
        return Value::Left("Its value is left out: only a key that is there at start sets it.");
    }
    let is_expressible = flag.value_type != ValueType::Bytes || is_one_base64(flag, text);
    if !flag.reads_back && flag.trim && text.trim() != text {
        return Value::Left("Its value is left out: white space around it would be trimmed.");
    }
    if !flag.reads_back || !is_expressible {
        return Value::Left("Its value is left out: no ConfigMap can give it.");
    }
    Value::Given(text)
}

/// Whether `binaryData` can hold the bytes: a key of it gives a list one member.
fn is_one_base64(flag: &FlagSchema, text: &str) -> bool {
    (flag.list.is_none() || !text.is_empty()) && BASE64_STANDARD.decode(text).is_ok()
}

/// Type, bounds, unit and default in one line.
fn facts(flag: &FlagSchema) -> String {
    let info = &flag.info;
    let mut facts = Vec::new();
    facts.extend(info.type_name.as_ref().map(|name| format!("Type: {name}")));
    let (mut min, mut max) = (info.min.clone(), info.max.clone());
    if let ValueType::Integer {
        min: least,
        max: greatest,
    } = flag.value_type
        && greatest <= MAX_TOLD
    {
        (min, max) = (Some(least.to_string()), Some(greatest.to_string()));
    }
    let bounds = [("min", min), ("max", max)];
    let lengths = [("min length", info.min_len), ("max length", info.max_len)];
    let lengths = lengths.map(|(name, length)| (name, length.map(|length| length.to_string())));
    let unit = [("unit", info.unit.clone())];
    let default = info
        .default
        .clone()
        .filter(|_| info.value != info.default && !info.secret);
    let named = bounds
        .into_iter()
        .chain(lengths)
        .chain(unit)
        .chain([("default", default)]);
    for (name, text) in named {
        facts.extend(text.map(|text| format!("{name}: {}", shown(&text))));
    }
    facts.join("; ")
}

/// A value within a comment.
fn shown(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.trim() != text || text.contains('\n') {
        quoted(text).into()
    } else {
        text.into()
    }
}
