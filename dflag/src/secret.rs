//! Secrets on the command line: what clap would show of them.

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Id};

use crate::field::Fields;
use crate::order::order;

/// The clap ids of the secret flags, in alphabetical order.
pub(crate) struct Secrets(Vec<Id>);

impl Secrets {
    pub(crate) fn of<A>(fields: &Fields<A>) -> Self {
        let traits = fields.flags.iter().map(|field| field.traits());
        let secrets = traits.filter(|traits| traits.secret);
        Self::sorted(&secrets.map(|traits| &traits.id).collect::<Vec<_>>())
    }

    fn sorted(ids: &[&Id]) -> Self {
        let texts: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let ids = order(&texts).into_iter().filter_map(|place| ids.get(place));
        Self(ids.map(|id| Id::clone(id)).collect())
    }

    fn has(&self, arg: &Arg) -> bool {
        let id = arg.get_id().as_str();
        self.0
            .binary_search_by(|secret| secret.as_str().cmp(id))
            .is_ok()
    }
}

/// Hides the values that `--help` would show: the default, and what the environment holds.
pub(crate) fn hide(command: Command, secrets: &Secrets) -> Command {
    if secrets.0.is_empty() {
        return command;
    }
    command.mut_args(|arg| {
        if !secrets.has(&arg) {
            return arg;
        }
        arg.hide_env_values(true).hide_default_value(true)
    })
}

/// An error that quotes a secret's value, without it.
pub(crate) fn mask(error: clap::Error, command: &Command, secrets: &Secrets) -> clap::Error {
    let mut args = command.get_arguments();
    let Some(ContextValue::String(about)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    if !args.any(|arg| secrets.has(arg) && arg.to_string() == *about) {
        return error;
    }
    clap::Error::raw(
        error.kind(),
        format!("invalid value for '{about}' (the flag is secret: the value is not shown)\n"),
    )
    .with_cmd(command)
}
