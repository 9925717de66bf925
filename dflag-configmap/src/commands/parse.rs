//! Parsing a command line that may ask for a command.

use std::any::type_name;
use std::ffi::OsString;
use std::iter::successors;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches as _};
use dflag::{DynamicFlags, Flags};

use super::args::ConfigMapArgs;
use super::check::check;
use super::describe::{Description, describe};
use crate::arguments::is_own;
use crate::builder::Builder;
use crate::error::ParseError;
use crate::options::Options;
use crate::output::Output;
use crate::parse::follow;
use crate::updater::Updater;

/// The commands.
enum Action {
    /// Judges the ConfigMap of a manifest or a directory.
    Check(PathBuf),
    /// Describes the flags.
    Describe(Description),
}

impl ConfigMapArgs {
    /// Parses the command line of a program that flattens this struct. If it asks for a command, this prints its output
    /// and exits. Otherwise it applies the content of `--config-dir`, and follows it from then on.
    ///
    /// Without `--config-dir` there is no updater. On an error, including a request for help, this prints it and exits,
    /// like [`clap::Parser::parse`].
    ///
    /// With a directory, this is [`parse`](crate::parse): a key can supply a required flag.
    pub fn parse<A>() -> (Flags<A>, Option<Updater>)
    where
        A: DynamicFlags + CommandFactory,
    {
        Self::parse_with(|builder| builder)
    }

    /// The same as [`parse`](Self::parse), with options of the updater, which hold for the commands, too.
    ///
    /// ```no_run
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # use dflag_configmap::ConfigMapArgs;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[command(flatten)]
    /// #     #[flag(flatten)]
    /// #     config: ConfigMapArgs,
    /// # }
    /// let (args, _updater) =
    ///     ConfigMapArgs::parse_with::<Args>(|builder| builder.deny_unknown(true));
    /// ```
    pub fn parse_with<A>(
        options: impl FnOnce(Builder<()>) -> Builder<()>,
    ) -> (Flags<A>, Option<Updater>)
    where
        A: DynamicFlags + CommandFactory,
    {
        Self::try_parse_from_with(std::env::args_os(), options)
            .unwrap_or_else(|error: ParseError| error.exit())
    }

    /// The same as [`parse_with`](Self::parse_with) for a given command line, of which the first is the program's name.
    /// The output of a command is returned as [`ParseError::Command`].
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag_configmap::{ConfigMapArgs, ParseError};
    ///
    /// #[derive(Clone, Debug, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[command(flatten)]
    ///     #[flag(flatten)]
    ///     config: ConfigMapArgs,
    ///
    ///     #[arg(long, default_value_t = 3)]
    ///     #[flag(dynamic)]
    ///     limit: u8,
    /// }
    ///
    /// let directory = tempfile::tempdir()?;
    /// std::fs::write(directory.path().join("limit"), "300")?;
    /// let line = ["server".as_ref(), "--config-check".as_ref(), directory.path().as_os_str()];
    ///
    /// let parsed = ConfigMapArgs::try_parse_from_with::<Args, _, _>(line, |builder| builder);
    /// let Err(ParseError::Command(output)) = parsed else {
    ///     panic!("the line asks for a command");
    /// };
    /// assert_eq!(output.exit_code(), 1);
    /// assert!(output.text().contains("300 is not in 0..=255"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// - [`ParseError::Command`]: the command line asks for a command.
    /// - [`ParseError::CommandLine`] and [`ParseError::Setup`]: as [`try_parse`](crate::try_parse).
    ///   [`ErrorKind::UnknownArgument`] if no command of the program has the arguments of this struct.
    pub fn try_parse_from_with<A, I, T>(
        args: I,
        options: impl FnOnce(Builder<()>) -> Builder<()>,
    ) -> Result<(Flags<A>, Option<Updater>), ParseError>
    where
        A: DynamicFlags + CommandFactory,
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let line: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let mut builder = options(Builder::new((), Path::new("")));
        let requested = requested_by::<A>(&line)?;
        if let Some(output) = requested.output::<A>(&line, &builder.options)? {
            return Err(ParseError::Command(Box::new(output)));
        }
        if let Some(dir) = requested.dir {
            builder.directory = dir;
            let (flags, updater) = follow(&line, builder)?;
            return Ok((flags, Some(updater)));
        }
        let flags = A::try_parse_dynamic_from(line).map_err(ParseError::CommandLine)?;
        Ok((flags, None))
    }

    /// If the command line asks for a command, prints its output and exits. Otherwise it does nothing.
    ///
    /// It is for a program that then parses its command line and makes its updater itself, because options of the updater
    /// depend on flags: where to keep the last good content, or what to do about pending restarts. `options` are those
    /// that decide which keys are read and whether their values are valid. Such a program needs every required flag on
    /// its command line, while a check counts those of the ConfigMap, too.
    ///
    /// ```no_run
    /// # use std::path::PathBuf;
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag_configmap::{Builder, ConfigMapArgs, LastGoodFile, Updater};
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[command(flatten)]
    ///     #[flag(flatten)]
    ///     config: ConfigMapArgs,
    ///
    ///     #[arg(long)]
    ///     last_good_file: PathBuf,
    /// }
    ///
    /// fn keys<F>(builder: Builder<F>) -> Builder<F> {
    ///     builder.prefix("server.")
    /// }
    ///
    /// ConfigMapArgs::run::<Args>(keys);
    /// let args = Args::parse_dynamic();
    /// let now = args.load_full();
    /// let directory = now.config.dir.as_deref().unwrap_or("/etc/server".as_ref());
    /// let updater = keys(Updater::builder(&args, directory))
    ///     .last_good_file(LastGoodFile::new(&now.last_good_file))
    ///     .setup()
    ///     .unwrap_or_else(|error| error.exit());
    /// # let _ = updater;
    /// ```
    pub fn run<A>(options: impl FnOnce(Builder<()>) -> Builder<()>)
    where
        A: DynamicFlags + CommandFactory,
    {
        match Self::try_run_from::<A, _, _>(std::env::args_os(), options) {
            Ok(None) => {}
            Ok(Some(output)) => output.exit(),
            Err(error) => error.exit(),
        }
    }

    /// The same as [`run`](Self::run) for a given command line, of which the first is the program's name. Returns the
    /// output of the command, if the line asks for one.
    ///
    /// # Errors
    /// [`ParseError::CommandLine`]: the line asks for a command, and clap rejects it; or no command of the program has
    /// the arguments of this struct.
    pub fn try_run_from<A, I, T>(
        args: I,
        options: impl FnOnce(Builder<()>) -> Builder<()>,
    ) -> Result<Option<Output>, ParseError>
    where
        A: DynamicFlags + CommandFactory,
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let line: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let Builder { options, .. } = options(Builder::new((), Path::new("")));
        requested_by::<A>(&line)?.output::<A>(&line, &options)
    }

    /// The output of the command that is asked for, if one is.
    fn output<A>(&self, line: &[OsString], options: &Options) -> Result<Option<Output>, ParseError>
    where
        A: DynamicFlags + CommandFactory,
    {
        let output = match self.action() {
            Some(Action::Check(input)) => check::<A>(line, &input, self, options)?,
            Some(Action::Describe(description)) => {
                describe::<A>(line, &description, self, options)?
            }
            None => return Ok(None),
        };
        Ok(Some(output))
    }

    /// The command that is asked for.
    fn action(&self) -> Option<Action> {
        if let Some(input) = &self.check {
            return Some(Action::Check(input.clone()));
        }
        let template = self.template.map(Description::Template);
        let schema = self.schema.then_some(Description::Schema);
        let compat = self.compat.clone().map(Description::Compat);
        let policy = self.policy.clone().map(Description::Policy);
        let description = template.or(schema).or(compat).or(policy)?;
        Some(Action::Describe(description))
    }
}

/// What a command line of the program says of these arguments.
///
/// # Errors
/// The program does not have them.
fn requested_by<A: CommandFactory>(line: &[OsString]) -> Result<ConfigMapArgs, ParseError> {
    let mut command = A::command();
    if !has_args(&command) {
        let error = not_flattened(type_name::<A>());
        return Err(ParseError::CommandLine(error.format(&mut command)));
    }
    Ok(requested(command, line))
}

/// What a command line says of these arguments, whatever else it lacks. Where clap can't parse it, nothing: the error is
/// reported when the whole is parsed.
fn requested(command: Command, line: &[OsString]) -> ConfigMapArgs {
    let matches = tolerant(command).try_get_matches_from(line);
    let Ok(matches) = matches else {
        return ConfigMapArgs::default();
    };
    let chosen = successors(Some(&matches), |matches| {
        matches.subcommand().map(|(_, matches)| matches)
    });
    let has_args = |matches: &&ArgMatches| matches.try_contains_id(ConfigMapArgs::DIR).is_ok();
    let parsed = chosen
        .filter(has_args)
        .last()
        .map(ConfigMapArgs::from_arg_matches);
    parsed.and_then(Result::ok).unwrap_or_default()
}

/// The same command, which parses a line that lacks required arguments, and of which only these arguments have defaults
/// and environment variables. clap compares each value that it adds with all others, so that a thousand defaults take
/// longer than all the rest of a check.
fn tolerant(command: Command) -> Command {
    command
        .ignore_errors(true)
        .arg_required_else_help(false)
        .mut_args(|arg| {
            if is_own(&arg) {
                arg
            } else {
                without_defaults(arg)
            }
        })
        .mut_subcommands(tolerant)
}

fn without_defaults(arg: Arg) -> Arg {
    let arg = arg.default_value(None).env(None);
    match arg.get_action() {
        // Their defaults can't be taken away. Neither does the value matter.
        ArgAction::SetTrue | ArgAction::SetFalse | ArgAction::Count => arg
            .action(ArgAction::Append)
            .num_args(0)
            .default_missing_value("")
            .value_parser(ValueParser::os_string()),
        _ => arg,
    }
}

/// Whether the command or a subcommand has the arguments.
fn has_args(command: &Command) -> bool {
    let mut args = command.get_arguments();
    args.any(|arg| arg.get_id() == ConfigMapArgs::DIR) || command.get_subcommands().any(has_args)
}

fn not_flattened(program: &str) -> clap::Error {
    clap::Error::raw(
        ErrorKind::UnknownArgument,
        format!(
            "`{program}` has no `--config-dir`: flatten `ConfigMapArgs` into it, with `#[command(flatten)]` and \
             `#[flag(flatten)]`"
        ),
    )
}
