//! Equality of values, and their canonical texts.
//!
//! A value has two texts: the given one, which listings show, and the canonical one, which checksums
//! use. `5000ms` and `5s` are equal durations with the same canonical text.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::BTreeSet;

use clap::Arg;

use crate::layers::parse::{TypedValue, parse_alone, parse_default, parse_values};
use crate::read::snapshot::Value;
use crate::schema::FlagSpec;
use crate::schema::flag_def::Form;
use crate::text::list::{Reading, trimmed};
use crate::user_code::catch_panic;

/// The longest canonical text in bytes. For a longer one the given text is used.
const MAX_CANONICAL: usize = 256;

/// Whether two values of a flag are equal: by value if their type has an equality, else by text.
pub(crate) fn equal(
    spec: &FlagSpec,
    arg: &Arg,
    one: TypedValue<'_>,
    other: TypedValue<'_>,
) -> bool {
    let (Some(first), Some(second)) = (one.text, other.text) else {
        // A value that no text gave may have none either.
        let is_unset = spec.def.is_unset;
        return one.text == other.text && is_unset(one.value) == is_unset(other.value);
    };
    let by_value = |one, other| catch_panic(|| spec.def.equal(one, other)).unwrap_or(false);
    if first == second {
        if spec.def.equal.is_some() && by_value(one.value, other.value) {
            return true;
        }
        // One text may stand for two values, and some values, such as NaN, do not equal themselves.
        let is_unknown = spec.def.equal.is_none() || !by_value(one.value, one.value);
        return is_unknown && one.file_contents == other.file_contents;
    }
    is_same(spec, one.value, other.value)
        || possible_names(spec, arg, first)
            .is_some_and(|names| Some(names) == possible_names(spec, arg, second))
}

/// Whether two values are equal. Two that do not equal themselves, such as NaN, are if their type writes
/// the same text for both.
fn is_same(spec: &FlagSpec, one: &dyn Any, other: &dyn Any) -> bool {
    let compared = catch_panic(|| {
        let by_value = |one, other| spec.def.equal(one, other);
        by_value(one, other)
            || (spec.def.equal.is_some()
                && !by_value(one, one)
                && !by_value(other, other)
                && written(spec, one, Form::Canonical)
                    .is_some_and(|text| Some(text) == written(spec, other, Form::Canonical)))
    });
    compared.unwrap_or(false)
}

/// Whether two values of a flag are equal where their texts do not count, as after `finish`: by value if
/// their type has an equality, else by the texts that it writes. Values of a type that has neither are
/// equal, unless one of them is a `None`.
pub(crate) fn equal_values(spec: &FlagSpec, one: &dyn Any, other: &dyn Any) -> bool {
    let compared = catch_panic(|| {
        if (spec.def.is_unset)(one) != (spec.def.is_unset)(other) {
            return false;
        }
        if spec.def.equal.is_some() {
            return is_same(spec, one, other);
        }
        written(spec, one, Form::Canonical) == written(spec, other, Form::Canonical)
    });
    compared.unwrap_or(false)
}

/// The text of a value that no text gave.
pub(crate) struct ValueText {
    pub(crate) text: String,
    /// Whether a source that gives this text gives an equal value. If not, the flag's parser rejects it.
    pub(crate) is_readable: bool,
}

/// Why a value that no text gave has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoText {
    /// The parser would read it, but white space around it is dropped before.
    Trimmed,
    Other,
}

/// The text of a value that no text gave: what its type writes or, if the flag's parser does not read that, the
/// name of a possible value; of a list, those of its members. There is none if the parser reads it as another value.
pub(crate) fn text_of_value(
    spec: &FlagSpec,
    arg: &Arg,
    value: &dyn Any,
) -> Result<ValueText, NoText> {
    let is_equal = |parsed: &Value| equal_values(spec, value, &**parsed);
    let readable = |text: String| ValueText {
        text,
        is_readable: true,
    };
    let written = display(spec, value, Form::Displayed);
    let parsed = written.as_ref().map(|text| {
        let text = if spec.def.trim { trimmed(text) } else { text };
        parse_alone(spec, arg, text)
    });
    let is_read_back = matches!(&parsed, Some(Some(parsed)) if is_equal(parsed));
    if let Some(text) = written.clone().filter(|_| is_read_back) {
        return Ok(readable(text));
    }
    if let Some(text) = &written
        && spec.def.trim
        && trimmed(text) != text
        && parse_alone(spec, arg, text).as_ref().is_some_and(is_equal)
    {
        return Err(NoText::Trimmed);
    }
    if is_comparable(spec, value)
        && let Some(text) = text_of_names(spec, arg, value)
    {
        return Ok(readable(text));
    }
    match (written, parsed) {
        (Some(text), Some(None)) => Ok(ValueText {
            text,
            is_readable: false,
        }),
        _ => Err(NoText::Other),
    }
}

/// The name of the possible value that a value is, or the text of a list of such values.
fn text_of_names(spec: &FlagSpec, arg: &Arg, value: &dyn Any) -> Option<String> {
    let possible = arg.get_value_parser().possible_values()?;
    let values: Vec<(String, Value)> = possible
        .filter_map(|possible| {
            let name = possible.get_name().to_owned();
            let value = parse_values(spec, arg, &[&name])?;
            Some((name, value))
        })
        .collect();
    let name = |value: &dyn Any| {
        let mut values = values.iter();
        let (name, _) = values.find(|(_, parsed)| equal_values(spec, value, &**parsed))?;
        Some(Cow::from(name))
    };
    let (Some(list), Some(split)) = (&spec.list, spec.def.split) else {
        return name(value).map(Cow::into_owned);
    };
    let members = catch_panic(|| split(value)).ok()?;
    let names: Option<Vec<_>> = members.iter().map(|member| name(&**member)).collect();
    let text = list.format.join(&names?);
    let parsed = parse_alone(spec, arg, &text)?;
    equal_values(spec, value, &*parsed).then_some(text)
}

/// Whether [`equal_values`] can tell a value from others: its type has an equality, or writes texts.
pub(crate) fn is_comparable(spec: &FlagSpec, value: &dyn Any) -> bool {
    spec.def.equal.is_some() || display(spec, value, Form::Canonical).is_some()
}

/// The text that a value's type writes, whether or not the flag's parser reads it.
pub(crate) fn display(spec: &FlagSpec, value: &dyn Any, form: Form) -> Option<String> {
    catch_panic(|| written(spec, value, form)).ok().flatten()
}

/// The texts of a value's parts, as its type writes them.
pub(crate) fn parts(spec: &FlagSpec, value: &dyn Any) -> Vec<String> {
    let texts = catch_panic(|| spec.def.texts.as_ref()?(value, Form::Parts));
    texts.ok().flatten().unwrap_or_default()
}

/// Whether a value differs from the flag's default.
pub(crate) fn is_changed(spec: &FlagSpec, arg: &Arg, current: TypedValue<'_>) -> bool {
    let default = spec.default_text(arg);
    // One text may stand for two lists.
    if default.as_deref() == current.text && spec.list.is_none() {
        return false;
    }
    let Some(default) = default else {
        return current.text.is_some();
    };
    let value = spec
        .default_value
        .get_or_init(|| parse_default(spec, arg, &default));
    match value {
        Some(value) => {
            let default = TypedValue {
                text: Some(&default),
                value: &**value,
                file_contents: None,
            };
            !equal(spec, arg, current, default)
        }
        None => true,
    }
}

/// The text that all equal values share, if there is one; else the given text, which is also that of
/// a value from a file.
pub(crate) fn canonical<'a>(
    spec: &FlagSpec,
    arg: &Arg,
    typed: &'a str,
    current: TypedValue<'_>,
) -> Cow<'a, str> {
    let value = current.value;
    if spec.def.secret || current.file_contents.is_some() {
        return typed.into();
    }
    if let Some(names) = possible_names(spec, arg, typed) {
        return names.into();
    }
    let written = display(spec, value, Form::Canonical);
    let Some(written) = written.filter(|text| text.len() <= MAX_CANONICAL && text != typed) else {
        return typed.into();
    };
    match parse_alone(spec, arg, &written) {
        Some(parsed) if is_same(spec, value, &*parsed) => written.into(),
        _ => typed.into(),
    }
}

/// The text that the type itself writes.
fn written(spec: &FlagSpec, value: &dyn Any, form: Form) -> Option<String> {
    let texts = match &spec.def.texts {
        Some(texts) => texts(value, form)?,
        None => own_texts(value)?,
    };
    // The two zeros are equal.
    let is_float = [TypeId::of::<f64>(), TypeId::of::<f32>()].contains(&spec.def.value_type);
    let unsigned = |text: String| {
        if is_float && form == Form::Canonical && text == "-0" {
            "0".into()
        } else {
            text
        }
    };
    let texts: Vec<String> = texts.into_iter().map(unsigned).collect();
    match (&spec.list, texts.as_slice()) {
        (Some(list), texts) => {
            let texts: Vec<Cow<'_, str>> = texts.iter().map(Cow::from).collect();
            Some(list.format.join(&texts))
        }
        (None, [text]) => Some(text.clone()),
        (None, _) => None,
    }
}

/// The texts of a type without `Display` that a parser of [`value`](crate::value) produces.
fn own_texts(value: &dyn Any) -> Option<Vec<String>> {
    let sets = all_of::<BTreeSet<String>>(value);
    let set_texts = || Some(sets?.into_iter().map(crate::value::set_text).collect());
    duration_texts(value).or_else(set_texts)
}

/// The values of type `T` in a field of any shape.
fn all_of<T: 'static>(value: &dyn Any) -> Option<Vec<&T>> {
    if let Some(one) = value.downcast_ref::<T>() {
        Some(vec![one])
    } else if let Some(option) = value.downcast_ref::<Option<T>>() {
        Some(option.iter().collect())
    } else if let Some(option) = value.downcast_ref::<Option<Option<T>>>() {
        Some(option.iter().flatten().collect())
    } else if let Some(option) = value.downcast_ref::<Option<Vec<T>>>() {
        Some(option.iter().flatten().collect())
    } else {
        Some(value.downcast_ref::<Vec<T>>()?.iter().collect())
    }
}

#[cfg(feature = "duration")]
fn duration_texts(value: &dyn Any) -> Option<Vec<String>> {
    let durations = all_of::<std::time::Duration>(value)?.into_iter().copied();
    Some(durations.map(crate::value::duration_text).collect())
}

#[cfg(not(feature = "duration"))]
fn duration_texts(_: &dyn Any) -> Option<Vec<String>> {
    None
}

/// The names of the possible values that a text consists of, if the argument has possible values.
fn possible_names(spec: &FlagSpec, arg: &Arg, text: &str) -> Option<String> {
    let possible: Vec<_> = arg.get_value_parser().possible_values()?.collect();
    let name = |text: &str| {
        let value = possible
            .iter()
            .find(|value| value.matches(text, arg.is_ignore_case_set()))?;
        Some(Cow::Owned(value.get_name().to_owned()))
    };
    let Some(list) = &spec.list else {
        return name(text).map(Cow::into_owned);
    };
    let Reading::Members(members) = list.format.read(text) else {
        return None;
    };
    let names: Option<Vec<Cow<'_, str>>> = members.iter().map(|member| name(member)).collect();
    Some(list.format.join(&names?))
}
