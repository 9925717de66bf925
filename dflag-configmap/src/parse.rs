//! Parsing: command line and directory together, so that a directory can supply required flags.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use dflag::{DynamicFlags, Flags, Key, Layer};

use crate::apply::layer;
use crate::arguments::{all_arguments, names, normalize};
use crate::builder::Builder;
use crate::error::ParseError;
use crate::options::{Options, absolute};
use crate::sync::Reader;
use crate::updater::Updater;
use crate::volume::Contents;

/// Parses the command line, applies the content of `directory`, and follows it from then on. On an
/// error, including a request for help, this prints it and exits, like [`clap::Parser::parse`].
///
/// This is [`parse_dynamic`](DynamicFlags::parse_dynamic) and [`setup`](crate::setup) in one call.
/// In addition, a key of the directory can supply a required flag that neither the command line nor
/// the environment gives. An update that no longer has such a key is rejected.
///
/// It can also set an [uncovered](dflag::FlagInfo::covered) flag, such as one of a flattened struct of
/// another crate, if neither the command line nor the environment gives it. These are inserted into the
/// command line as arguments, and later updates of them are pending a restart.
///
/// ```no_run
/// use clap::Parser;
/// use dflag::DynamicFlags;
/// use dflag_configmap as configmap;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// The database. It has no default.
///     #[arg(long)]
///     dsn: String,
///
///     #[arg(long, default_value_t = 3)]
///     #[flag(dynamic)]
///     limit: u8,
/// }
///
/// let (args, updater) = configmap::parse::<Args>("/etc/dflag");
/// println!("{} {}", args.load().dsn, args.limit.get());
/// updater.stop()?;
/// # Ok::<(), configmap::StopError>(())
/// ```
pub fn parse<A>(directory: impl AsRef<Path>) -> (Flags<A>, Updater)
where
    A: DynamicFlags + clap::CommandFactory,
{
    parse_with(directory, |builder| builder)
}

/// The same as [`parse`], with options of the updater.
///
/// ```no_run
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag_configmap as configmap;
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let (args, updater) =
///     configmap::parse_with::<Args>("/etc/dflag", |builder| builder.optional(true));
/// ```
pub fn parse_with<A>(
    directory: impl AsRef<Path>,
    options: impl FnOnce(Builder<()>) -> Builder<()>,
) -> (Flags<A>, Updater)
where
    A: DynamicFlags + clap::CommandFactory,
{
    try_parse_from_with(std::env::args_os(), directory, options)
        .unwrap_or_else(|error| error.exit())
}

/// The same as [`parse`], but returns an error.
///
/// # Errors
/// - [`ParseError::CommandLine`]: the errors of
///   [`try_parse_dynamic`](DynamicFlags::try_parse_dynamic). If a required flag is missing, the error
///   names the key that the directory lacks, or says why the directory can't be read.
/// - [`ParseError::Setup`]: the errors of [`setup`](crate::setup).
pub fn try_parse<A>(directory: impl AsRef<Path>) -> Result<(Flags<A>, Updater), ParseError>
where
    A: DynamicFlags + clap::CommandFactory,
{
    try_parse_from(std::env::args_os(), directory)
}

/// The same as [`try_parse`] for a given command line, of which the first is the program's name.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag_configmap as configmap;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long)]
///     dsn: String,
/// }
///
/// let directory = tempfile::tempdir()?;
/// std::fs::write(directory.path().join("dsn"), "postgres://db\n")?;
///
/// let (args, _updater) = configmap::try_parse_from::<Args, _, _>(["server"], directory.path())?;
/// assert_eq!(args.load().dsn, "postgres://db");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The same as [`try_parse`].
pub fn try_parse_from<A, I, T>(
    args: I,
    directory: impl AsRef<Path>,
) -> Result<(Flags<A>, Updater), ParseError>
where
    A: DynamicFlags + clap::CommandFactory,
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    try_parse_from_with(args, directory, |builder| builder)
}

/// The same as [`try_parse_from`], with options of the updater.
///
/// # Errors
/// The same as [`try_parse`].
pub fn try_parse_from_with<A, I, T>(
    args: I,
    directory: impl AsRef<Path>,
    options: impl FnOnce(Builder<()>) -> Builder<()>,
) -> Result<(Flags<A>, Updater), ParseError>
where
    A: DynamicFlags + clap::CommandFactory,
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let builder = options(Builder::new((), directory.as_ref()));
    let line: Vec<OsString> = args.into_iter().map(Into::into).collect();
    follow(&line, builder)
}

/// Parses a command line, applies the content of the directory, and follows it from then on.
pub(crate) fn follow<A>(
    line: &[OsString],
    builder: Builder<()>,
) -> Result<(Flags<A>, Updater), ParseError>
where
    A: DynamicFlags + clap::CommandFactory,
{
    let Builder {
        directory, options, ..
    } = &builder;
    // Help, and most errors, need no directory.
    let parsed = match A::try_parse_dynamic_from(line) {
        Err(missing) if missing.kind() == ErrorKind::MissingRequiredArgument => {
            parse_with_directory(missing, line, directory, options)
        }
        Ok(flags) => parse_uncovered(line, flags, || {
            // A directory that can't be read is the updater's error.
            let read = contents(directory, options, &A::command());
            let (directory, contents) = read.unwrap_or_else(|_| {
                let directory = absolute(directory).unwrap_or_default();
                (directory, Arc::default())
            });
            layer(&directory, options, &contents)
        }),
        Err(error) => Err(error),
    };
    let flags: Flags<A> = parsed.map_err(ParseError::CommandLine)?;
    let updater = builder.with_flags((&flags).into()).setup()?;
    Ok((flags, updater))
}

/// Parses a command line that lacks required flags, which the directory may supply. `missing` is
/// clap's error.
fn parse_with_directory<A>(
    mut missing: clap::Error,
    line: &[OsString],
    directory: &Path,
    options: &Options,
) -> Result<Flags<A>, clap::Error>
where
    A: DynamicFlags + clap::CommandFactory,
{
    let because = match contents(directory, options, &A::command()) {
        Ok((directory, contents)) => {
            return Flags::try_parse_with(line, &layer(&directory, options, &contents));
        }
        Err(because) => because,
    };
    let hint = format!("the ConfigMap could supply it, but {because}");
    missing.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![hint.into()]),
    );
    Err(missing)
}

/// Parses a command line again, with a layer, if `flags` has arguments that no struct covers: the layer can set them.
/// `flags` is what the line alone was parsed into.
pub(crate) fn parse_uncovered<A>(
    line: &[OsString],
    flags: Flags<A>,
    layer: impl FnOnce() -> Layer,
) -> Result<Flags<A>, clap::Error>
where
    A: DynamicFlags + clap::CommandFactory,
{
    if has_uncovered(&flags, &A::command()) {
        Flags::try_parse_with(line, &layer())
    } else {
        Ok(flags)
    }
}

/// The directory, as an absolute path, and the keys in it that name an argument of `command`; or why it can't be read.
pub(crate) fn contents(
    directory: &Path,
    options: &Options,
    command: &Command,
) -> Result<(PathBuf, Arc<Contents>), String> {
    let directory = absolute(directory).map_err(|error| error.to_string())?;
    let is_flag = names_an_argument(command, options.env_names);
    let known_keys = options.keys.known_keys(is_flag);
    let mut reader = Reader::new(&directory, options, known_keys);
    // The updater, which reads the directory again, reports files that no update can reach.
    let contents = reader.read(&directory, options.rescan_every, &|_| ());
    let contents = contents.map_err(|error| error.to_string())?;
    Ok((directory, Arc::clone(contents)))
}

/// Whether some argument of the command, or of a chosen subcommand, is uncovered.
pub(crate) fn has_uncovered<A: DynamicFlags>(flags: &Flags<A>, command: &Command) -> bool {
    let all = all_arguments(command);
    let mut names = all.iter().filter_map(|arg| arg.get_long());
    names.any(|name| matches!(flags.lookup(name), Key::Uncovered { .. }))
}

/// Whether a key of some name sets an argument.
fn names_an_argument(
    command: &Command,
    env_names: bool,
) -> impl Fn(&str) -> bool + Send + Sync + 'static {
    let args = all_arguments(command);
    let names: HashSet<String> = args
        .iter()
        .flat_map(|arg| names(arg))
        .map(normalize)
        .collect();
    let variables = args.iter().filter_map(|arg| arg.get_env()?.to_str());
    let variables = variables.filter(|_| env_names).map(str::to_owned);
    let variables: HashSet<String> = variables.collect();
    move |name| names.contains(&normalize(name)) || variables.contains(name)
}
