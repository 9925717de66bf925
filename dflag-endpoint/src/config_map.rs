//! The flags as a ConfigMap, to be applied or committed.

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dflag::{FlagInfo, Listing, Origin, SourceStatus};

use crate::program::Program;

/// The name of the ConfigMap from which the program gets its flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigMapName {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    /// The beginning of the program's keys in it.
    pub(crate) prefix: String,
}

impl ConfigMapName {
    /// `NAMESPACE/NAME`, or `NAME`.
    pub(crate) fn parse(name: &str) -> Self {
        let (namespace, name) = match name.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, name),
        };
        Self {
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
            prefix: String::new(),
        }
    }

    /// The name that the program gave the endpoint, or else the one that a source knows.
    pub(crate) fn of(given: Option<&Self>, sources: &[SourceStatus]) -> Option<Self> {
        let objects = sources.iter().filter_map(|source| source.object.as_ref());
        let known = { objects }.next().map(|object| Self {
            name: object.name.clone(),
            namespace: Some(object.namespace.clone()).filter(|namespace| !namespace.is_empty()),
            prefix: object.prefix.clone(),
        });
        match (given, known) {
            (Some(given), Some(known)) => Some(Self {
                prefix: known.prefix,
                ..given.clone()
            }),
            (given, known) => given.cloned().or(known),
        }
    }
}

/// A manifest with the values that sources and overrides give, the topmost of each flag. It has no secret.
pub(crate) fn manifest(
    listing: &Listing,
    name: Option<&ConfigMapName>,
    (title, program): (&str, &Program),
) -> String {
    let mut yaml = String::new();
    let mut omitted = Vec::new();
    let [mut data, mut binary_data] = [String::new(), String::new()];
    let prefix = name.map_or("", |name| &*name.prefix);
    for flag in &listing.flags {
        let (section, text) = match value(flag) {
            Value::None => continue,
            Value::Omitted(reason) => {
                omitted.push((&flag.name, reason));
                continue;
            }
            Value::Text(text) => (&mut data, text),
            Value::Base64(text) => (&mut binary_data, text),
        };
        // Writing to a String does not fail.
        let key = format!("{prefix}{}", flag.name);
        let _ = writeln!(section, "  {}: {}", quoted(&key), quoted(text));
    }
    let instance = program.instance.as_deref();
    let instance = instance.map(|instance| format!(" on {instance}"));
    let comment = format!(
        "The values that sources and overrides give {title}{}, generation {}.",
        instance.unwrap_or_default(),
        listing.generation
    );
    let _ = writeln!(yaml, "# {}", one_line(&comment));
    for (flag, reason) in omitted {
        let _ = writeln!(yaml, "# `{}` is left out: {reason}", one_line(flag));
    }
    let (name, namespace) = match name {
        Some(name) => (&*name.name, name.namespace.as_deref()),
        None => ("flags", None),
    };
    let _ = writeln!(yaml, "apiVersion: v1\nkind: ConfigMap\nmetadata:");
    let _ = writeln!(yaml, "  name: {}", quoted(name));
    if let Some(namespace) = namespace {
        let _ = writeln!(yaml, "  namespace: {}", quoted(namespace));
    }
    if data.is_empty() && binary_data.is_empty() {
        yaml.push_str("data: {}\n");
    }
    for (name, section) in [("data", data), ("binaryData", binary_data)] {
        if !section.is_empty() {
            let _ = write!(yaml, "{name}:\n{section}");
        }
    }
    yaml
}

/// Whether `binaryData` can hold the text of a flag whose value is bytes: a key of it is one value.
pub(crate) fn is_binary_data(text: &str, is_list: bool) -> bool {
    (!is_list || !text.is_empty()) && BASE64_STANDARD.decode(text).is_ok()
}

enum Value<'a> {
    /// No source and no override has one.
    None,
    /// It can't be written, for this reason.
    Omitted(&'static str),
    Text(&'a str),
    Base64(&'a str),
}

fn value(flag: &FlagInfo) -> Value<'_> {
    let is_from_outside =
        |origin: &Origin| matches!(origin, Origin::Source { .. } | Origin::Override);
    let mut layers = flag.layers.iter().rev();
    match layers.find(|layer| is_from_outside(&layer.origin)) {
        None => Value::None,
        Some(_) if flag.secret || !flag.covered => Value::Omitted("its value is secret"),
        Some(layer) => match &layer.value {
            Some(text) if !flag.bytes => Value::Text(text),
            Some(text) if is_binary_data(text, flag.many) => Value::Base64(text),
            Some(_) => Value::Omitted("a key of a ConfigMap gives it exactly one value"),
            None => Value::Omitted("no key of a ConfigMap means that it has no value"),
        },
    }
}

fn one_line(text: &str) -> String {
    text.escape_debug().to_string().replace("\\'", "'")
}

/// The text in double quotes, as in JSON, of which YAML reads more characters as line breaks, and some not at all.
fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    let mut quoted = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\u{7f}'..='\u{a0}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::{ConfigMapName, quoted};

    #[test]
    fn a_name_may_have_a_namespace() {
        let name = ConfigMapName::parse("prod/server");
        assert_eq!(
            (&*name.name, name.namespace.as_deref()),
            ("server", Some("prod"))
        );
        let name = ConfigMapName::parse("server");
        assert_eq!((&*name.name, name.namespace), ("server", None));
    }

    #[test]
    fn quotes_keep_every_character() {
        assert_eq!(quoted("a\"b\\\n"), r#""a\"b\\\n""#);
        assert_eq!(quoted("\u{85}\u{2028}é"), "\"\\u0085\\u2028é\"");
        assert_eq!(quoted("\u{fffe}\u{ffff}"), "\"\\ufffe\\uffff\"");
    }
}
