//! The base: the values that the command line, the environment and the defaults gave.

use std::sync::Arc;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use crate::error::Problem;
use crate::fields::erased::ErasedArgs;
use crate::fields::field::Fields;
use crate::layers::content::value_text;
use crate::layers::parse::check as check_flag;
use crate::origin::Origin;
use crate::publish::required::Supplied;
use crate::publish::rules::rule_problems;
use crate::read::snapshot::FlagState;
use crate::schema::environment;
use crate::schema::flag_def::Shape;
use crate::schema::flag_spec::is_flag;
use crate::schema::names::ambiguous;
use crate::schema::{FlagKind, FlagSpec, Schema, args_by_id};
use crate::user_code::catch_panic;

/// The flags that the program starts with.
pub(crate) struct Base {
    /// By flag.
    pub(crate) states: Vec<FlagState>,
    /// Required flags that neither the command line nor the environment gave. A source supplied their
    /// first values, and some layer has to supply them from then on.
    pub(crate) supplied: Vec<usize>,
}

/// Drops the fields that are not flags, such as positional arguments and `--version`.
///
/// # Errors
/// One of them is dynamic: no source could set it.
pub(crate) fn retain_flags<A>(
    fields: &mut Fields<A>,
    command: &Command,
) -> Result<(), clap::Error> {
    let args = args_by_id(command);
    let mut unsettable = None;
    fields.flags.retain(|(def, _)| {
        let is_flag = args.get(&def.id).is_some_and(|(_, arg)| is_flag(arg));
        if !is_flag && def.kind == FlagKind::Dynamic {
            unsettable.get_or_insert_with(|| def.id.clone());
        }
        is_flag
    });
    match unsettable {
        Some(id) => Err(clap::Error::raw(
            ErrorKind::UnknownArgument,
            format!(
                "`{id}` is dynamic, but no source could set it: \
                 it has no long name, or is `--help` or `--version`"
            ),
        )),
        None => Ok(()),
    }
}

/// Rejects names that a source can't distinguish.
pub(crate) fn check_names(schema: &Schema) -> Result<(), clap::Error> {
    match ambiguous(schema.iter().map(|(spec, arg)| (arg, spec.kind()))) {
        Some((one, other)) => Err(clap::Error::raw(
            ErrorKind::ArgumentConflict,
            format!(
                "names `{one}` and `{other}` of two flags differ in `-` and `_` only, \
                 which are the same to a source: rename one of them"
            ),
        )),
        None => Ok(()),
    }
}

impl Base {
    /// Reads each flag's text and origin from clap's matches.
    pub(crate) fn new(schema: &Schema, matches: &ArgMatches, supplied: &[Supplied]) -> Self {
        let mut states = states(schema, matches);
        let mut flags = Vec::new();
        for Supplied { id, origin, .. } in supplied {
            if let Some(flag) = schema.find_id(id)
                && let Some(state) = states.get_mut(flag)
            {
                state.origin = origin.clone();
                flags.push(flag);
            }
        }
        Self {
            states,
            supplied: flags,
        }
    }
}

fn states(schema: &Schema, matches: &ArgMatches) -> Vec<FlagState> {
    let state = |spec: &FlagSpec| {
        let given = value_text(spec, matches);
        let origin = given
            .as_ref()
            .map_or(Origin::Default, |_| origin(spec, matches));
        let empty_list = || (spec.def.shape == Shape::Many).then(Arc::default);
        let text = given.or_else(empty_list);
        FlagState {
            text,
            origin,
            value: None,
            pending: None,
            layers: Vec::new(),
        }
    };
    schema.flags.iter().map(state).collect()
}

/// Where a value came from. `value_source` would panic for an argument that the command does not
/// have, but every flag's argument was read from it.
fn origin(spec: &FlagSpec, matches: &ArgMatches) -> Origin {
    match matches.value_source(spec.def.id.as_str()) {
        Some(ValueSource::CommandLine) => Origin::CommandLine,
        Some(ValueSource::EnvVariable) => Origin::Environment,
        _ => Origin::Default,
    }
}

/// Runs every check and every rule on the values that clap parsed.
pub(crate) fn check(
    schema: &Schema,
    args: &dyn ErasedArgs,
    states: &[FlagState],
) -> Result<(), clap::Error> {
    let base = args.base();
    let mut problems = Vec::new();
    for (flag, (spec, state)) in schema.flags.iter().zip(states).enumerate() {
        let reasons = || {
            let value = args.value(flag, &base);
            value.map_or_else(Vec::new, |value| spec.def.check(value))
        };
        let checked = check_flag(spec, &|| state.origin.clone(), reasons);
        problems.extend(checked.err().into_iter().flatten());
    }
    let reasons = catch_panic(|| args.check_rules(&base)).unwrap_or_else(|reason| vec![reason]);
    problems.extend(rule_problems(schema, states, reasons));
    if problems.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = problems
        .iter()
        .map(|problem| format!("{problem}{}", from_variable(schema, states, problem)))
        .collect();
    Err(clap::Error::raw(
        ErrorKind::ValueValidation,
        lines.join("\n  "),
    ))
}

/// The problem's message, with the environment variable that the value came from.
fn from_variable(schema: &Schema, states: &[FlagState], problem: &Problem) -> String {
    let variable = problem.flag().and_then(|name| {
        let (flag, _) = schema.find(name)?;
        let state = states.get(flag)?;
        let variable = environment::name(schema.arg(flag)?)?;
        (state.origin == Origin::Environment).then_some(variable)
    });
    variable.map_or_else(String::new, |variable| {
        format!(" (environment variable {variable})")
    })
}
