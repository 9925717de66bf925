//! Values from the environment: names the variable in errors, which clap does not.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command};

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
    let arg = command
        .get_arguments()
        .find(|arg| arg.to_string() == *quoted)?;
    let held = std::env::var(arg.get_env()?).ok()?;
    let delimiter = arg.get_value_delimiter();
    let is_part =
        delimiter.is_some_and(|delimiter| held.split(delimiter).any(|part| part == value));
    (held == *value || is_part).then(|| name(arg)).flatten()
}

/// The environment variable that the argument reads.
pub(crate) fn name(arg: &Arg) -> Option<String> {
    Some(arg.get_env()?.to_string_lossy().into_owned())
}
