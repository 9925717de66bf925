//! Texts: which ones set a flag, as keywords of JSON Schema.
//!
//! A text in a file may have a byte-order mark and white space around it, lists have several forms, and an empty text
//! may mean no value. All of them fit; a text that does not fit is rejected by the program, too.

use dflag::{FlagSchema, ListForm, ValueType};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::expression::{ANYTHING, MAX_COUNT, SPACE, any, literal, literal_in_any_case};
use super::float::{Precision, floats};
use super::integer::integers;
use super::keys::in_class;
use super::pattern::portable;

/// Keywords that hold for every text that sets a flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    pub(super) patterns: Vec<String>,
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
}

impl Texts {
    pub(super) fn of(flag: &FlagSchema) -> Self {
        let Some(list) = &flag.list else {
            return Self::of_value(flag);
        };
        let members = expressions(flag).into_iter();
        Self {
            patterns: members
                .map(|member| list_expression(flag, list, &member))
                .collect(),
            ..Self::default()
        }
    }

    fn of_value(flag: &FlagSchema) -> Self {
        let mut texts = Self::default();
        let expressions = expressions(flag).into_iter();
        texts
            .patterns
            .extend(expressions.map(|value| whole(flag, &value)));
        if flag.value_type != ValueType::Text {
            return texts;
        }
        let (min, max) = (flag.info.min_len, flag.info.max_len);
        // White space that is trimmed does not count.
        texts.min_length = min.filter(|_| !flag.optional);
        texts.max_length = max.filter(|_| !flag.trim);
        let max = max.filter(|max| *max <= MAX_COUNT && flag.trim);
        let min = min.filter(|min| *min <= MAX_COUNT && (flag.optional || max.is_some()));
        if min.is_some() || max.is_some() {
            let min = min.unwrap_or(0);
            let max = max.map_or_else(String::new, |max| max.to_string());
            texts
                .patterns
                .push(whole(flag, &format!("[\\s\\S]{{{min},{max}}}")));
        }
        let patterns = flag.patterns.iter().filter_map(|pattern| portable(pattern));
        texts
            .patterns
            .extend(patterns.map(|pattern| whole(flag, &pattern)));
        texts
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Pattern<'a> {
            pattern: &'a str,
        }
        let mut keywords = serializer.serialize_map(None)?;
        match &self.patterns[..] {
            [] => {}
            [pattern] => keywords.serialize_entry("pattern", pattern)?,
            patterns => {
                let patterns: Vec<_> = patterns.iter().map(|pattern| Pattern { pattern }).collect();
                keywords.serialize_entry("allOf", &patterns)?;
            }
        }
        for (keyword, length) in [
            ("minLength", self.min_length),
            ("maxLength", self.max_length),
        ] {
            if let Some(length) = length {
                keywords.serialize_entry(keyword, &length)?;
            }
        }
        keywords.end()
    }
}

/// The expressions that each value or member matches.
fn expressions(flag: &FlagSchema) -> Vec<String> {
    let expression = match &flag.value_type {
        ValueType::Boolean { words } => one_of(words, true),
        ValueType::Integer { min, max } => Some(integers(*min, *max)),
        ValueType::Float { single } => {
            let precision = if *single {
                Precision::Single
            } else {
                Precision::Double
            };
            let (min, max) = (flag.info.min.as_deref(), flag.info.max.as_deref());
            return floats(precision, min, max);
        }
        // With its feature `unicode`, clap ignores the case of all letters.
        ValueType::Choice {
            ignore_case: true, ..
        } if ignores_unicode_case() => None,
        ValueType::Choice {
            values,
            ignore_case,
        } => one_of(values, *ignore_case),
        _ => None,
    };
    expression.into_iter().collect()
}

fn ignores_unicode_case() -> bool {
    clap::builder::PossibleValue::new("k").matches("\u{212a}", true)
}

fn one_of(values: &[String], ignore_case: bool) -> Option<String> {
    let literal = if ignore_case {
        literal_in_any_case
    } else {
        literal
    };
    let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
    (!values.is_empty()).then(|| any(&values))
}

/// The whole text of a value.
fn whole(flag: &FlagSchema, value: &str) -> String {
    if flag.optional {
        return surrounded(flag, &format!("(?:{value})?"));
    }
    surrounded(flag, value)
}

/// An expression with all that is trimmed. It allows several byte-order marks, of which only one is trimmed.
fn surrounded(flag: &FlagSchema, expression: &str) -> String {
    if flag.trim {
        format!("^[{SPACE}\u{feff}]*{expression}[{SPACE}]*$")
    } else {
        format!("^{expression}$")
    }
}

/// The text of a list: members with something between them, or, where these are recognized, a JSON array or lines that
/// begin with a dash.
fn list_expression(flag: &FlagSchema, list: &ListForm, member: &str) -> String {
    let delimiter = list.delimiter.map(in_class).unwrap_or_default();
    if !flag.trim {
        return surrounded(flag, &format!("(?:{member}|[{delimiter}\\r\\n])*"));
    }
    let blank = format!("[{SPACE}{delimiter}]*");
    let between = format!("[{SPACE}]*[{delimiter}\\n]{blank}");
    let members = format!("{blank}(?:{member}(?:{between}{member})*)?{blank}");
    let array = format!("\\[{ANYTHING}\\]");
    let dashes = format!("-[{SPACE}]{ANYTHING}");
    surrounded(flag, &format!("(?:{members}|{array}|{dashes})"))
}
