//! Secrets on the command line: hides what clap itself would show.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Id};

use crate::schema::environment::variable;
use crate::schema::flag_def::FlagDef;

/// The clap ids of the secret flags.
pub(crate) struct Secrets(Vec<Id>);

impl Secrets {
    pub(crate) fn of<'a>(defs: impl Iterator<Item = &'a FlagDef>) -> Self {
        let secrets = defs.filter(|def| def.secret);
        Self(secrets.map(|def| def.id.clone()).collect())
    }

    fn contains(&self, arg: &Arg) -> bool {
        self.0.contains(arg.get_id())
    }

    /// Hides the values that `--help` would show: the default and the environment variable's.
    pub(crate) fn hide_in(&self, command: Command) -> Command {
        if self.0.is_empty() {
            return command;
        }
        command.mut_args(|arg| {
            if !self.contains(&arg) {
                return arg;
            }
            arg.hide_env_values(true).hide_default_value(true)
        })
    }

    /// Replaces an error that quotes a secret's value by one that does not. An error that quotes none,
    /// such as that of a flag without its value, stays as clap wrote it.
    pub(crate) fn mask(&self, error: clap::Error, command: &Command) -> clap::Error {
        let Some(ContextValue::String(about)) = error.get(ContextKind::InvalidArg) else {
            return error;
        };
        let mut args = command.get_arguments();
        let is_secret = args.any(|arg| self.contains(arg) && arg.to_string() == *about);
        if !is_secret || !may_quote(&error) {
            return error;
        }
        let from = variable(&error, command).map_or_else(String::new, |variable| {
            format!(" from the environment variable {variable}")
        });
        clap::Error::raw(
            error.kind(),
            format!(
                "invalid value for '{about}'{from} (the flag is secret: the value is not shown)\n"
            ),
        )
        .with_cmd(command)
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
