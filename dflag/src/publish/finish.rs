//! The flags that the program's `finish` changed: their texts, and what their checks say.

use std::any::Any;
use std::sync::Arc;

use clap::Arg;

use crate::error::Problem;
use crate::fields::erased::ErasedArgs;
use crate::layers::canonical::{equal, equal_values, text_of_value};
use crate::layers::parse::{TypedValue, check};
use crate::read::snapshot::{Adjusted, Args, FlagState};
use crate::schema::{FlagSpec, Schema};

/// The text of an adjusted value whose type writes none that the flag's parser reads back.
const ADJUSTED: &str = "adjusted by the program";

/// The value that a flag has before `finish`.
pub(crate) fn given_value<'a>(
    args: &dyn ErasedArgs,
    base: &'a Args,
    flag: usize,
    state: &'a FlagState,
) -> Option<&'a dyn Any> {
    match &state.value {
        Some(value) => Some(&**value),
        None => args.value(flag, base),
    }
}

/// Gives the flags that `finish` changed in `finished` the texts of their new values.
pub(crate) fn adjust(
    schema: &Schema,
    args: &dyn ErasedArgs,
    finished: &Args,
    states: &mut [Arc<FlagState>],
) {
    if !args.has_finish() {
        return;
    }
    let base = args.base();
    for (flag, ((spec, arg), state)) in schema.iter().zip(states).enumerate() {
        let (text, is_readable) = {
            let given = given_value(args, &base, flag, state);
            let (Some(given), Some(value)) = (given, args.value(flag, finished)) else {
                continue;
            };
            if equal_values(spec, given, value) {
                continue;
            }
            if (spec.def.is_unset)(value) {
                (None, true)
            } else {
                // The value may quote the file that gave it.
                let is_shown = state.file_contents.is_none();
                let text = is_shown
                    .then(|| text_of_value(spec, arg, value).ok())
                    .flatten();
                let readable = text.filter(|text| text.is_readable);
                let is_readable = readable.is_some();
                let text = readable.map_or_else(|| Arc::from(ADJUSTED), |text| text.text.into());
                (Some(text), is_readable)
            }
        };
        let state = Arc::make_mut(state);
        let given = std::mem::replace(&mut state.text, text);
        state.adjusted = Some(Adjusted { given, is_readable });
    }
}

/// The problems of the flags that `finish` changed. The values that layers give are checked before.
pub(crate) fn check_adjusted(
    schema: &Schema,
    args: &dyn ErasedArgs,
    finished: &Args,
    states: &[Arc<FlagState>],
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (flag, (spec, state)) in schema.flags.iter().zip(states).enumerate() {
        if state.adjusted.is_some() {
            let Some(value) = args.value(flag, finished) else {
                continue;
            };
            let origin = || state.origin.clone();
            let contents = state.file_contents.as_deref();
            let checked = check(spec, &origin, None, contents, || spec.def.check(value));
            problems.extend(checked.err().into_iter().flatten());
        }
    }
    problems
}

/// Whether a flag has equal values in two structs. The text of an adjusted value does not count.
pub(crate) fn is_equal(
    spec: &FlagSpec,
    arg: &Arg,
    (one, one_value): (&Arc<FlagState>, &dyn Any),
    (other, other_value): (&Arc<FlagState>, &dyn Any),
) -> bool {
    if one.adjusted.is_some() || other.adjusted.is_some() {
        return equal_values(spec, one_value, other_value);
    }
    let one = TypedValue {
        text: one.text.as_deref(),
        file_contents: one.file_contents.as_deref(),
        value: one_value,
    };
    let other = TypedValue {
        text: other.text.as_deref(),
        file_contents: other.file_contents.as_deref(),
        value: other_value,
    };
    equal(spec, arg, one, other)
}
