//! Secrets on the command line: hides what clap itself would show.

use std::env;
use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Id};

use crate::schema::environment::variable;
use crate::schema::flag_def::FlagDef;
use crate::schema::levels::{args_by_id, is_built};
use crate::value::FileRejection;

/// The secret flags of a struct.
pub(crate) struct Secrets {
    /// Their depths below the command of the struct, and their clap ids. Of another subcommand's argument
    /// with the same id, too, nothing is shown.
    ids: Vec<(usize, Id)>,
    commands: Commands,
}

/// The commands that may be that of the struct.
enum Commands {
    /// The program's.
    Program,
    /// Each that has the arguments with these ids.
    With(Vec<Id>),
}

impl Secrets {
    /// Those of the program's struct.
    pub(crate) fn of_program<'a>(defs: impl Iterator<Item = &'a FlagDef>) -> Self {
        Self {
            ids: ids(defs),
            commands: Commands::Program,
        }
    }

    /// Those of a struct that may be a subcommand's.
    pub(crate) fn of_any_command<'a>(defs: impl Iterator<Item = &'a FlagDef> + Clone) -> Self {
        let own = defs.clone().filter(|def| def.depth == 0);
        Self {
            commands: Commands::With(own.map(|def| def.id.clone()).collect()),
            ids: ids(defs),
        }
    }

    /// The depths of `command` below each command of the struct that it is in, or is. `above` are those of the
    /// command that has it.
    fn depths(&self, command: &Command, above: Option<&[usize]>) -> Vec<usize> {
        let is_own = match &self.commands {
            Commands::Program => above.is_none(),
            Commands::With(ids) => {
                let args = args_by_id(command);
                ids.iter().all(|id| args.contains_key(id))
            }
        };
        let own = is_own.then_some(0);
        let above = above.into_iter().flatten().map(|depth| depth + 1);
        own.into_iter().chain(above).collect()
    }

    fn contains(&self, depths: &[usize], arg: &Arg) -> bool {
        let mut depths = depths.iter();
        depths.any(|depth| self.ids.contains(&(*depth, arg.get_id().clone())))
    }

    /// Hides the values that `--help` would show: the default and the environment variable's.
    pub(crate) fn hide_in(&self, command: Command) -> Command {
        if self.ids.is_empty() {
            return command;
        }
        self.hide_at(command, None)
    }

    fn hide_at(&self, command: Command, above: Option<&[usize]>) -> Command {
        let depths = self.depths(&command, above);
        let command = command.mut_args(|arg| {
            if self.contains(&depths, &arg) {
                hide(arg)
            } else {
                arg
            }
        });
        command.mut_subcommands(|subcommand| self.hide_at(subcommand, Some(&depths)))
    }

    /// Whether an argument that clap displays in this way is secret.
    fn displays(&self, about: &str, command: &Command, above: Option<&[usize]>) -> bool {
        let depths = self.depths(command, above);
        let mut args = command.get_arguments().filter(|arg| is_built(arg));
        args.any(|arg| self.contains(&depths, arg) && arg.to_string() == about)
            || command
                .get_subcommands()
                .any(|subcommand| self.displays(about, subcommand, Some(&depths)))
    }

    /// Replaces an error that quotes a secret's value by one that does not. An error that quotes none,
    /// such as that of a flag without its value, stays as clap wrote it.
    pub(crate) fn mask(&self, error: clap::Error, command: &Command) -> clap::Error {
        let Some(ContextValue::String(about)) = error.get(ContextKind::InvalidArg) else {
            return error;
        };
        if !self.displays(about, command, None) || !may_quote(&error) {
            return error;
        }
        let from = variable(&error, command).map_or_else(String::new, |variable| {
            format!(" from the environment variable {variable}")
        });
        let file = error.source().and_then(|source| source.downcast_ref());
        let reason = file.map_or_else(
            || " (the flag is secret: the value is not shown)".to_owned(),
            |file: &FileRejection| format!(": {file}"),
        );
        let message = format!("invalid value for '{about}'{from}{reason}\n");
        clap::Error::raw(error.kind(), message).with_cmd(command)
    }
}

fn ids<'a>(defs: impl Iterator<Item = &'a FlagDef>) -> Vec<(usize, Id)> {
    let secrets = defs.filter(|def| def.secret);
    secrets.map(|def| (def.depth, def.id.clone())).collect()
}

/// Hides only what there is, so that help is otherwise as clap writes it.
fn hide(arg: Arg) -> Arg {
    let variable = arg.get_env().and_then(env::var_os);
    let has_value = variable.is_some_and(|value| !value.is_empty());
    let has_default = arg.get_default_values().iter().any(|text| !text.is_empty());
    let arg = if has_value {
        arg.hide_env_values(true)
    } else {
        arg
    };
    // clap shows no default of an argument without a value, and panics if told to hide it.
    if has_default && arg.get_action().takes_values() {
        arg.hide_default_value(true)
    } else {
        arg
    }
}

/// Whether an error about an argument may quote its value.
fn may_quote(error: &clap::Error) -> bool {
    match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(value)) => !value.is_empty(),
        Some(_) => true,
        // A parser of the program's own may quote the value without saying so.
        None => matches!(
            error.kind(),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation
        ),
    }
}
