//! The base: what the command line, the environment and the defaults gave.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use crate::candidate::withhold;
use crate::field::Fields;
use crate::model::Model;
use crate::parse::{check as check_flag, guarded, value_text};
use crate::schema::{Ambiguous, Schema, Spec, is_flag};
use crate::snapshot::State;
use crate::{Kind, Origin, Problem};

/// Drops the fields that are not flags, such as positional arguments.
///
/// # Errors
/// A dynamic one among them: nothing could ever set it.
pub(crate) fn keep_flags<A>(fields: &mut Fields<A>, command: &Command) -> Result<(), clap::Error> {
    let args = command.get_arguments().filter(|arg| is_flag(arg));
    let flags: BTreeSet<&str> = args.map(|arg| arg.get_id().as_str()).collect();
    fields.flags.retain(|field| {
        let traits = field.traits();
        traits.kind == Kind::Dynamic || flags.contains(traits.id.as_str())
    });
    let mut ids = fields.flags.iter().map(|field| field.traits().id.as_str());
    match ids.find(|id| !flags.contains(id)) {
        Some(id) => Err(clap::Error::raw(
            ErrorKind::UnknownArgument,
            format!("`{id}` is dynamic but has no long name, so nothing could set it"),
        )),
        None => Ok(()),
    }
}

pub(crate) fn ambiguous(names: Ambiguous) -> clap::Error {
    let Ambiguous { first, second } = names;
    clap::Error::raw(
        ErrorKind::ArgumentConflict,
        format!("flags `{first}` and `{second}` differ in `-` and `_` only, which are the same"),
    )
}

/// Each flag's text and origin as clap parsed it.
pub(crate) fn states(schema: &Schema, matches: &ArgMatches) -> Vec<State> {
    let state = |spec: &Spec| {
        let text: Option<Arc<str>> = value_text(spec, matches).map(Into::into);
        State {
            wanted: text.clone(),
            text,
            origin: origin(spec, matches),
        }
    };
    schema.flags.iter().map(state).collect()
}

fn origin(spec: &Spec, matches: &ArgMatches) -> Origin {
    let id = spec.traits.id.as_str();
    // To ask for the source of an argument that the command lacks would panic.
    if !matches!(matches.try_contains_id(id), Ok(true)) {
        return Origin::Default;
    }
    match matches.value_source(id) {
        Some(ValueSource::CommandLine) => Origin::CommandLine,
        Some(ValueSource::EnvVariable) => Origin::Environment,
        _ => Origin::Default,
    }
}

/// Runs every check and every rule on what clap parsed.
pub(crate) fn check(
    schema: &Schema,
    model: &dyn Model,
    states: &[State],
) -> Result<(), clap::Error> {
    let mut problems = Vec::new();
    for (flag, (spec, state)) in schema.flags.iter().zip(states).enumerate() {
        let checked = check_flag(spec, &state.origin, || model.check_base(flag));
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
