//! The base: the values that the command line, the environment and the defaults gave.

use std::any::type_name;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, Id};

use crate::error::Problem;
use crate::fields::declaration::Fields;
use crate::fields::duplicate::NotClone;
use crate::fields::erased::ErasedArgs;
use crate::layers::layer::LayerId;
use crate::layers::parse::check as check_flag;
use crate::origin::Origin;
use crate::publish::finish::{adjust, check_adjusted};
use crate::publish::required::Supplied;
use crate::publish::rules::rule_problems;
use crate::publish::states::states;
use crate::read::snapshot::FlagState;
use crate::schema::environment;
use crate::schema::flag_spec::is_flag;
use crate::schema::levels::{Levels, matches_by_depth};
use crate::schema::names::ambiguous;
use crate::schema::{FlagKind, Schema};
use crate::user_code::catch_panic;

/// The flags that the program starts with.
pub(crate) struct Base {
    /// By flag.
    pub(crate) states: Vec<Arc<FlagState>>,
    /// The required flags that a source supplied: some layer has to supply them from then on.
    pub(crate) required: Vec<usize>,
    /// The layer that the command line was parsed with. It alone can set uncovered flags, and only then.
    pub(crate) parsed_with: Option<LayerId>,
}

/// Rejects the matches of a command that does not have the arguments of `A`: clap would panic.
pub(crate) fn check_matches<A>(
    fields: &Fields<A>,
    matches: &ArgMatches,
) -> Result<(), clap::Error> {
    let mut own = fields.defs.iter().filter(|def| def.depth == 0);
    match own.find(|def| !def.fits(matches)) {
        Some(def) => Err(foreign_matches::<A>(Some(&def.id))),
        None => Ok(()),
    }
}

/// The error for matches without this argument.
pub(crate) fn foreign_matches<A>(id: Option<&Id>) -> clap::Error {
    let lacks = id.map_or_else(String::new, |id| format!(", such as `{id}`"));
    clap::Error::raw(
        ErrorKind::UnknownArgument,
        format!(
            "these are the matches of a command without the arguments of `{}`{lacks}: pass those of the \
             command that has them, which for a subcommand are its `subcommand_matches`",
            type_name::<A>()
        ),
    )
}

/// The error for a command line that chose no command with the arguments of `A`.
pub(crate) fn not_chosen<A>() -> clap::Error {
    clap::Error::raw(
        ErrorKind::MissingSubcommand,
        format!(
            "the command line chooses no command with the arguments of `{}`\n",
            type_name::<A>()
        ),
    )
}

/// Drops the fields that are not flags, such as positional arguments and `--version`.
///
/// # Errors
/// One of them is dynamic: no source could set it.
pub(crate) fn retain_flags<A: 'static>(
    fields: &mut Fields<A>,
    levels: &Levels,
) -> Result<(), clap::Error> {
    let args = levels.args_by_id();
    let mut unsettable = None;
    fields.retain(|def| {
        let arg = args.get(def.depth).and_then(|args| args.get(&def.id));
        let is_flag = arg.is_some_and(|(_, arg)| is_flag(arg));
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
                 it has no long name, is `--help` or `--version`, or has an id that begins with `dflag:`"
            ),
        )),
        None => Ok(()),
    }
}

/// Rejects dynamic flags that could never change, because the struct can't be copied.
pub(crate) fn check_copy(schema: &Schema, error: Option<NotClone>) -> Result<(), clap::Error> {
    let mut flags = schema.flags.iter();
    let Some(spec) = flags.find(|spec| spec.kind() == FlagKind::Dynamic) else {
        return Ok(());
    };
    let message = |error| {
        format!(
            "{error}: to change a dynamic flag, such as `{}`, the arguments are copied, and this type is \
             that of the chosen subcommand: derive `Clone` for it",
            spec.name
        )
    };
    match error {
        Some(error) => Err(clap::Error::raw(ErrorKind::ValueValidation, message(error))),
        None => Ok(()),
    }
}

/// The error for a struct that `finish` edits and that can't be copied.
pub(crate) fn not_copied<A>() -> clap::Error {
    clap::Error::raw(
        ErrorKind::ValueValidation,
        format!(
            "`finish` edits a copy of `{}`, and the type of its subcommand is not `Clone`: derive it",
            type_name::<A>()
        ),
    )
}

/// Rejects names that a source can't distinguish.
pub(crate) fn check_names(schema: &Schema) -> Result<(), clap::Error> {
    // An uncovered flag takes no name from another.
    let flags = schema.iter().filter(|(spec, _)| spec.def.covered);
    let flags = flags.map(|(spec, arg)| (arg, spec.kind()));
    let Some([(one, one_flag), (other, other_flag)]) = ambiguous(flags) else {
        return Ok(());
    };
    let level = |flag: usize| {
        let depth = schema.flags.get(flag).map(|spec| spec.def.depth);
        (depth, schema.command(flag).map_or("", Command::get_name))
    };
    let ((depth, command), (other_depth, other_command)) = (level(one_flag), level(other_flag));
    let message = if depth == other_depth {
        format!(
            "names `{one}` and `{other}` of two flags differ in `-` and `_` only, \
             which are the same to a source: rename one of them"
        )
    } else {
        format!(
            "`{command}` has a flag `{one}` and its subcommand `{other_command}` has a flag `{other}`, \
             which are the same to a source: rename one of them"
        )
    };
    Err(clap::Error::raw(ErrorKind::ArgumentConflict, message))
}

impl Base {
    /// Reads each flag's text and origin from clap's matches. `args` is what they were parsed into.
    pub(crate) fn new(
        schema: &Schema,
        matches: &ArgMatches,
        args: &dyn ErasedArgs,
        supplied: &[Supplied],
        parsed_with: Option<LayerId>,
    ) -> Self {
        let values = args.base();
        let mut base = Self {
            states: states(schema, matches, &|flag| args.value(flag, &values)),
            required: Vec::new(),
            parsed_with,
        };
        for supplied in supplied {
            let flag = schema.find_id(supplied.depth, &supplied.id);
            let Some(flag) = flag else { continue };
            let (Some(state), Some(spec)) = (base.states.get_mut(flag), schema.flags.get(flag))
            else {
                continue;
            };
            let state = Arc::make_mut(state);
            state.origin = supplied.origin.clone();
            if !spec.def.covered {
                // Later texts of the source are compared with this one.
                state.text = Some(Arc::clone(&supplied.text));
            }
            if supplied.required {
                base.required.push(flag);
            }
        }
        base
    }

    /// Whether a source supplied the first value of a flag, because neither the command line nor the environment gave
    /// one.
    pub(crate) fn is_supplied(&self, flag: usize) -> bool {
        let state = self.states.get(flag);
        state.is_some_and(|state| matches!(state.origin, Origin::Source { .. }))
    }

    /// Whether neither the command line nor the environment gave a flag a value.
    pub(crate) fn is_silent(&self, flag: usize) -> bool {
        let origin = self.states.get(flag).map(|state| &state.origin);
        matches!(origin, Some(Origin::Default | Origin::Source { .. }))
    }
}

/// Runs every check on the values that clap parsed, and every check and rule on what `finish` made of
/// them. Returns the flags of the first snapshot.
pub(crate) fn check(
    schema: &Schema,
    args: &dyn ErasedArgs,
    states: &[Arc<FlagState>],
    outcome: Result<(), String>,
) -> Result<Vec<Arc<FlagState>>, clap::Error> {
    let base = args.base();
    let mut problems = Vec::new();
    for (flag, (spec, state)) in schema.flags.iter().zip(states).enumerate() {
        let Some(value) = args.value(flag, &base) else {
            continue;
        };
        let origin = || state.origin.clone();
        let contents = state.file_contents.as_deref();
        let checked = check_flag(spec, &origin, None, contents, || spec.def.check(value));
        problems.extend(checked.err().into_iter().flatten());
    }
    let mut first = states.to_vec();
    let finished = args.finished();
    adjust(schema, args, &finished, &mut first);
    let reasons = outcome.and_then(|()| {
        problems.extend(check_adjusted(schema, args, &finished, &first));
        catch_panic(|| args.check_rules(&finished))
    });
    let reasons = reasons.unwrap_or_else(|reason| vec![reason]);
    problems.extend(rule_problems(schema, args, &finished, &first, reasons));
    match rejection(schema, states, &problems) {
        Some(error) => Err(error),
        None => Ok(first),
    }
}

/// Runs the checks of the values that a command line, the environment and the defaults give. Flags without any have none.
///
/// # Errors
/// Every violation.
pub(crate) fn check_given(
    schema: &Schema,
    matches: &ArgMatches,
    states: &[Arc<FlagState>],
) -> Result<(), clap::Error> {
    let levels = matches_by_depth(matches);
    let mut problems = Vec::new();
    for (spec, state) in schema.flags.iter().zip(states) {
        let id = spec.def.id.as_str();
        let has_value = |matches: &&&ArgMatches| matches.try_contains_id(id).unwrap_or(false);
        let Some(matches) = levels.get(spec.def.depth).filter(has_value) else {
            continue;
        };
        let Ok(Some(value)) = catch_panic(|| spec.def.take(matches)) else {
            continue;
        };
        let origin = || state.origin.clone();
        let contents = state.file_contents.as_deref();
        let checked = check_flag(spec, &origin, None, contents, || spec.def.check(&*value));
        problems.extend(checked.err().into_iter().flatten());
    }
    rejection(schema, states, &problems).map_or(Ok(()), Err)
}

/// The error with all problems, if there are any.
fn rejection(
    schema: &Schema,
    states: &[Arc<FlagState>],
    problems: &[Problem],
) -> Option<clap::Error> {
    if problems.is_empty() {
        return None;
    }
    let lines: Vec<_> = problems
        .iter()
        .map(|problem| format!("{problem}{}", from_variable(schema, states, problem)))
        .collect();
    let lines = lines.join("\n  ");
    Some(clap::Error::raw(ErrorKind::ValueValidation, lines))
}

/// The problem's message, with the environment variable that the value came from.
fn from_variable(schema: &Schema, states: &[Arc<FlagState>], problem: &Problem) -> String {
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
