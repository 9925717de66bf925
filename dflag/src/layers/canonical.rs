//! Equality of values, and their canonical texts.
//!
//! A value has two texts: the given one, which listings show, and the canonical one, which checksums
//! use. `5000ms` and `5s` are equal durations with the same canonical text.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeSet;

use clap::Arg;

use crate::layers::parse::{TypedValue, parse_alone};
use crate::schema::FlagSpec;
use crate::text::list::Reading;
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
        return one.text == other.text;
    };
    let by_value = |one, other| catch_panic(|| spec.def.equal(one, other)).unwrap_or(false);
    if first == second {
        // One text may stand for two values, and some values, such as NaN, do not equal themselves.
        return spec.def.equal.is_none()
            || by_value(one.value, other.value)
            || !by_value(one.value, one.value);
    }
    by_value(one.value, other.value)
        || possible_names(spec, arg, first)
            .is_some_and(|names| Some(names) == possible_names(spec, arg, second))
}

/// Whether a value differs from the flag's default.
pub(crate) fn is_changed(spec: &FlagSpec, arg: &Arg, current: TypedValue<'_>) -> bool {
    let default = spec.default_text(arg);
    if default.as_deref() == current.text {
        return false;
    }
    let Some(default) = default else {
        return true;
    };
    let value = spec
        .default_value
        .get_or_init(|| parse_alone(spec, arg, &default));
    match value {
        Some(value) => {
            let default = TypedValue {
                text: Some(&default),
                value: &**value,
            };
            !equal(spec, arg, current, default)
        }
        None => true,
    }
}

/// The text that all equal values share, if there is one; else the given text.
pub(crate) fn canonical<'a>(
    spec: &FlagSpec,
    arg: &Arg,
    typed: &'a str,
    value: &dyn Any,
) -> Cow<'a, str> {
    if spec.def.secret {
        return typed.into();
    }
    if let Some(names) = possible_names(spec, arg, typed) {
        return names.into();
    }
    let written = catch_panic(|| written(spec, value)).ok().flatten();
    let Some(written) = written.filter(|text| text.len() <= MAX_CANONICAL && text != typed) else {
        return typed.into();
    };
    match parse_alone(spec, arg, &written) {
        Some(parsed) if catch_panic(|| spec.def.equal(value, &*parsed)).unwrap_or(false) => {
            written.into()
        }
        _ => typed.into(),
    }
}

/// The text that the type itself writes.
pub(crate) fn written(spec: &FlagSpec, value: &dyn Any) -> Option<String> {
    let texts = match &spec.def.texts {
        Some(texts) => texts(value)?,
        None => own_texts(value)?,
    };
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
    match value.downcast_ref::<BTreeSet<String>>() {
        Some(set) => Some(vec![crate::value::set_text(set)]),
        None => duration_texts(value),
    }
}

#[cfg(feature = "duration")]
fn duration_texts(value: &dyn Any) -> Option<Vec<String>> {
    use std::time::Duration;

    let durations: Vec<&Duration> = if let Some(one) = value.downcast_ref::<Duration>() {
        vec![one]
    } else if let Some(option) = value.downcast_ref::<Option<Duration>>() {
        option.iter().collect()
    } else {
        value.downcast_ref::<Vec<Duration>>()?.iter().collect()
    };
    let durations = durations.into_iter().copied();
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
