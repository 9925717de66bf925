//! Required arguments that the command line lacks and a layer supplies.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::Arc;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, Id};

use crate::error::{Problem, Rejected};
use crate::layers::accept::{Accept, Accepted};
use crate::layers::layer::{Layer, OnInvalid};
use crate::layers::parse::{Parsed, Parser};
use crate::layers::precedence::{LayerStack, SourceLayer};
use crate::origin::Origin;
use crate::publish::positions::Positions;
use crate::publish::uncovered::uncovered;
use crate::schema::flag_def::FlagDef;
use crate::schema::flag_spec::is_flag;
use crate::schema::levels::Levels;
use crate::schema::{FlagSpec, Schema};
use crate::text::escape::escaped;

/// An argument whose value comes from a layer.
pub(crate) struct Supplied {
    pub(crate) depth: usize,
    pub(crate) id: Id,
    /// The long name.
    pub(crate) name: String,
    pub(crate) origin: Origin,
    /// The value as a listing shows it.
    pub(crate) text: Arc<str>,
    pub(crate) required: bool,
    pub(crate) may_hold_secret: bool,
    /// The command line that gives it this value.
    pub(crate) typed: Vec<OsString>,
    is_list: bool,
    /// The names of the chosen subcommands above it.
    path: Vec<String>,
    /// Where in the command line; `None` if after the program's name.
    position: Option<usize>,
}

impl Supplied {
    /// `None` if the flag has no value in the source's layer.
    pub(crate) fn new(
        schema: &Schema,
        flag: usize,
        source: &SourceLayer,
        positions: &Positions,
    ) -> Option<Self> {
        let (spec, arg) = (schema.flags.get(flag)?, schema.arg(flag)?);
        let value = source.value(flag)?;
        let text = value.parsed.text.as_ref()?;
        Some(Self {
            depth: spec.def.depth,
            id: spec.def.id.clone(),
            name: spec.name.clone(),
            origin: source.id.origin(&value.location),
            text: Arc::clone(text),
            required: false,
            may_hold_secret: spec.may_hold_secret(arg),
            typed: typed(spec, arg, &value.parsed, text),
            is_list: spec.list.is_some(),
            path: positions
                .path()
                .take(spec.def.depth)
                .map(str::to_owned)
                .collect(),
            position: positions.get(spec.def.depth),
        })
    }

    /// Makes the command take the members of a list one by one. On a command line they would be split once
    /// more, and counted by occurrence. The command line has no values of the argument of its own.
    fn adapt(&self, command: Command) -> Command {
        if !self.is_list {
            return command;
        }
        let adapt = |arg: Arg| {
            arg.action(ArgAction::Append)
                .num_args(1..)
                .value_delimiter(None)
        };
        adapt_at(command, &self.path, &self.id, &adapt)
    }
}

/// Changes an argument of the subcommand at `path`.
fn adapt_at(command: Command, path: &[String], id: &Id, adapt: &dyn Fn(Arg) -> Arg) -> Command {
    match path.split_first() {
        Some((name, below)) => {
            command.mut_subcommand(name, |subcommand| adapt_at(subcommand, below, id, adapt))
        }
        None => command.mut_args(|arg| if arg.get_id() == id { adapt(arg) } else { arg }),
    }
}

/// The command for a command line with the supplied arguments.
pub(crate) fn adapted(command: Command, supplied: &[Supplied]) -> Command {
    let adapt = |command, supplied: &Supplied| supplied.adapt(command);
    supplied.iter().fold(command, adapt)
}

/// The arguments that `error` names as missing and `layer` has, but for those `supplied` before.
///
/// # Errors
/// A value that is invalid; or `error` itself, with a hint, if the layer has none of them.
pub(crate) fn supply(
    mut error: clap::Error,
    command: Command,
    defs: impl Iterator<Item = FlagDef>,
    layer: &Layer,
    positions: &Positions,
    supplied: &[Supplied],
) -> Result<Vec<Supplied>, clap::Error> {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return Err(error);
    };
    let schema = &schema_of(command, defs, positions);
    let is_new = |def: &FlagDef| {
        let mut supplied = supplied.iter();
        !supplied.any(|supplied| (supplied.depth, &supplied.id) == (def.depth, &def.id))
    };
    let missing: Vec<usize> = schema
        .iter()
        .enumerate()
        .filter(|(_, (spec, arg))| missing.contains(&arg.to_string()) && is_new(&spec.def))
        .map(|(flag, _)| flag)
        .collect();
    let Some(accepted) = valid_keys(schema, layer) else {
        return Err(error);
    };
    let source = accepted.stack.source(&layer.id);
    let more = missing.iter().filter_map(|flag| {
        let supplied = Supplied::new(schema, *flag, source?, positions)?;
        Some(Supplied {
            required: true,
            ..supplied
        })
    });
    let more: Vec<Supplied> = more.filter(|supplied| !supplied.typed.is_empty()).collect();
    if !more.is_empty() {
        return Ok(more);
    }
    let names = missing
        .iter()
        .filter_map(|flag| Some(&*schema.flags.get(*flag)?.name));
    let names: Vec<&str> = names.collect();
    let invalid = |problem: &&Problem| problem.flag().is_some_and(|flag| names.contains(&flag));
    let invalid: Vec<String> = accepted
        .rejected
        .iter()
        .filter(invalid)
        .map(ToString::to_string)
        .collect();
    if !invalid.is_empty() {
        let lines = invalid.join("\n  ");
        return Err(clap::Error::raw(ErrorKind::ValueValidation, lines + "\n"));
    }
    let is_empty = |name: &str| {
        let mut entries = layer.entries.iter();
        entries.any(|entry| schema.is_key_of(&entry.key, name))
    };
    let hints = names.iter().map(|name| {
        let (source, key) = (&layer.id, escaped(name));
        StyledStr::from(if is_empty(name) {
            format!("{source} has the key `{key}`, but it is empty: write a value")
        } else {
            format!("{source} has no key `{key}` either")
        })
    });
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(hints.collect()),
    );
    Err(error)
}

/// Everything that is wrong with a layer, if there is no struct because the command line lacks required arguments.
/// `missing` is clap's error about those.
pub(crate) fn problems_without_struct(
    missing: &clap::Error,
    command: Command,
    defs: impl Iterator<Item = FlagDef>,
    layer: &Layer,
    positions: &Positions,
) -> Rejected {
    let schema = &schema_of(command, defs, positions);
    let lenient = layer.clone().on_invalid(OnInvalid::KeepValid);
    let accept = Accept {
        schema,
        parser: &mut Parser::default(),
        parsed_with: Some(&layer.id),
    };
    let nothing = LayerStack::empty(schema.flags.len());
    let mut rejected = Rejected {
        source: layer.id.to_string(),
        problems: Vec::new(),
        unknown: Vec::new(),
        volatile: false,
    };
    let accepted = match accept.layer(&nothing, &lenient) {
        Ok(accepted) => accepted,
        Err(rejection) => {
            rejected.problems = rejection.problems;
            return rejected;
        }
    };
    let source = accepted.stack.source(&layer.id);
    let is_set = |flag: usize| source.is_some_and(|source| source.value(flag).is_some());
    let is_invalid = |name: &str| {
        let mut problems = accepted.rejected.iter();
        problems.any(|problem| problem.flag() == Some(name))
    };
    let names = match missing.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(names)) => &**names,
        _ => &[],
    };
    let mut flags: HashMap<String, (usize, &FlagSpec)> = HashMap::new();
    for (flag, (spec, arg)) in schema.iter().enumerate() {
        flags.entry(arg.to_string()).or_insert((flag, spec));
    }
    for name in names {
        let (flag, remedy) = match flags.get(name) {
            Some((flag, spec)) if is_set(*flag) || is_invalid(&spec.name) => continue,
            Some((_, spec)) => (&spec.name, "set it in the source or on the command line"),
            None => (name, "give it on the command line"),
        };
        rejected.problems.push(Problem::Required {
            flag: flag.clone(),
            remedy,
        });
    }
    rejected.problems.extend(accepted.rejected);
    rejected.unknown = accepted.unknown;
    rejected.volatile = accepted.volatile;
    rejected
}

/// The flags of the chosen commands, without the struct.
fn schema_of(
    mut command: Command,
    defs: impl Iterator<Item = FlagDef>,
    positions: &Positions,
) -> Schema {
    command.build();
    let levels = Levels::new(command, positions.path());
    let mut defs = chosen(defs, &levels);
    defs.extend(uncovered(&levels, &defs));
    Schema::new(levels, defs)
}

/// The layer with its valid keys alone. Problems of the others are reported when the layer is proposed.
pub(crate) fn valid_keys(schema: &Schema, layer: &Layer) -> Option<Accepted> {
    let lenient = layer
        .clone()
        .on_invalid(OnInvalid::KeepValid)
        .deny_unknown(false);
    let accept = Accept {
        schema,
        parser: &mut Parser::default(),
        parsed_with: Some(&layer.id),
    };
    let nothing = LayerStack::empty(schema.flags.len());
    accept.layer(&nothing, &lenient).ok()
}

/// The flags of the chosen commands.
///
/// There is no struct yet that tells which these are. Where two subcommands have arguments of one id,
/// their types tell them apart. Where even the types are the same, the checks of neither run here; those
/// of the right one run on the struct.
pub(crate) fn chosen(defs: impl Iterator<Item = FlagDef>, levels: &Levels) -> Vec<FlagDef> {
    let args = levels.args_by_id();
    let mut chosen: Vec<FlagDef> = Vec::new();
    let mut by_id: Vec<HashMap<Id, usize>> = vec![HashMap::new(); args.len()];
    for def in defs {
        let arg = args.get(def.depth).and_then(|args| args.get(&def.id));
        let fits = |arg: &Arg| is_flag(arg) && arg.get_value_parser().type_id() == def.value_type;
        if !arg.is_some_and(|(_, arg)| fits(arg)) {
            continue;
        }
        let Some(by_id) = by_id.get_mut(def.depth) else {
            continue;
        };
        let same = by_id.get(&def.id).copied();
        if let Some(same) = same.and_then(|flag| chosen.get_mut(flag)) {
            same.secret |= def.secret;
            same.checks.clear();
        } else {
            by_id.insert(def.id.clone(), chosen.len());
            chosen.push(def);
        }
    }
    chosen
}

/// The command line that gives a flag its value.
fn typed(spec: &FlagSpec, arg: &Arg, parsed: &Parsed, text: &str) -> Vec<OsString> {
    let with = |value: &str| format!("--{}={value}", spec.name).into();
    let switch = |wanted: bool| usize::from(parsed.value.downcast_ref() == Some(&wanted));
    let times = match arg.get_action() {
        ArgAction::SetTrue => switch(true),
        ArgAction::SetFalse => switch(false),
        ArgAction::Count => {
            let count = parsed.value.downcast_ref::<u8>();
            count.copied().map_or(0, usize::from)
        }
        _ => {
            return match &spec.list {
                Some(list) => {
                    let members = list.format.members(text);
                    members.iter().map(|member| with(member)).collect()
                }
                None => vec![with(text)],
            };
        }
    };
    vec![format!("--{}", spec.name).into(); times]
}

/// The command line with the supplied arguments after the name of their command, so that the given
/// arguments come later.
pub(crate) fn with_supplied(
    command: &Command,
    line: &[OsString],
    supplied: &[Supplied],
) -> Vec<OsString> {
    let after_name = usize::from(!command.is_no_binary_name_set());
    let mut all = Vec::with_capacity(line.len());
    for index in 0..=line.len() {
        for supplied in supplied {
            let position = supplied.position.unwrap_or(after_name);
            if position.min(line.len()) == index {
                all.extend_from_slice(&supplied.typed);
            }
        }
        all.extend(line.get(index).cloned());
    }
    all
}
