//! The base: what the command line, the environment and the defaults gave.

use std::sync::Arc;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use crate::candidate::withhold;
use crate::chunks::Chunks;
use crate::field::Fields;
use crate::model::Model;
use crate::names::ambiguous;
use crate::parse::{check as check_flag, guarded, value_text};
use crate::schema::{InOrder, Schema, Spec, is_flag};
use crate::snapshot::State;
use crate::{FlagKind, Origin, Problem};

/// Drops the fields that are not flags, such as positional arguments.
///
/// # Errors
/// A dynamic one among them: nothing could ever set it.
pub(crate) fn keep_flags<A>(fields: &mut Fields<A>, command: &Command) -> Result<(), clap::Error> {
    let args: Vec<&Arg> = command.get_arguments().collect();
    let places = InOrder::default();
    let mut unsettable = None;
    fields.flags.retain(|field| {
        let traits = field.traits();
        let arg = places.find(&args, |arg| *arg.get_id() == traits.id);
        let is_flag = arg
            .and_then(|arg| args.get(arg))
            .is_some_and(|arg| is_flag(arg));
        if !is_flag && traits.kind == FlagKind::Dynamic {
            unsettable.get_or_insert_with(|| traits.id.clone());
        }
        is_flag
    });
    match unsettable {
        Some(id) => Err(clap::Error::raw(
            ErrorKind::UnknownArgument,
            format!("`{id}` is dynamic but has no long name, so nothing could set it"),
        )),
        None => Ok(()),
    }
}

/// Rejects flags that a source could not tell apart.
pub(crate) fn check_names(schema: &Schema) -> Result<(), clap::Error> {
    let names: Vec<&str> = schema.flags.iter().map(|spec| &*spec.name).collect();
    match ambiguous(&names) {
        Some((one, other)) => Err(clap::Error::raw(
            ErrorKind::ArgumentConflict,
            format!("flags `{one}` and `{other}` differ in `-` and `_` only, which are the same"),
        )),
        None => Ok(()),
    }
}

/// Each flag's text and origin as clap parsed it.
pub(crate) fn states(schema: &Schema, matches: &ArgMatches) -> Chunks<State> {
    let state = |spec: &Spec| {
        let given = value_text(spec, matches);
        let origin = given
            .as_ref()
            .map_or(Origin::Default, |_| origin(spec, matches));
        let none = || spec.traits.many.then(Arc::default);
        let text = given.or_else(none);
        State {
            wanted: text.clone(),
            text,
            origin,
            value: None,
        }
    };
    schema.flags.iter().map(state).collect()
}

/// Where a value came from. The command has the argument: to ask for another would panic.
fn origin(spec: &Spec, matches: &ArgMatches) -> Origin {
    match matches.value_source(spec.traits.id.as_str()) {
        Some(ValueSource::CommandLine) => Origin::CommandLine,
        Some(ValueSource::EnvVariable) => Origin::Environment,
        _ => Origin::Default,
    }
}

/// Runs every check and every rule on what clap parsed.
pub(crate) fn check(
    schema: &Schema,
    model: &dyn Model,
    states: &Chunks<State>,
) -> Result<(), clap::Error> {
    let mut problems = Vec::new();
    for (flag, (spec, state)) in schema.flags.iter().zip(states.iter()).enumerate() {
        let checked = check_flag(spec, &|| state.origin.clone(), &|| model.check_base(flag));
        problems.extend(checked.err().into_iter().flatten());
    }
    let rules = guarded(|| model.rules(&model.base())).unwrap_or_else(|reason| vec![reason]);
    problems.extend(rules.into_iter().map(|reason| Problem::Rule {
        reason: withhold(schema, states, reason),
    }));
    if problems.is_empty() {
        return Ok(());
    }
    let words: Vec<_> = problems.iter().map(ToString::to_string).collect();
    Err(clap::Error::raw(
        ErrorKind::ValueValidation,
        words.join("\n  "),
    ))
}
