//! Typed values: the texts that stand for values of a flag's type.

use std::any::Any;

use clap::Arg;

use crate::error::Problem;
use crate::layers::canonical::written;
use crate::layers::edit::Edit;
use crate::layers::parse::parse_alone;
use crate::origin::Origin;
use crate::schema::FlagSpec;
use crate::schema::flag_def::Shape;
use crate::text::list::trimmed;
use crate::user_code::catch_panic;

/// The text of a typed value.
#[derive(Debug, PartialEq)]
pub(crate) enum Typed {
    Text(String),
    /// The value is an `Option`'s `None`.
    Unset,
    /// No text stands for it.
    NoText,
}

/// The edit that overrides a flag with a value of its type.
///
/// A text that the flag's parser rejects is an edit as well: it is judged, and its error worded, as any
/// other.
pub(crate) fn edit(spec: &FlagSpec, arg: &Arg, value: &dyn Any) -> Result<Edit, Vec<Problem>> {
    match typed(spec, arg, value) {
        Typed::Text(text) => Ok(Edit::set(&spec.name, text)),
        Typed::Unset => Ok(Edit::unset(&spec.name)),
        Typed::NoText => Err(vec![Problem::NoText {
            flag: spec.name.clone(),
            origin: Origin::Override,
        }]),
    }
}

/// The text of a value: what its type writes, or the name of a possible value, if the flag's parser reads it
/// as an equal value or rejects it.
pub(crate) fn typed(spec: &FlagSpec, arg: &Arg, value: &dyn Any) -> Typed {
    catch_panic(|| {
        if is_unset(spec, value) {
            return Typed::Unset;
        }
        let text = written(spec, value).filter(|text| {
            let read = parse_alone(spec, arg, if spec.def.trim { trimmed(text) } else { text });
            read.is_none_or(|read| is_same(spec, value, &*read))
        });
        let text = text.or_else(|| possible_name(spec, arg, value));
        text.map_or(Typed::NoText, Typed::Text)
    })
    .unwrap_or(Typed::NoText)
}

/// Whether a value is an `Option`'s `None`. One that has no equality is compared by its texts.
fn is_unset(spec: &FlagSpec, value: &dyn Any) -> bool {
    let Some(unset) = spec.def.unset() else {
        return false;
    };
    match (&spec.def.equal, &spec.def.texts) {
        (Some(equal), _) => equal(value, &*unset),
        // An empty list has no texts either.
        (None, Some(texts)) if spec.def.shape == Shape::Optional => {
            texts(value).is_some_and(|texts| texts.is_empty())
        }
        (None, _) => false,
    }
}

/// Whether two values are equal, or else have equal texts: a type may have no equality, and some values, such
/// as NaN, do not equal themselves.
fn is_same(spec: &FlagSpec, one: &dyn Any, other: &dyn Any) -> bool {
    match &spec.def.equal {
        Some(equal) if equal(one, one) => equal(one, other),
        _ => written(spec, one).is_some_and(|text| written(spec, other) == Some(text)),
    }
}

/// Whether two values are equal. A panic of the program's own code counts as a difference.
pub(crate) fn equal(spec: &FlagSpec, one: &dyn Any, other: &dyn Any) -> bool {
    catch_panic(|| is_same(spec, one, other)).unwrap_or(false)
}

/// The name of the possible value, for a type that need not write texts, such as a `ValueEnum`.
fn possible_name(spec: &FlagSpec, arg: &Arg, value: &dyn Any) -> Option<String> {
    let possible = arg.get_value_parser().possible_values()?;
    let mut names = possible.map(|possible| possible.get_name().to_owned());
    names.find(|name| {
        let read = parse_alone(spec, arg, name);
        read.is_some_and(|read| spec.def.equal(value, &*read))
    })
}
