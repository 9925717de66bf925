//! Parsing a command line whose missing arguments a source may supply.

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use dflag::{DynamicFlags, Flags};

use super::contents::Contents;
use crate::apply::layer;
use crate::builder::Builder;
use crate::parse::{contents, parse_uncovered};

/// Parses a command line as [`configmap::parse`](crate::parse) does, with contents from anywhere.
///
/// They supply required flags, and [uncovered](dflag::FlagInfo::covered) ones, that neither the command line nor the
/// environment gives. `read` is called at most once, and only if something is missing. Its error says why there are no
/// contents. `location` is that of the [`Applier`](super::Applier) which is to apply the same contents.
///
/// # Errors
/// The same as [`Flags::try_parse_with`].
pub fn parse<A>(
    line: &[OsString],
    options: &Builder<()>,
    location: &str,
    read: &mut dyn FnMut() -> Result<Contents, String>,
) -> Result<Flags<A>, clap::Error>
where
    A: DynamicFlags + clap::CommandFactory,
{
    let layer = |contents: &Contents| layer(location.as_ref(), &options.options, &contents.0);
    match A::try_parse_dynamic_from(line) {
        Err(mut missing) if missing.kind() == ErrorKind::MissingRequiredArgument => {
            let because = match read() {
                Ok(contents) => return Flags::try_parse_with(line, &layer(&contents)),
                Err(because) => because,
            };
            let hint = format!("the ConfigMap could supply it, but {because}");
            missing.insert(
                ContextKind::Suggested,
                ContextValue::StyledStrs(vec![hint.into()]),
            );
            Err(missing)
        }
        Ok(flags) => parse_uncovered(line, flags, || layer(&read().unwrap_or_default())),
        Err(error) => Err(error),
    }
}

/// Reads `directory` before there are flags: the keys that name an argument of `command`.
///
/// # Errors
/// Why it can't be read.
pub fn read(
    command: &clap::Command,
    options: &Builder<()>,
    directory: impl AsRef<Path>,
) -> Result<Contents, String> {
    let read = contents(directory.as_ref(), &options.options, command);
    read.map(|(_, contents)| Contents(contents))
}
