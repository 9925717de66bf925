//! Secrets on the command line: what clap would show of them.

use std::collections::BTreeSet;

use clap::Command;
use clap::error::{ContextKind, ContextValue};

use crate::field::Fields;

/// Hides the values that `--help` would show: the default, and what the environment holds.
pub(crate) fn hide<A>(command: Command, fields: &Fields<A>) -> Command {
    let secrets = ids(fields);
    if secrets.is_empty() {
        return command;
    }
    command.mut_args(|arg| {
        if !secrets.contains(arg.get_id().as_str()) {
            return arg;
        }
        arg.hide_env_values(true).hide_default_value(true)
    })
}

/// An error that quotes a secret's value, without it.
pub(crate) fn mask<A>(error: clap::Error, command: &Command, fields: &Fields<A>) -> clap::Error {
    let secrets = ids(fields);
    let mut args = command.get_arguments();
    let Some(ContextValue::String(about)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let is_about =
        |arg: &clap::Arg| secrets.contains(arg.get_id().as_str()) && arg.to_string() == *about;
    if !args.any(is_about) {
        return error;
    }
    clap::Error::raw(
        error.kind(),
        format!("invalid value for '{about}' (the flag is secret: the value is not shown)\n"),
    )
    .with_cmd(command)
}

fn ids<A>(fields: &Fields<A>) -> BTreeSet<&str> {
    let secrets = fields.flags.iter().filter(|field| field.traits().secret);
    secrets.map(|field| field.traits().id.as_str()).collect()
}
