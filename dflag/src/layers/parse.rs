//! Parsing: a text for one flag, through clap's own parser.
//!
//! Each flag gets a command of its own, built when a source first sets the flag. It has the flag's
//! argument without `required`, default, environment variable and relations to other arguments, which
//! concern the command line only. What remains decides whether a value is valid, so a value is
//! valid here exactly if it is valid after `--flag=`.

use std::sync::Arc;

use clap::builder::{BoolishValueParser, ValueRange};
use clap::{Arg, ArgAction, Command};

use crate::error::Problem;
use crate::layers::layer::Content;
use crate::layers::{reason, text};
use crate::origin::Origin;
use crate::read::snapshot::Value;
use crate::schema::flag_spec::possible_values;
use crate::schema::names::intern;
use crate::schema::{FlagSpec, Schema};
use crate::user_code::catch_panic;

pub(crate) use crate::layers::text::value_text;

/// A parsed text.
#[derive(Clone)]
pub(crate) struct Parsed {
    /// The text of the source.
    given: Arc<str>,
    /// The value as text, for listings.
    pub(crate) text: Arc<str>,
    pub(crate) value: Value,
}

/// Parses texts, one flag at a time.
#[derive(Default)]
pub(crate) struct Parser {
    /// By flag.
    commands: Vec<Option<Box<Command>>>,
}

impl Parser {
    /// Parses and checks the content of a flag's key. `last` is the flag's previous result in the
    /// same layer, which is reused if the text is the same.
    pub(crate) fn parse(
        &mut self,
        schema: &Schema,
        flag: usize,
        content: &Content,
        origin: &dyn Fn() -> Origin,
        last: Option<&Parsed>,
    ) -> Result<Parsed, Vec<Problem>> {
        self.commands.resize_with(schema.flags.len(), || None);
        let (Some(spec), Some(arg), Some(command)) = (
            schema.flags.get(flag),
            schema.arg(flag),
            self.commands.get_mut(flag),
        ) else {
            return Err(Vec::new());
        };
        let given = text::content_text(spec, content, origin).map_err(|problem| vec![problem])?;
        if let Some(last) = last.filter(|last| *last.given == *given) {
            return Ok(last.clone());
        }
        let invalid = |reason: String| {
            vec![Problem::Invalid {
                flag: spec.name.clone(),
                origin: origin(),
                reason: reason::displayed(spec, reason),
                possible_values: possible_values(arg),
            }]
        };
        let typed = text::command_line(spec, arg, &given);
        let command = command.get_or_insert_with(|| Box::new(command_of(spec, arg)));
        let matches = catch_panic(|| command.try_get_matches_from_mut(typed))
            .map_err(invalid)?
            .map_err(|error| invalid(reason::of_clap(error)))?;
        let Some(value) = spec.def.take(&matches) else {
            return Err(invalid("no value of the flag's type".to_owned()));
        };
        check(spec, origin, || spec.def.check(&*value))?;
        let given: Arc<str> = given.into();
        let text = if spec.boolish || spec.def.many {
            value_text(spec, &matches).unwrap_or_default()
        } else {
            // clap got the text unchanged.
            Arc::clone(&given)
        };
        Ok(Parsed { given, text, value })
    }
}

/// Runs a flag's own checks.
pub(crate) fn check(
    spec: &FlagSpec,
    origin: &dyn Fn() -> Origin,
    checks: impl FnOnce() -> Vec<String>,
) -> Result<(), Vec<Problem>> {
    let reasons = catch_panic(checks).unwrap_or_else(|panicked| vec![panicked]);
    if reasons.is_empty() {
        return Ok(());
    }
    let problems = reasons.into_iter().map(|reason| Problem::Check {
        flag: spec.name.clone(),
        origin: origin(),
        reason: reason::displayed(spec, reason),
    });
    Err(problems.collect())
}

/// The command of one flag: its argument alone.
fn command_of(spec: &FlagSpec, arg: &Arg) -> Command {
    let action = match arg.get_action() {
        ArgAction::Append => ArgAction::Append,
        // `SetTrue`, `SetFalse` and `Count` take a value here, as `Set` does.
        _ => ArgAction::Set,
    };
    let num_args = arg
        .get_num_args()
        .filter(ValueRange::takes_values)
        .unwrap_or_else(|| 1.into());
    let mut alone = Arg::new(arg.get_id().clone())
        .long(intern(&spec.name))
        .action(action)
        .num_args(num_args)
        .value_delimiter(arg.get_value_delimiter())
        .ignore_case(arg.is_ignore_case_set())
        .allow_hyphen_values(true);
    if let Some(names) = arg.get_value_names() {
        alone = alone.value_names(names.to_vec());
    }
    alone = if spec.boolish {
        alone.value_parser(BoolishValueParser::new())
    } else {
        alone.value_parser(arg.get_value_parser().clone())
    };
    let mut command = Command::new("flag")
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(alone);
    command.build();
    // A clone has no spare capacity: it takes a third of the memory of the command just built.
    command.clone()
}
