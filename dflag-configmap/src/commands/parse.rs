//! Parsing a command line that may ask for a command.

use std::any::type_name;
use std::ffi::OsString;
use std::iter::successors;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches as _};
use dflag::{DynamicFlags, Flags};

use super::args::ConfigMapArgs;
use super::check::check;
use super::describe::{Description, describe};
use crate::error::ParseError;
use crate::options::Builder;
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
        let Builder { options, .. } = options(Builder::new((), Path::new("")));
        if !has_args(&A::command()) {
            let error = not_flattened(type_name::<A>());
            return Err(ParseError::CommandLine(error.format(&mut A::command())));
        }
        let requested = requested(A::command(), &line);
        if let Some(action) = requested.action() {
            let output = match action {
                Action::Check(input) => check::<A>(&line, &input, &requested, options)?,
                Action::Describe(description) => {
                    describe::<A>(&line, &description, &requested, &options)?
                }
            };
            return Err(ParseError::Command(Box::new(output)));
        }
        if let Some(dir) = requested.dir {
            let (flags, updater) = follow(&line, dir, options)?;
            return Ok((flags, Some(updater)));
        }
        let flags = A::try_parse_dynamic_from(line).map_err(ParseError::CommandLine)?;
        Ok((flags, None))
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

/// The same command, which parses a line that lacks required arguments.
fn tolerant(command: Command) -> Command {
    command
        .ignore_errors(true)
        .arg_required_else_help(false)
        .mut_subcommands(tolerant)
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
