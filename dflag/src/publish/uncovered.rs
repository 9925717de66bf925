//! Uncovered flags: arguments of the program's command that no struct with `DynamicFlags` declares.
//!
//! They are listed like static flags. No proposal changes them: a layer can set one only by an argument that
//! is inserted into the command line, and only where command line and environment are silent.

use std::any::TypeId;
use std::collections::HashSet;
use std::sync::Arc;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Id};

use crate::error::Problem;
use crate::fields::declaration::Fields;
use crate::layers::layer::{Layer, OnInvalid};
use crate::publish::positions::Positions;
use crate::publish::required::{Supplied, valid_keys};
use crate::read::snapshot::Value;
use crate::schema::flag_def::{FlagDef, Shape};
use crate::schema::flag_spec::is_flag;
use crate::schema::levels::{Levels, matches_by_depth};
use crate::schema::names::Meaning;
use crate::schema::{FlagSpec, Schema};

/// Adds the uncovered flags after the others.
pub(crate) fn add_uncovered<A: 'static>(fields: &mut Fields<A>, levels: &Levels) {
    let shown: HashSet<(usize, Id)> = fields
        .shown
        .iter()
        .flat_map(|shown| {
            let command = (shown.augment)(Command::new("shown"));
            let ids: Vec<Id> = command
                .get_arguments()
                .map(|arg| arg.get_id().clone())
                .collect();
            ids.into_iter().map(|id| (shown.depth, id))
        })
        .collect();
    for mut def in uncovered(levels, &fields.defs) {
        def.secret = !shown.contains(&(def.depth, def.id.clone()));
        fields.uncovered(def);
    }
}

/// The flags of the commands that no field declares, in the order of the commands.
pub(crate) fn uncovered<'a>(
    levels: &Levels,
    declared: impl IntoIterator<Item = &'a FlagDef>,
) -> Vec<FlagDef> {
    let mut known: HashSet<(usize, &Id)> = declared
        .into_iter()
        .map(|def| (def.depth, &def.id))
        .collect();
    let mut defs = Vec::new();
    for (depth, level) in levels.iter().enumerate() {
        for arg in level.get_arguments().filter(|arg| is_flag(arg)) {
            // clap copies a global argument into every subcommand.
            let mut above = (0..depth).filter(|_| arg.is_global_set());
            if above.any(|depth| known.contains(&(depth, arg.get_id()))) {
                continue;
            }
            if known.insert((depth, arg.get_id())) {
                defs.push(def(depth, arg));
            }
        }
    }
    defs
}

fn def(depth: usize, arg: &Arg) -> FlagDef {
    let mut def = FlagDef::new(arg.get_id().clone(), None, TypeId::of::<()>(), take);
    def.depth = depth;
    def.covered = false;
    def.secret = true;
    let action = arg.get_action();
    if action.takes_values() {
        let takes_many = |range: clap::builder::ValueRange| range.max_values() > 1;
        if matches!(action, ArgAction::Append)
            || arg.get_num_args().is_some_and(takes_many)
            || arg.get_value_delimiter().is_some()
        {
            def.shape = Shape::Many;
        } else if arg.get_default_values().is_empty() && !arg.is_required_set() {
            def.shape = Shape::Optional;
        }
    }
    def
}

/// The value of an argument that takes none on the command line. Other values are compared by their texts.
fn take(matches: &ArgMatches, id: &str) -> Option<Value> {
    matches.try_contains_id(id).ok()?;
    if let Ok(Some(switch)) = matches.try_get_one::<bool>(id) {
        return Some(Arc::new(*switch));
    }
    if let Ok(Some(count)) = matches.try_get_one::<u8>(id) {
        return Some(Arc::new(*count));
    }
    Some(Arc::new(()))
}

/// The uncovered flags that the command line and the environment leave unset and the layer sets.
///
/// # Errors
/// A value that is invalid, unless the layer keeps its valid ones.
pub(crate) fn supply_uncovered(
    schema: &Schema,
    matches: &ArgMatches,
    layer: &Layer,
    positions: impl FnOnce() -> Positions,
) -> Result<Vec<Supplied>, clap::Error> {
    let levels = matches_by_depth(matches);
    let is_unset = |spec: &FlagSpec| {
        let matches = levels.get(spec.def.depth);
        matches.is_some_and(|matches| {
            let id = spec.def.id.as_str();
            matches.try_contains_id(id).is_ok()
                && matches!(
                    matches.value_source(id),
                    None | Some(ValueSource::DefaultValue)
                )
        })
    };
    let flags = schema.flags.iter().enumerate();
    let unset = flags.filter(|(_, spec)| !spec.def.covered && is_unset(spec));
    let unset: Vec<usize> = unset.map(|(flag, _)| flag).collect();
    let is_unset = |flag: &usize| unset.binary_search(flag).is_ok();
    let names_unset = |key: &str| match schema.meaning(key) {
        Meaning::Flag(flag) => is_unset(&flag),
        Meaning::Variable(flags) if layer.env_names => flags.iter().any(is_unset),
        _ => false,
    };
    let mut relevant = layer.clone();
    relevant.entries.retain(|entry| names_unset(&entry.key));
    if relevant.is_empty() {
        return Ok(Vec::new());
    }
    let Some(accepted) = valid_keys(schema, &relevant) else {
        return Ok(Vec::new());
    };
    if layer.on_invalid == OnInvalid::RejectAll && !accepted.rejected.is_empty() {
        let problems: Vec<String> = accepted.rejected.iter().map(Problem::to_string).collect();
        let lines = problems.join("\n  ") + "\n";
        return Err(clap::Error::raw(ErrorKind::ValueValidation, lines));
    }
    let source = accepted.stack.source(&layer.id);
    let positions = positions();
    let supplied = unset.into_iter();
    let supplied = supplied.filter_map(|flag| Supplied::new(schema, flag, source?, &positions));
    Ok(supplied.collect())
}

/// An error of a command line into which arguments were inserted: names the files that they come from, and
/// quotes none of their values.
pub(crate) fn with_sources(error: clap::Error, supplied: &[Supplied]) -> clap::Error {
    let inserted = supplied
        .iter()
        .filter(|supplied| !supplied.typed.is_empty());
    let inserted: Vec<&Supplied> = inserted.collect();
    if inserted.is_empty() {
        return error;
    }
    let text = error.to_string();
    let is_named = |supplied: &&&Supplied| text.contains(&format!("--{}", supplied.name));
    let mut named: Vec<&Supplied> = inserted.iter().filter(is_named).copied().collect();
    if named.is_empty() {
        // Without the required ones there would be another error.
        named = inserted
            .iter()
            .filter(|supplied| !supplied.required)
            .copied()
            .collect();
    }
    let hints = named
        .iter()
        .map(|supplied| format!("`--{}` is set by {}", supplied.name, supplied.origin));
    // These errors quote names only.
    let quotes_no_value = matches!(
        error.kind(),
        ErrorKind::ArgumentConflict | ErrorKind::MissingRequiredArgument
    );
    let quotes = |supplied: &&Supplied| supplied.may_hold_secret && text.contains(&*supplied.text);
    if !quotes_no_value && inserted.iter().any(quotes) {
        let hints: Vec<String> = hints.collect();
        return clap::Error::raw(
            error.kind(),
            format!(
                "the command line is rejected; the message is withheld because it quotes a value: {}\n",
                hints.join(", ")
            ),
        );
    }
    let mut error = error;
    let mut tips: Vec<StyledStr> = match error.get(ContextKind::Suggested) {
        Some(ContextValue::StyledStrs(tips)) => tips.clone(),
        _ => Vec::new(),
    };
    tips.extend(hints.map(StyledStr::from));
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    error
}
