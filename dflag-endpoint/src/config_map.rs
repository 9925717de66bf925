//! The flags as a ConfigMap, to be applied or committed.

use std::fmt::Write as _;

use dflag::{FlagInfo, Listing, Origin};

use crate::program::Program;

/// The name of the ConfigMap from which the program gets its flags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigMapName {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
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
    let mut data = String::new();
    for flag in &listing.flags {
        match value(flag) {
            Value::None => {}
            Value::Omitted(reason) => omitted.push((&flag.name, reason)),
            Value::Text(text) => {
                // Writing to a String does not fail.
                let _ = writeln!(data, "  {}: {}", quoted(&flag.name), quoted(text));
            }
        }
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
        Some(ConfigMapName { name, namespace }) => (&**name, namespace.as_deref()),
        None => ("flags", None),
    };
    let _ = writeln!(yaml, "apiVersion: v1\nkind: ConfigMap\nmetadata:");
    let _ = writeln!(yaml, "  name: {}", quoted(name));
    if let Some(namespace) = namespace {
        let _ = writeln!(yaml, "  namespace: {}", quoted(namespace));
    }
    if data.is_empty() {
        yaml.push_str("data: {}\n");
    } else {
        yaml.push_str("data:\n");
        yaml.push_str(&data);
    }
    yaml
}

enum Value<'a> {
    /// No source and no override has one.
    None,
    /// It can't be written, for this reason.
    Omitted(&'static str),
    Text(&'a str),
}

fn value(flag: &FlagInfo) -> Value<'_> {
    let is_from_outside =
        |origin: &Origin| matches!(origin, Origin::Source { .. } | Origin::Override);
    let mut layers = flag.layers.iter().rev();
    match layers.find(|layer| is_from_outside(&layer.origin)) {
        None => Value::None,
        Some(_) if flag.secret || !flag.covered => Value::Omitted("its value is secret"),
        // A file has the bytes themselves, which a listing shows in base64.
        Some(_) if flag.type_name.as_deref().is_some_and(is_bytes) => {
            Value::Omitted("its value is bytes")
        }
        Some(layer) => match &layer.value {
            Some(text) => Value::Text(text),
            None => Value::Omitted("no key of a ConfigMap means that it has no value"),
        },
    }
}

fn is_bytes(type_name: &str) -> bool {
    type_name.contains("Bytes")
}

fn one_line(text: &str) -> String {
    text.escape_debug().to_string().replace("\\'", "'")
}

/// The text in double quotes, as in JSON, of which YAML reads more characters as line breaks.
fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    let mut quoted = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
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
    }
}
