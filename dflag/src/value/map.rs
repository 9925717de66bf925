//! Maps: keys with values.

use std::any::Any;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use clap::builder::TypedValueParser;
use clap::{Arg, ArgAction, Command};

use crate::text::escape::escaped;
use crate::text::json_object;
use crate::text::list::{ListFormat, Reading, trimmed};

/// Parses a map: entries `key=value` that are separated by commas or line breaks, or a JSON object of
/// strings, numbers and booleans. An empty text is an empty map.
///
/// White space around keys and values and empty entries are dropped, except in an object. The first
/// `=` of an entry ends its key; a key or a value with a comma, a line break or an outer blank needs
/// the object. A key that occurs twice is an error.
///
/// Keys and values are parsed as their types' [`FromStr`] does. Maps that are equal have equal
/// [checksums](crate::Checksum), if the [`Display`] of keys and values writes texts that are read back, and these
/// together have at most 256 bytes.
///
/// The argument of a map must have no `value_delimiter`, at which clap splits a command line's text and a default
/// before they are parsed: each is then rejected. That of a `Vec` of maps may have one other than the comma.
///
/// The field must be a [`BTreeMap`]. Where the field's type is not the parser's, such as a `HashMap`, clap panics at
/// start and names both types.
///
/// ```
/// use std::collections::BTreeMap;
/// use clap::Parser;
/// use dflag::DynamicFlags;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// Requests per second by tenant.
///     #[arg(long, default_value = "", value_parser = dflag::value::map::<String, u32>())]
///     #[flag(dynamic)]
///     limits: BTreeMap<String, u32>,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// assert!(args.limits.load().is_empty());
///
/// args.set("limits", "acme=100, umbrella=20")?;
/// assert_eq!(args.limits.load()["umbrella"], 20);
///
/// args.set("limits", r#"{"acme": 50}"#)?;
/// assert_eq!(args.limits.load()["acme"], 50);
///
/// let rejected = args.set("limits", "acme=1,acme=2").unwrap_err();
/// assert!(rejected.to_string().contains("key `acme` occurs twice"));
/// let rejected = args.set("limits", "acme=many").unwrap_err();
/// assert!(rejected.to_string().contains("value of `acme`: invalid digit"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn map<K, V>() -> impl TypedValueParser<Value = BTreeMap<K, V>>
where
    K: FromStr<Err: Display> + Display + Ord + Any + Clone + Send + Sync,
    V: FromStr<Err: Display> + Display + Any + Clone + Send + Sync,
{
    MapParser(PhantomData::<fn() -> (K, V)>)
}

/// A function that parses would not see the argument.
struct MapParser<K, V>(PhantomData<fn() -> (K, V)>);

impl<K, V> Clone for MapParser<K, V> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<K, V> TypedValueParser for MapParser<K, V>
where
    K: FromStr<Err: Display> + Ord + Any + Clone + Send + Sync,
    V: FromStr<Err: Display> + Any + Clone + Send + Sync,
{
    type Value = BTreeMap<K, V>;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<BTreeMap<K, V>, clap::Error> {
        if arg.is_some_and(is_split) {
            let rejected = |_: &str| Err::<BTreeMap<K, V>, _>(MapError::Split);
            return rejected.parse_ref(command, arg, value);
        }
        parse::<K, V>.parse_ref(command, arg, value)
    }
}

/// Whether clap splits a map of this argument.
fn is_split(arg: &Arg) -> bool {
    let takes_one = matches!(arg.get_action(), ArgAction::Set);
    let delimiter = arg.get_value_delimiter();
    delimiter.is_some_and(|delimiter| takes_one || delimiter == ',')
}

/// How entries are separated.
const FORMAT: ListFormat = ListFormat {
    delimiter: Some(','),
    trim: true,
    drop_empty: true,
    arrays: true,
};

#[derive(Debug, thiserror::Error)]
enum MapError {
    #[error("entry `{}` has no `=`: write `key=value`", escaped(.0))]
    NoValue(String),
    #[error("entry `{}` has no key: write `key=value`", escaped(.0))]
    NoKey(String),
    #[error("key `{}` occurs twice", escaped(.0))]
    Duplicate(String),
    #[error("key `{}`: {reason}", escaped(.key))]
    Key { key: String, reason: String },
    #[error("value of `{}`: {reason}", escaped(.key))]
    Value { key: String, reason: String },
    #[error("expected a JSON object of strings, numbers and booleans, or entries `key=value`")]
    NotAnObject,
    #[error("the argument's `value_delimiter` splits a map; remove it from the argument")]
    Split,
    #[error("write one entry `key=value` a line, without a dash")]
    Dashes,
}

fn parse<K, V>(text: &str) -> Result<BTreeMap<K, V>, MapError>
where
    K: FromStr<Err: Display> + Ord,
    V: FromStr<Err: Display>,
{
    let mut map = BTreeMap::new();
    for (key, value) in pairs(text)? {
        let parsed_key = key.parse().map_err(|error: K::Err| MapError::Key {
            key: key.clone(),
            reason: error.to_string(),
        })?;
        let value = value.parse().map_err(|error: V::Err| MapError::Value {
            key: key.clone(),
            reason: error.to_string(),
        })?;
        if map.insert(parsed_key, value).is_some() {
            return Err(MapError::Duplicate(key));
        }
    }
    Ok(map)
}

/// The keys and values as texts.
fn pairs(text: &str) -> Result<Vec<(String, String)>, MapError> {
    let text = trimmed(text);
    if text.starts_with('{') {
        return json_object::members(text).ok_or(MapError::NotAnObject);
    }
    let entries = match FORMAT.read(text) {
        Reading::Members(entries) | Reading::Literals { plain: entries, .. } => entries,
        Reading::Dashes { .. } => return Err(MapError::Dashes),
    };
    let pair = |entry: String| match entry.split_once('=') {
        None => Err(MapError::NoValue(entry)),
        Some((key, _)) if key.trim_end().is_empty() => Err(MapError::NoKey(entry)),
        Some((key, value)) => Ok((key.trim_end().to_owned(), value.trim_start().to_owned())),
    };
    entries.into_iter().map(pair).collect()
}

/// A map as text that [`map`] reads: entries, or an object where these would not be read back.
pub(crate) fn map_text(pairs_of_map: &[(String, String)]) -> String {
    let entries: Vec<_> = pairs_of_map
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let entries = entries.join(",");
    match pairs(&entries) {
        Ok(read) if read == pairs_of_map => entries,
        _ => json_object::to_json(pairs_of_map),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{map_text, parse};

    type Map = BTreeMap<String, String>;

    fn map(pairs: &[(&str, &str)]) -> Map {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn read(text: &str) -> Result<Map, String> {
        parse(text).map_err(|error| error.to_string())
    }

    #[test]
    fn texts_are_read_as_entries_or_as_an_object() {
        for (text, expected) in [
            ("", &[] as &[_]),
            (" \n", &[]),
            (",", &[]),
            ("{}", &[]),
            ("a=1", &[("a", "1")]),
            (
                "\u{feff}a = 1 , b=2,\r\nc=3\n",
                &[("a", "1"), ("b", "2"), ("c", "3")],
            ),
            ("a=", &[("a", "")]),
            ("a=b=c", &[("a", "b=c")]),
            (
                r#"{"a": 1, "b": true, " c": ",="}"#,
                &[("a", "1"), ("b", "true"), (" c", ",=")],
            ),
            (r#"["a=1,2", "b=3"]"#, &[("a", "1,2"), ("b", "3")]),
            (r#"{"":""}"#, &[("", "")]),
        ] {
            assert_eq!(read(text), Ok(map(expected)), "{text}");
        }
    }

    #[test]
    fn errors_name_the_entry() {
        for (text, expected) in [
            ("a=1,b", "entry `b` has no `=`: write `key=value`"),
            ("a: 1", "entry `a: 1` has no `=`: write `key=value`"),
            ("=1", "entry `=1` has no key: write `key=value`"),
            ("a=1\na = 2", "key `a` occurs twice"),
            (r#"{"a":1,"a":1}"#, "key `a` occurs twice"),
            (
                "- a=1\n- b=2",
                "write one entry `key=value` a line, without a dash",
            ),
            ("a\u{1}", "entry `a\\u{1}` has no `=`: write `key=value`"),
        ] {
            assert_eq!(read(text), Err(expected.to_owned()), "{text}");
        }
        assert!(
            read(r#"{"a":null}"#)
                .unwrap_err()
                .starts_with("expected a JSON object")
        );
        let error = |text| parse::<u8, u8>(text).unwrap_err().to_string();
        assert!(error("x=1").starts_with("key `x`: invalid digit"));
        assert!(error("1=300").starts_with("value of `1`: number too large"));
        assert_eq!(error("1=1,01=2"), "key `01` occurs twice");
    }

    #[test]
    fn written_maps_are_read_back() {
        let parts = [
            "",
            " ",
            "a",
            "b=",
            "c,d",
            "e\nf",
            " g",
            "{",
            "[\"a=1\"]",
            "- h",
            "\u{feff}",
        ];
        for one in parts {
            for other in parts {
                let map = map(&[(one, other), (other, one)]);
                let pairs: Vec<_> = map.clone().into_iter().collect();
                let text = map_text(&pairs);
                assert_eq!(read(&text), Ok(map), "{text}");
            }
        }
    }
}
