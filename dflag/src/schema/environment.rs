//! Values from the environment: names the variable in errors, which clap does not.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};

use crate::schema::levels::built_args;

/// Names the environment variable in an error about a value that came from one.
pub(crate) fn name_variable(mut error: clap::Error, command: &Command) -> clap::Error {
    if let Some(variable) = variable(&error, command) {
        let hint = StyledStr::from(format!(
            "the value is that of the environment variable {variable}"
        ));
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![hint]));
    }
    error
}

/// The environment variable whose value an error rejects.
pub(crate) fn variable(error: &clap::Error, command: &Command) -> Option<String> {
    let Some(ContextValue::String(quoted)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else {
        return None;
    };
    built_args(command)
        .map(|(_, arg)| arg)
        .filter(|arg| arg.get_env().is_some() && arg.to_string() == *quoted)
        .find(|arg| holds(arg, value))
        .and_then(name)
}

/// Whether the argument's variable holds the value, or a list that it is in.
fn holds(arg: &Arg, value: &str) -> bool {
    let Some(held) = arg.get_env().and_then(|name| std::env::var(name).ok()) else {
        return false;
    };
    let delimiter = arg.get_value_delimiter();
    held == value
        || delimiter.is_some_and(|delimiter| held.split(delimiter).any(|part| part == value))
}

/// The environment variable that the argument reads.
pub(crate) fn name(arg: &Arg) -> Option<String> {
    Some(arg.get_env()?.to_string_lossy().into_owned())
}
