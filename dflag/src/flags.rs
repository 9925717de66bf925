//! The handle on all flags of a program.

use std::ffi::OsString;
use std::fmt;
use std::ops::Deref;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, CommandFactory};

use crate::derived::node::Node;
use crate::dynamic::{Dynamic, Publisher};
use crate::dynamic_flags::DynamicFlags;
use crate::error::{Problem, Rejected};
use crate::fields::access::Access;
use crate::fields::declaration::{Fields, Rule};
use crate::fields::erased::TypedArgs;
use crate::fields::finish::Finish;
use crate::flag_set::{Applied, FlagSet, Key};
use crate::handles::Scope;
use crate::history::entry::History;
#[cfg(doc)]
use crate::history::entry::HistoryEntry;
use crate::history::rejected_update::RejectedUpdate;
use crate::history::revert::{Revert, RevertError, Reverted};
use crate::layers::edit::Edit;
use crate::layers::layer::Layer;
use crate::listing::checksum::Checksum;
use crate::listing::flag_schema::FlagSchema;
use crate::listing::info::{FlagInfo, Listing, PendingRestart};
use crate::listing::source::SourceStatus;
use crate::publish::base::{self, Base};
use crate::publish::core::Core;
use crate::publish::describe;
use crate::publish::positions::Positions;
use crate::publish::required::{Supplied, adapted, problems_without_struct, supply, with_supplied};
use crate::publish::uncovered::{add_uncovered, supply_uncovered, with_sources};
use crate::publish::values;
use crate::read::guard::Guard;
use crate::read::pinned::Slot;
use crate::read::snapshot::Snapshot;
use crate::read::thread_cache::Masking;
use crate::schema::bin_name::with_bin_name;
use crate::schema::environment::name_variable;
use crate::schema::flag_def::{FlagDef, Marked};
use crate::schema::help_marks::mark;
use crate::schema::levels::{Levels, matches_by_depth, path};
use crate::schema::secrets::Secrets;
use crate::schema::{FlagKind, Schema};
use crate::subscribers::{Notice, Subscription};
use crate::test_override::TestOverride;
use crate::user_code::catch_panic;
use crate::waiting::changes::Changes;
use crate::waiting::watch::{TimedOut, wait_for};

/// All flags of a program, cheap to clone and to share.
///
/// It dereferences to the struct of handles that the derive generates, so `flags.rollout` is a
/// [`Dynamic`](crate::Dynamic). [`load`](Self::load) returns a consistent snapshot of the struct
/// itself.
///
/// ```
/// use clap::Parser;
/// use dflag::DynamicFlags;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value_t = 8080)]
///     port: u16,
///
///     #[arg(long, default_value_t = 0.0)]
///     #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
///     rollout: f64,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server", "--port=80"])?;
/// args.set("rollout", "0.25")?;
///
/// assert_eq!(args.rollout.get(), 0.25);
/// assert_eq!((args.load().port, args.load().rollout), (80, 0.25));
///
/// let rejected = args.set("rollout", "25").unwrap_err();
/// assert!(rejected.to_string().contains("`rollout`: 25.0 is not in 0.0..=1.0"));
/// assert_eq!(args.rollout.get(), 0.25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Flags<A: DynamicFlags>(Arc<Inner<A>>);

struct Inner<A: DynamicFlags> {
    slot: Slot<A>,
    handles: A::Handles,
    core: Arc<Core>,
}

/// The flags of a command that parsed a line, before the struct is built.
struct Prepared<A> {
    schema: Schema,
    access: Vec<Box<dyn Access<A>>>,
    rules: Vec<Rule<A>>,
    finish: Vec<Finish<A>>,
    has_subcommand: bool,
    /// Which flags a subcommand has depends on the struct.
    built: Option<A>,
}

impl<A: DynamicFlags> Prepared<A> {
    /// `command` is built. It is the one that parsed `matches`, or one with the same arguments.
    fn new(
        command: Command,
        mut fields: Fields<A>,
        matches: &ArgMatches,
    ) -> Result<Self, clap::Error> {
        let levels = Levels::new(command, path(matches));
        // Which flags a subcommand has depends on the struct, into which the matches are moved.
        let mut built = None;
        if fields.has_subcommand {
            let args = A::from_arg_matches_mut(&mut matches.clone())?;
            fields.retain_chosen(&args);
            built = Some(args);
        }
        base::retain_flags(&mut fields, &levels)?;
        add_uncovered(&mut fields, &levels);
        let schema = Schema::new(levels, fields.defs);
        base::check_names(&schema)?;
        Ok(Self {
            schema,
            access: fields.access,
            rules: fields.rules,
            finish: fields.finish,
            has_subcommand: fields.has_subcommand,
            built,
        })
    }

    /// `layer` is the one that the line was parsed with.
    fn finish(
        self,
        matches: &ArgMatches,
        supplied: &[Supplied],
        layer: Option<&Layer>,
    ) -> Result<Flags<A>, clap::Error> {
        let schema = self.schema;
        let build: &dyn Fn() -> Result<A, clap::Error> =
            &|| A::from_arg_matches_mut(&mut matches.clone());
        let args = match self.built {
            Some(args) => args,
            None => build()?,
        };
        if self.has_subcommand {
            base::check_copy(&schema, A::duplicate(&args).err())?;
        }
        let mut args = TypedArgs::new(args, A::duplicate, self.access, self.rules, self.finish);
        let parsed_with = layer.map(|layer| layer.id.clone());
        let base = Base::new(&schema, matches, &args, supplied, parsed_with);
        let outcome = args.finish_base(build)?;
        Flags::start(schema, args, base, outcome)
    }
}

impl<A: DynamicFlags> Flags<A> {
    /// Creates flags from the program's own [`Command`] and its matches.
    ///
    /// `command` is the one that parsed `matches`. It must have the arguments of `A`, which
    /// `A::augment_args` adds. Names, parsers, bounds, possible values, defaults and help are those of
    /// this command.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use clap::{Args as _, Command, value_parser};
    /// use dflag::Flags;
    ///
    /// # #[derive(Clone, clap::Args, DynamicFlags)]
    /// # struct Limits {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let mut command = Limits::augment_args(Command::new("server"))
    ///     .mut_arg("limit", |arg| arg.value_parser(value_parser!(u8).range(..10)));
    /// let matches = command.try_get_matches_from_mut(["server", "--limit=5"])?;
    ///
    /// let limits = Flags::<Limits>::from_command(command, &matches)?;
    /// assert_eq!(limits.limit.get(), 5);
    /// assert!(limits.set("limit", "20").is_err());
    /// # Ok::<(), clap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`DynamicFlags::try_parse_dynamic`] that concern flags and their values. The
    /// command line itself has been parsed before. Matches of another command are an error. No error shows the
    /// value of a secret flag.
    ///
    /// # Secrets
    /// The program has called clap itself, whose help and errors know of no secrets. Use
    /// [`try_parse_command_from`](Self::try_parse_command_from), or both [`hide_secrets`](Self::hide_secrets) and
    /// [`mask_secrets`](Self::mask_secrets).
    pub fn from_command(mut command: Command, matches: &ArgMatches) -> Result<Self, clap::Error> {
        command.build();
        let fields = A::fields();
        base::check_matches(&fields, matches)?;
        // clap panics for an argument that `check_matches` does not know, such as a positional one.
        catch_panic(|| Prepared::new(command, fields, matches)?.finish(matches, &[], None))
            .unwrap_or_else(|_| Err(base::foreign_matches::<A>(None)))
    }

    /// Creates flags from the matches of a command that has the arguments of `A`.
    ///
    /// Names, parsers, bounds and defaults are those that `A` declares. If the program's own command
    /// changes them, for example by [`Command::mut_arg`], use [`from_command`](Self::from_command).
    ///
    /// For the struct of a subcommand, pass its [`subcommand_matches`](ArgMatches::subcommand_matches).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use clap::{Args as _, Command};
    /// use dflag::Flags;
    ///
    /// # #[derive(Clone, clap::Args, DynamicFlags)]
    /// # struct Limits {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let command = Limits::augment_args(Command::new("server"));
    /// let matches = command.try_get_matches_from(["server", "--limit=5"])?;
    ///
    /// let limits = Flags::<Limits>::from_arg_matches(&matches)?;
    /// assert_eq!(limits.limit.get(), 5);
    /// # Ok::<(), clap::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`from_command`](Self::from_command).
    ///
    /// # Secrets
    /// As for [`from_command`](Self::from_command).
    pub fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_command(A::augment_args(Command::new("flags")), matches)
    }

    /// Parses `args`, of which the first is the program's name, with the program's own [`Command`]. Neither help
    /// nor errors show the value of a secret flag, and help has the marks of [`mark_dynamic`](Self::mark_dynamic).
    ///
    /// `A` is the struct of the command's arguments, or of those of a subcommand at any depth. The matches are
    /// those of the whole command line, for arguments that `A` does not have.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use clap::{Arg, Args as _, Command, value_parser};
    /// use dflag::Flags;
    ///
    /// #[derive(Clone, clap::Args, DynamicFlags)]
    /// struct Login {
    ///     #[arg(long, default_value_t = 0)]
    ///     #[flag(dynamic, secret)]
    ///     pin: u32,
    /// }
    ///
    /// let command = || Login::augment_args(Command::new("server").arg(Arg::new("input")));
    ///
    /// let (login, matches) = Flags::<Login>::try_parse_command_from(command(), ["server", "--pin=4711", "a"])?;
    /// assert_eq!(login.pin.get(), 4711);
    /// assert_eq!(matches.get_one::<String>("input").map(String::as_str), Some("a"));
    ///
    /// let error = Flags::<Login>::try_parse_command_from(command(), ["server", "--pin=hunter2"]).unwrap_err();
    /// assert!(!error.to_string().contains("hunter2"));
    /// # Ok::<(), clap::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`DynamicFlags::try_parse_dynamic`]. [`MissingSubcommand`](ErrorKind::MissingSubcommand): `A` is
    /// the struct of a subcommand, and the command line chose another one. A program that has others as well
    /// parses with [`hide_secrets`](Self::hide_secrets) and [`mask_secrets`](Self::mask_secrets).
    pub fn try_parse_command_from<I, T>(
        command: Command,
        args: I,
    ) -> Result<(Self, ArgMatches), clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let mut command = Self::mark_dynamic(Self::hide_secrets(command));
        let matches = match command.try_get_matches_from_mut(args) {
            Ok(matches) => matches,
            Err(error) => {
                let error = Self::mask_secrets(error, &command);
                return Err(name_variable(error, &command));
            }
        };
        let fields = A::fields();
        let levels = Levels::new(command, path(&matches));
        let own = matches_by_depth(&matches)
            .into_iter()
            .zip(levels.iter())
            .find(|(matches, _)| base::check_matches(&fields, matches).is_ok());
        let Some((own, command)) = own else {
            return Err(base::not_chosen::<A>());
        };
        match Self::from_command(command.clone(), own) {
            Ok(flags) => Ok((flags, matches)),
            Err(error) => Err(error.format(&mut command.clone())),
        }
    }

    /// Prepares the program's own [`Command`]: its help then shows neither the defaults nor the environment
    /// variables' values of secret flags. Help is the same as without this where there is nothing to hide.
    ///
    /// `A` is the struct of the command's arguments, or of those of a subcommand at any depth. For several
    /// structs, call this for each. Errors are masked by [`mask_secrets`](Self::mask_secrets).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use clap::{Args as _, Command};
    /// use dflag::Flags;
    ///
    /// #[derive(Clone, clap::Args, DynamicFlags)]
    /// struct ServeArgs {
    ///     #[arg(long, default_value_t = 4711)]
    ///     #[flag(dynamic, secret)]
    ///     pin: u32,
    /// }
    ///
    /// let serve = ServeArgs::augment_args(Command::new("serve"));
    /// let command = Command::new("server").subcommand(serve).subcommand(Command::new("migrate"));
    /// let mut command = Flags::<ServeArgs>::hide_secrets(command);
    ///
    /// let help = command.try_get_matches_from_mut(["server", "serve", "--help"]).unwrap_err();
    /// assert!(!help.to_string().contains("4711"));
    ///
    /// let matches = command
    ///     .try_get_matches_from_mut(["server", "serve", "--pin=hunter2"])
    ///     .map_err(|error| Flags::<ServeArgs>::mask_secrets(error, &command));
    /// assert!(!matches.unwrap_err().to_string().contains("hunter2"));
    ///
    /// let matches = command.try_get_matches_from_mut(["server", "serve", "--pin=5"])?;
    /// if let Some(matches) = matches.subcommand_matches("serve") {
    ///     let serve = Flags::<ServeArgs>::from_arg_matches(matches)?;
    ///     assert_eq!(serve.pin.get(), 5);
    /// }
    /// # Ok::<(), clap::Error>(())
    /// ```
    #[must_use]
    pub fn hide_secrets(command: Command) -> Command {
        let fields = A::fields();
        Secrets::of_any_command(fields.defs.iter()).hide_in(command)
    }

    /// Prepares the program's own [`Command`]: its help then says which flags are dynamic, for the structs that ask for
    /// it by `#[flags(mark_dynamic)]`. Other structs change nothing.
    ///
    /// `A` is the struct of the command's arguments, or of those of a subcommand at any depth: each command that has
    /// all arguments of the struct is marked. Call it before the program changes these arguments. For several structs,
    /// call this for each.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use clap::{Args as _, Command};
    /// use dflag::Flags;
    ///
    /// #[derive(Clone, clap::Args, DynamicFlags)]
    /// #[flags(mark_dynamic)]
    /// struct ServeArgs {
    ///     /// Requests in flight.
    ///     #[arg(long, default_value_t = 100)]
    ///     #[flag(dynamic)]
    ///     limit: u32,
    /// }
    ///
    /// let serve = ServeArgs::augment_args(Command::new("serve"));
    /// let command = Command::new("server").subcommand(serve);
    /// let mut command = Flags::<ServeArgs>::mark_dynamic(command);
    ///
    /// let help = command.try_get_matches_from_mut(["server", "serve", "-h"]).unwrap_err();
    /// assert!(help.to_string().contains("Requests in flight [dynamic] [default: 100]"));
    /// # Ok::<(), clap::Error>(())
    /// ```
    #[must_use]
    pub fn mark_dynamic(command: Command) -> Command {
        let fields = A::fields();
        let defs: Vec<&FlagDef> = fields.defs.iter().collect();
        mark(command, &defs, Marked::AnyCommand)
    }

    /// Replaces an error of `command` that quotes the value of a secret flag by one that does not. Other errors
    /// stay as clap wrote them.
    ///
    /// See [`hide_secrets`](Self::hide_secrets), whose example calls this.
    pub fn mask_secrets(error: clap::Error, command: &Command) -> clap::Error {
        let fields = A::fields();
        // The command may be one that has not parsed anything, which knows less of its arguments.
        let mut command = command.clone();
        command.build();
        Secrets::of_any_command(fields.defs.iter()).mask(error, &command)
    }

    /// Checks the base, and makes it the first snapshot. `outcome` is that of `finish`.
    fn start(
        schema: Schema,
        args: TypedArgs<A>,
        base: Base,
        outcome: Result<(), String>,
    ) -> Result<Self, clap::Error> {
        let first = base::check(&schema, &args, &base.states, outcome)?;
        let core = Core::new(schema, Box::new(args), base, first);
        Ok(Self(Arc::new(Inner {
            slot: Slot::new(
                Arc::clone(&core.broadcast.store),
                Arc::new(Snapshot::args),
                // The struct may hold secrets.
                Masking::Masked,
            ),
            handles: A::handles(&Scope::root(&core)),
            core,
        })))
    }

    /// Creates flags from a struct, without a command line, for tests.
    ///
    /// Its values count as defaults: sources and overrides take precedence, and the origin is
    /// [`Origin::Default`](crate::Origin::Default). Names, parsers and bounds are those that `A` declares. Checks
    /// and rules run, and `finish` edits the struct, but clap's own demands on a command line, such as `required`
    /// or `conflicts_with`, do not count. Arguments that `A` does not [cover](FlagInfo::covered) are not listed.
    ///
    /// A listing shows a value's text as [`Dynamic::set`](crate::Dynamic::set) finds it, and no value for one
    /// without.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::{Dynamic, Flags};
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[arg(long)]
    ///     dsn: String,
    ///
    ///     #[arg(long, default_value_t = 100)]
    ///     #[flag(dynamic)]
    ///     limit: usize,
    /// }
    ///
    /// fn admits(limit: &Dynamic<usize>, in_flight: usize) -> bool {
    ///     in_flight < limit.get()
    /// }
    ///
    /// let args = Flags::from_value(Args { dsn: "postgres://test".to_owned(), limit: 2 })?;
    /// assert!(admits(&args.limit, 1));
    ///
    /// args.limit.set(1)?;
    /// assert!(!admits(&args.limit, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`DynamicFlags::try_parse_dynamic`] that concern flags and their values.
    pub fn from_value(args: A) -> Result<Self, clap::Error> {
        let mut command = A::augment_args(Command::new("flags"));
        command.build();
        let mut fields = A::fields();
        if fields.has_subcommand {
            fields.retain_chosen(&args);
        }
        let defs: Vec<_> = fields.defs.iter().collect();
        let path = values::chosen_path(&command, 0, &defs).unwrap_or_default();
        let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
        let levels = Levels::new(command, path.iter().map(String::as_str));
        base::retain_flags(&mut fields, &levels)?;
        let schema = Schema::new(levels, fields.defs);
        base::check_names(&schema)?;
        if fields.has_subcommand {
            base::check_copy(&schema, A::duplicate(&args).err())?;
        }
        let mut args = TypedArgs::new(
            args,
            A::duplicate,
            fields.access,
            fields.rules,
            fields.finish,
        );
        let outcome = args.finish_base(|| Err(base::not_copied::<A>()))?;
        let base = values::base(&schema, &args);
        Self::start(schema, args, base, outcome)
    }

    /// Parses `args`, of which the first is the program's name. `layer` supplies the required flags
    /// that neither the command line nor the environment gives, and the
    /// [uncovered](FlagInfo::covered) ones.
    ///
    /// Each of these is inserted into the command line as an argument, after the name of the command that
    /// owns it. An uncovered flag keeps this value: if a later layer of the same source has another one,
    /// the flag is [pending a restart](Self::pending_restarts).
    ///
    /// This does not propose the layer. Its source must do so before the program uses the flags: an
    /// update is rejected as long as no layer has a value for each of these flags.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::{Flags, Layer};
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[arg(long)]
    ///     dsn: String,
    /// }
    ///
    /// let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    /// let error = Flags::<Args>::try_parse_with(["server"], &layer).unwrap_err();
    /// assert!(error.to_string().contains("--dsn <DSN>"));
    ///
    /// layer.file("dsn", "/etc/dflag/dsn", "postgres://db\n");
    /// let args = Flags::<Args>::try_parse_with(["server"], &layer)?;
    /// assert_eq!(args.load().dsn, "postgres://db");
    /// # Ok::<(), clap::Error>(())
    /// ```
    ///
    /// # Errors
    /// The same as [`try_parse_dynamic`](DynamicFlags::try_parse_dynamic). If a required flag is
    /// missing, the error names the key that the layer lacks. If clap rejects a flag that the layer set, for
    /// instance because it conflicts with one on the command line, the error names the layer's file.
    pub fn try_parse_with<I, T>(args: I, layer: &Layer) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
        A: CommandFactory,
    {
        Self::parse(A::command, args, Some(layer))
    }

    /// Everything that is wrong with a layer, if [`try_parse_with`](Self::try_parse_with) fails because required
    /// flags are missing. `missing` is the error of [`try_parse_dynamic_from`] without the layer.
    ///
    /// The problems are the keys that are invalid by themselves, and the missing flags that the layer has no valid key
    /// for ([`Problem::Required`]). Rules across flags need the value of every flag, and are not asked.
    ///
    /// [`try_parse_dynamic_from`]: DynamicFlags::try_parse_dynamic_from
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::{DynamicFlags, Flags, Layer};
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[arg(long)]
    ///     dsn: String,
    ///
    ///     #[arg(long, default_value_t = 3)]
    ///     #[flag(dynamic)]
    ///     limit: u8,
    /// }
    ///
    /// let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    /// layer.file("limit", "/etc/dflag/limit", "many");
    /// let missing = Args::try_parse_dynamic_from(["server"]).unwrap_err();
    /// let rejected = Flags::<Args>::problems_of_layer(["server"], &layer, &missing);
    /// let flags: Vec<_> = rejected.problems.iter().map(|problem| problem.flag()).collect();
    /// assert_eq!(flags, [Some("dsn"), Some("limit")]);
    /// ```
    pub fn problems_of_layer<I, T>(args: I, layer: &Layer, missing: &clap::Error) -> Rejected
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
        A: CommandFactory,
    {
        let fields = A::fields();
        let secrets = Secrets::of_program(fields.defs.iter());
        let line: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let command = secrets.hide_in(A::command());
        let defs = fields.defs.into_iter();
        let positions = Positions::new(A::command(), &line);
        problems_without_struct(missing, command, defs, layer, &positions)
    }

    /// Parses a command line. The layer, if there is one, supplies missing required arguments.
    pub(crate) fn parse<I, T>(
        command: fn() -> Command,
        args: I,
        layer: Option<&Layer>,
    ) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let line: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let command = || with_bin_name(command(), &line);
        let mut supplied = Vec::new();
        let mut uncovered_from = layer;
        loop {
            let fields = A::fields();
            let defs: Vec<&FlagDef> = fields.defs.iter().collect();
            let secrets = Secrets::of_program(defs.iter().copied());
            let own = || mark(secrets.hide_in(command()), &defs, Marked::Program);
            let mut parser = adapted(own(), &supplied);
            let typed = with_supplied(&parser, &line, &supplied);
            match (parser.try_get_matches_from_mut(typed), layer) {
                (Ok(matches), _) => {
                    let formatted = |error: clap::Error| error.format(&mut command());
                    // The flags are those of the program's command.
                    if !supplied.is_empty() {
                        parser = own();
                        parser.build();
                    }
                    let prepared = Prepared::new(parser, fields, &matches).map_err(formatted)?;
                    if let Some(layer) = uncovered_from.take() {
                        let positions = || Positions::new(command(), &line);
                        let schema = &prepared.schema;
                        let more = supply_uncovered(schema, &matches, layer, positions)
                            .map_err(formatted)?;
                        if !more.is_empty() {
                            supplied.extend(more);
                            continue;
                        }
                    }
                    let flags = prepared.finish(&matches, &supplied, layer);
                    return flags.map_err(|error| with_sources(formatted(error), &supplied));
                }
                (Err(error), Some(layer)) if error.kind() == ErrorKind::MissingRequiredArgument => {
                    let defs = fields.defs.into_iter();
                    let positions = Positions::new(command(), &line);
                    let more = supply(error, parser, defs, layer, &positions, &supplied)
                        .map_err(|error| with_sources(error, &supplied))?;
                    supplied.extend(more);
                }
                (Err(error), _) => {
                    let error = name_variable(secrets.mask(error, &parser), &parser);
                    return Err(with_sources(error, &supplied));
                }
            }
        }
    }

    /// Describes the flags of a command line, of which the first argument is the program's name, and the texts that
    /// set them. Required arguments may be missing, since no struct is built.
    ///
    /// These are the program's flags and those of the subcommands that the line chooses. No check or rule runs, and
    /// `#[flags(finish = …)]` edits nothing.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::{Flags, ValueType};
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[arg(long)]
    ///     dsn: String,
    ///
    ///     #[arg(long, default_value_t = 100)]
    ///     #[flag(dynamic, validate = dflag::validate::range(1..))]
    ///     limit: u16,
    /// }
    ///
    /// let flags = Flags::<Args>::describe(["server", "--limit=7"])?;
    /// let [dsn, limit] = &flags[..] else { panic!("there are two") };
    /// assert!(dsn.required && dsn.info.value.is_none());
    /// assert_eq!(limit.info.value.as_deref(), Some("7"));
    /// assert_eq!(limit.value_type, ValueType::Integer { min: 1, max: 65535 });
    /// # Ok::<(), clap::Error>(())
    /// ```
    ///
    /// # Errors
    /// clap's own errors, but for missing required arguments and subcommands.
    pub fn describe<I, T>(args: I) -> Result<Vec<FlagSchema>, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
        A: CommandFactory,
    {
        let (command, matches) = Self::parse_incomplete(args)?;
        Ok(describe::describe(command, &matches, A::fields()))
    }

    /// Runs the checks of the values that a command line, the environment and the defaults give, of which the first
    /// argument is the program's name. Required arguments may be missing, since no struct is built; no rule runs.
    ///
    /// [`try_parse_dynamic_from`](DynamicFlags::try_parse_dynamic_from) runs them only if none is missing. This is for
    /// tools that get the missing ones elsewhere, and have to know which of the two is wrong.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::Flags;
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[arg(long)]
    ///     dsn: String,
    ///
    ///     #[arg(long, default_value_t = 0.0)]
    ///     #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    ///     rollout: f64,
    /// }
    ///
    /// assert!(Flags::<Args>::check_line(["server", "--rollout=0.5"]).is_ok());
    /// let error = Flags::<Args>::check_line(["server", "--rollout=7"]).unwrap_err();
    /// assert!(error.to_string().contains("`rollout`: 7.0 is not in 0.0..=1.0"));
    /// ```
    ///
    /// # Errors
    /// Every violation; and clap's own errors, but for missing required arguments and subcommands.
    pub fn check_line<I, T>(args: I) -> Result<(), clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
        A: CommandFactory,
    {
        let (command, matches) = Self::parse_incomplete(args)?;
        let checked = describe::check(command, &matches, A::fields());
        checked.map_err(|error| error.format(&mut A::command()))
    }

    /// Parses a line whose required arguments may be missing.
    fn parse_incomplete<I, T>(args: I) -> Result<(Command, ArgMatches), clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
        A: CommandFactory,
    {
        let fields = A::fields();
        let defs: Vec<&FlagDef> = fields.defs.iter().collect();
        let secrets = Secrets::of_program(defs.iter().copied());
        let mut command = mark(secrets.hide_in(A::command()), &defs, Marked::Program);
        let line: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let parsed = describe::parse(&mut command, &line);
        let matches = parsed.map_err(|error| secrets.mask(error, &command))?;
        Ok((command, matches))
    }

    /// A consistent snapshot of the user's struct.
    ///
    /// Drop the guard soon; see [`Dynamic::load`](crate::Dynamic::load).
    #[inline]
    pub fn load(&self) -> Guard<'_, A> {
        Guard::load(&self.0.slot)
    }

    /// A consistent snapshot of the user's struct, to keep or to hold across an `.await`.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let before = args.load_full();
    /// args.set("limit", "5")?;
    /// assert_eq!((before.limit, args.load_full().limit), (3, 5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load_full(&self) -> Arc<A> {
        self.0.core.broadcast.store.load().args_full()
    }

    /// Replaces the layer that the same source proposed before. See [`FlagSet::propose`].
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::{Layer, Precedence};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let mut layer = Layer::new("file", "/etc/server.toml").precedence(Precedence::BelowEnvironment);
    /// layer.text("limit", "/etc/server.toml", "5");
    /// args.propose(&layer)?;
    /// assert_eq!(args.limit.get(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Lists everything that is wrong with the layer. All flags keep their values.
    pub fn propose(&self, layer: &Layer) -> Result<Applied, Rejected> {
        self.0.core.propose(layer)
    }

    /// Overrides a dynamic flag. The override takes precedence over every source until it is
    /// [cleared](Self::clear).
    ///
    /// `name` is the flag's long name, an alias or its clap id; `-` and `_` are the same.
    /// `value` is the text that would follow `--flag=` on the command line.
    ///
    /// # Errors
    /// The name is unknown, the flag is static, the value is invalid, or a rule across flags
    /// rejects the result. All flags keep their values.
    pub fn set(&self, name: &str, value: &str) -> Result<Applied, Rejected> {
        self.0.core.edit(&[Edit::set(name, value)])
    }

    /// Overrides a dynamic flag as [`set`](Self::set) does, and clears the override after `duration`. See
    /// [`Edit::expires_in`].
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::time::Duration;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// args.set_for("limit", "5", Duration::from_secs(600))?;
    ///
    /// let limit = args.flag("limit").expect("it is declared above");
    /// let expiry = limit.expiry.expect("the override expires");
    /// assert!(expiry.remaining <= Duration::from_secs(600));
    ///
    /// args.set("limit", "5")?; // permanently
    /// assert_eq!(args.flag("limit").and_then(|limit| limit.expiry), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`set`](Self::set); the duration is zero or too long for the clock; or the thread that waits for the
    /// time can't be started. All flags keep their values.
    pub fn set_for(
        &self,
        name: &str,
        value: &str,
        duration: Duration,
    ) -> Result<Applied, Rejected> {
        let edit = Edit::set(name, value).expires_in(duration);
        self.0.core.edit(&[edit])
    }

    /// Clears a flag's override. The flag then has the value of the layers below.
    /// A flag without an override keeps its value.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server", "--limit=4"])?;
    /// args.set("limit", "5")?;
    /// args.clear("limit")?;
    /// assert_eq!(args.limit.get(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The name is unknown, the flag is static, or a rule across flags rejects the result.
    /// All flags keep their values.
    pub fn clear(&self, name: &str) -> Result<Applied, Rejected> {
        self.0.core.edit(&[Edit::clear(name)])
    }

    /// Edits the overrides of several dynamic flags in one change, all or nothing: readers see every
    /// edit or none, and rules across flags judge the result as a whole.
    ///
    /// Of several edits of one flag the last one counts.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::Edit;
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// #[flags(validate = Args::check)]
    /// struct Args {
    ///     #[arg(long, default_value_t = 1)]
    ///     #[flag(dynamic)]
    ///     low: u8,
    ///
    ///     #[arg(long, default_value_t = 9)]
    ///     #[flag(dynamic)]
    ///     high: u8,
    /// }
    ///
    /// impl Args {
    ///     fn check(&self) -> Result<(), &'static str> {
    ///         if self.low <= self.high { Ok(()) } else { Err("low is above high") }
    ///     }
    /// }
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// assert!(args.set("low", "20").is_err());
    ///
    /// let applied = args.edit([Edit::set("low", "20"), Edit::set("high", "30")])?;
    /// assert_eq!(applied.changed.len(), 2);
    /// assert_eq!((args.low.get(), args.high.get()), (20, 30));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong with the edits, and rules across flags that reject the result. All
    /// flags keep their values.
    pub fn edit(&self, edits: impl IntoIterator<Item = Edit>) -> Result<Applied, Rejected> {
        let edits: Vec<Edit> = edits.into_iter().collect();
        self.0.core.edit(&edits)
    }

    /// Undoes the last edit: restores the overrides that were there before it, or their absence. `None` if there is
    /// nothing to undo.
    ///
    /// Edits are those by [`edit`](Self::edit) and the methods that set or clear one flag, here and of a handle, and
    /// [`revert_to`](Self::revert_to). Called again, it undoes the edit before that one. The last 16 are kept, unless
    /// the texts of the overrides exceed 256 KiB. An override that has expired meanwhile is not restored.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// args.set("limit", "5")?;
    /// args.clear("limit")?;
    ///
    /// args.undo()?;
    /// assert_eq!(args.limit.get(), 5);
    /// args.undo()?;
    /// assert_eq!(args.limit.get(), 3);
    /// assert_eq!(args.undo()?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A rule across flags rejects the result. All flags keep their values.
    pub fn undo(&self) -> Result<Option<Applied>, Rejected> {
        self.0.core.undo()
    }

    /// The last publishes and rejections, in the order in which they happened: what changed, by what, by whom and
    /// why, and for what reasons updates were rejected.
    ///
    /// There are up to 100 entries of up to 256 KiB in total, unless [`limit_history`](Self::limit_history) chooses
    /// other bounds; the oldest are dropped first. An entry keeps what changed and no snapshot: the texts of the
    /// changed flags, those of secrets included, since a flag can be [reverted](Self::revert_to) to them. A secret's
    /// are masked here.
    ///
    /// Rejections of the same source, or of edits by the same person, that follow each other with equal problems are
    /// one entry with a [count](HistoryEntry::count). What a check or a rule tried to change is not recorded
    /// ([`Problem::Reentrant`]).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::{Layer, Outcome};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// args.set("limit", "5")?;
    /// let mut layer = Layer::new("file", "flags.txt");
    /// layer.text("limit", "flags.txt:1", "many");
    /// for _ in 0..3 {
    ///     args.propose(&layer).unwrap_err();
    /// }
    ///
    /// let entries = args.history().entries;
    /// assert_eq!(entries[0].generation, 2);
    /// assert_eq!(entries[0].changed[0].new.as_deref(), Some("5"));
    /// assert_eq!((entries[1].outcome, entries[1].count), (Outcome::Rejected, 3));
    /// assert_eq!(entries[1].trigger.to_string(), "file flags.txt");
    /// assert!(entries[1].problems[0].contains("invalid value 'many'"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn history(&self) -> History {
        self.0.core.history()
    }

    /// Bounds the [history](Self::history): the number of its entries, and the size of all of them together in bytes.
    /// Older entries are dropped at once. Without entries, there is nothing to [revert](Self::revert_to) to.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// args.limit_history(0, 0);
    /// args.set("limit", "5")?;
    /// assert!(args.history().entries.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn limit_history(&self, entries: usize, bytes: usize) {
        self.0.core.limit_history(entries, bytes);
    }

    /// Overrides the flags whose value now differs from the one that they had in an earlier generation, all or
    /// nothing. [`undo`](Self::undo) takes these overrides away again.
    ///
    /// The flags that are overridden [no longer follow their source](Reverted::overridden), until their overrides are
    /// cleared. Static flags that changed [are named](Reverted::static_flags) and keep their values.
    ///
    /// It is computed from the [history](Self::history). A flag is overridden with the text that gave it its value,
    /// a secret's as well, and `#[flags(finish = …)]` runs again.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use dflag::Layer;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let mut layer = Layer::new("file", "flags.txt");
    /// layer.text("limit", "flags.txt:1", "200");
    /// let before = args.generation();
    /// args.propose(&layer)?;
    ///
    /// let reverted = args.revert_to(before)?;
    /// assert_eq!(args.limit.get(), 3);
    /// assert_eq!(
    ///     reverted.to_string(),
    ///     "reverted to generation 1: `limit` overridden, no longer following any source until cleared",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The history does not reach back to the generation, or the generation has not been published.
    /// [`RevertError::Rejected`]: a check or a rule rejects the flags, or the history does not keep a value
    /// ([`Problem::NotKept`]): one whose text has more than 16 KiB, one that came from a file
    /// ([`value::or_file`](crate::value::or_file)), or one that only the command line, the environment or a default can
    /// give: with white space around it, not in UTF-8, or without a text that stands for it. All flags keep their values.
    pub fn revert_to(&self, revert: impl Into<Revert>) -> Result<Reverted, RevertError> {
        self.0.core.revert_to(&revert.into())
    }

    /// Calls `callback` with each update that is rejected, fully or in part, for programs that page somebody; and with
    /// each one that its source [rolls back](FlagSet::roll_back) or [holds back](FlagSet::hold_back).
    /// [`RejectedUpdate::outcome`] distinguishes them.
    ///
    /// A source that proposes a rejected layer again and again, as one that scans a directory does, is reported once:
    /// not again while its layers are rejected for the same problems, but again once another layer of it has been
    /// applied in between. Every rejected edit is reported.
    ///
    /// Calls are in order with those of [`on_change`](Self::on_change), on the same threads, and a panic is handled
    /// in the same way.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::mpsc;
    /// use dflag::Layer;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let (sender, rejections) = mpsc::channel();
    /// let _subscription = args.on_reject(move |update| {
    ///     sender.send(update.to_string()).ok();
    /// });
    ///
    /// let mut layer = Layer::new("file", "flags.txt");
    /// layer.text("limit", "flags.txt:1", "many");
    /// args.propose(&layer).unwrap_err();
    /// args.propose(&layer).unwrap_err();
    ///
    /// let text = rejections.try_recv()?;
    /// assert!(text.starts_with("file flags.txt rejected, all flags keep their values: `limit`"));
    /// assert!(rejections.try_recv().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_reject(
        &self,
        callback: impl Fn(&RejectedUpdate) + Send + Sync + 'static,
    ) -> Subscription {
        self.0.core.on_reject(Arc::new(callback))
    }

    /// Calls `callback` with the old and the new struct after each publish that changes the value of
    /// any flag.
    ///
    /// The order of calls, their thread, and the handling of panics are those of
    /// [`Dynamic::on_change`](crate::Dynamic::on_change).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::mpsc;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let (sender, changes) = mpsc::channel();
    /// let _subscription = args.on_change(move |old, new| {
    ///     sender.send((old.limit, new.limit)).ok();
    /// });
    ///
    /// args.set("limit", "5")?;
    /// assert_eq!(changes.try_recv(), Ok((3, 5)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_change(&self, callback: impl Fn(&A, &A) + Send + Sync + 'static) -> Subscription {
        let notify = move |notice: &Notice| callback(notice.old.args(), notice.new.args());
        self.0
            .core
            .broadcast
            .subscribers
            .subscribe(None, "any flag", Box::new(notify))
    }

    /// Calls `callback` with the current struct, and then with the new one after each publish that changes the
    /// value of any flag.
    ///
    /// The calls are as those of [`Dynamic::subscribe`](crate::Dynamic::subscribe): the first on this thread,
    /// before this returns, and no change is missed after it.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::mpsc;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let (sender, limits) = mpsc::channel();
    /// let _subscription = args.subscribe(move |args| {
    ///     sender.send(args.limit).ok();
    /// });
    /// args.set("limit", "5")?;
    /// assert_eq!(limits.try_iter().collect::<Vec<_>>(), [3, 5]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn subscribe(&self, callback: impl Fn(&A) + Send + Sync + 'static) -> Subscription {
        let notify = move |notice: &Notice| callback(notice.new.args());
        let broadcast = &self.0.core.broadcast;
        broadcast.subscribers.subscribe_from_now(
            None,
            "any flag",
            Box::new(notify),
            &broadcast.store,
        )
    }

    /// The changes of the struct from now on, for a task that waits for them: one for each publish that changes
    /// the value of any flag. See [`Changes`].
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// # pollster::block_on(async {
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let mut changes = args.changes();
    /// args.set("limit", "5")?;
    /// let changed = changes.changed().await;
    /// assert_eq!(changed.map(|args| args.limit), Some(5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn changes(&self) -> Changes<Arc<A>> {
        let watch = self.0.core.broadcast.watch(None);
        Changes::new(Some(watch), Snapshot::args_full)
    }

    /// Blocks the thread until `condition` holds for the struct, and returns the struct for which it does. See
    /// [`Dynamic::wait_for`](crate::Dynamic::wait_for).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// use std::time::Duration;
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// assert_eq!(args.wait_for(|args| args.limit > 2, Duration::ZERO)?.limit, 3);
    /// assert!(args.wait_for(|args| args.limit > 3, Duration::ZERO).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The condition did not hold within `timeout`.
    pub fn wait_for(
        &self,
        condition: impl FnMut(&A) -> bool,
        timeout: Duration,
    ) -> Result<Arc<A>, TimedOut> {
        let watch = self.0.core.broadcast.watch(None);
        wait_for(Some(watch), || self.load_full(), condition, timeout)
    }

    /// A value that is computed from the flags, such as a compiled pattern or a pool, published together with them.
    ///
    /// `key` names the inputs: a part of the struct, or a tuple of parts. `build` makes the value of them, now, and
    /// again for each update after which the key differs. No reader sees a new flag with an old derived value, or the
    /// other way round, and reading the value costs what reading a flag costs.
    ///
    /// The handle is one like that of a flag: it is read, subscribed to and waited for in the same ways. It changes
    /// when the value is built again, also if the new value equals the old one. It can't be [set](Dynamic::set).
    ///
    /// For a value of one flag, [`Dynamic::map`] is simpler.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use regex::RegexSet;
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     /// Paths that are not served.
    ///     #[arg(long)]
    ///     #[flag(dynamic)]
    ///     blocked: Vec<String>,
    /// }
    ///
    /// let args = Args::try_parse_dynamic_from(["server", "--blocked=^/admin"])?;
    /// let blocked = args.derive(|args| args.blocked.clone(), |patterns, _| RegexSet::new(patterns))?;
    /// assert!(blocked.load().is_match("/admin/users"));
    ///
    /// args.set("blocked", "^/debug")?;
    /// assert!(!blocked.load().is_match("/admin/users"));
    ///
    /// let rejected = args.set("blocked", "(").unwrap_err();
    /// assert!(rejected.to_string().contains("unclosed group"));
    /// assert!(blocked.load().is_match("/debug/heap"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Builds
    ///
    /// `key` runs for each publish, and `build` only if the key is not equal to that of the published value. Both get
    /// the candidate, after all rules, in the order in which the values were derived. They run under the lock that
    /// orders changes, so they must be quick and may not change the flags. They must have no effect, since the update
    /// may still be rejected: an error or a panic of `build` or `key` rejects it, and all flags and derived values
    /// stay. An error is quoted in the [`Problem::Derived`], unless it quotes the value of a secret flag. Values that
    /// were built for a rejected update are dropped after the lock is released.
    ///
    /// `previous` is the published value, or `None` when this builds the first one. A value can take over its state.
    /// A limiter that counts requests does not start anew when an unrelated limit changes:
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::convert::Infallible;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 2)]
    /// #     #[flag(dynamic)]
    /// #     limit: u32,
    /// #     #[arg(long, default_value_t = 1)]
    /// #     #[flag(dynamic)]
    /// #     cost: u32,
    /// # }
    /// struct Limiter {
    ///     used: Arc<AtomicU32>,
    ///     limit: u32,
    ///     cost: u32,
    /// }
    ///
    /// impl Limiter {
    ///     fn admits(&self) -> bool {
    ///         self.used.fetch_add(self.cost, Relaxed) + self.cost <= self.limit
    ///     }
    /// }
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let limiter = args.derive(
    ///     |args| (args.limit, args.cost),
    ///     |&(limit, cost), previous: Option<&Limiter>| {
    ///         let used = previous.map(|limiter| Arc::clone(&limiter.used)).unwrap_or_default();
    ///         Ok::<_, Infallible>(Limiter { used, limit, cost })
    ///     },
    /// )?;
    /// assert!(limiter.load().admits());
    ///
    /// args.set("cost", "2")?;
    /// assert!(!limiter.load().admits()); // one of two is used
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A pool is built again when its size changes, and by no other change. Who holds a guard keeps the old one:
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 2)]
    /// #     #[flag(dynamic)]
    /// #     connections: usize,
    /// #     #[arg(long, default_value_t = 30)]
    /// #     #[flag(dynamic)]
    /// #     timeout: u32,
    /// # }
    /// use std::io;
    /// use std::sync::Mutex;
    ///
    /// struct Connection; // connects when it is used first
    ///
    /// struct Pool(Mutex<Vec<Connection>>);
    ///
    /// impl Pool {
    ///     fn new(size: usize) -> io::Result<Self> {
    ///         if size == 0 {
    ///             return Err(io::Error::other("a pool needs a connection"));
    ///         }
    ///         Ok(Self(Mutex::new((0..size).map(|_| Connection).collect())))
    ///     }
    /// }
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let pool = args.derive(|args| args.connections, |size, _| Pool::new(*size))?;
    /// let connection = pool.load().0.lock().unwrap().pop();
    /// assert!(connection.is_some());
    ///
    /// args.set("timeout", "10")?;
    /// assert_eq!(pool.load().0.lock().unwrap().len(), 1); // the same pool
    ///
    /// args.set("connections", "4")?;
    /// assert_eq!(pool.load().0.lock().unwrap().len(), 4);
    /// assert!(args.set("connections", "0").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Handles
    ///
    /// Make a handle once, not per request: deriving a value is a publish, though without a new generation, and each
    /// update asks for the key of each. The value exists for as long as a handle, a reader, a subscription or
    /// `changes` of it do. It is released at the next publish after the last of them is gone.
    ///
    /// # Secrets
    ///
    /// `Debug` and `Display` of its guards show [`MASK`](crate::MASK), as those of [`load`](Self::load), because the
    /// struct may hold secrets. A value that is [mapped](Dynamic::map) from a flag is masked only if the flag is
    /// secret.
    ///
    /// # Errors
    /// `build` fails or panics for the current flags ([`Problem::Derived`]), or this is called by a parser, a check, a
    /// rule or a derived value of the same flags ([`Problem::Reentrant`]).
    #[track_caller]
    pub fn derive<K, U, E>(
        &self,
        key: impl Fn(&A) -> K + Send + Sync + 'static,
        build: impl Fn(&K, Option<&U>) -> Result<U, E> + Send + Sync + 'static,
    ) -> Result<Dynamic<U>, Rejected>
    where
        K: PartialEq + Send + Sync + 'static,
        U: Send + Sync + 'static,
        E: fmt::Display,
    {
        let node = Node::keyed(Location::caller(), key, build);
        let publisher = Publisher::Flags(Arc::clone(&self.0.core));
        Dynamic::derived(&publisher, node, Masking::Masked)
    }

    /// Overrides dynamic flags until the returned guard is dropped, which then restores what was there before.
    ///
    /// The overrides are judged like those of [`edit`](Self::edit), all or nothing. An item is a name and a text,
    /// or an [`Edit`], which can unset and clear as well. Tests that run in parallel do not disturb each other if
    /// each has its own flags; see [`from_value`](Self::from_value).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 0.0)]
    /// #     #[flag(dynamic)]
    /// #     rollout: f64,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// {
    ///     let _rollout = args.override_for_test([("rollout", "1.0")])?;
    ///     assert_eq!(args.rollout.get(), 1.0);
    /// }
    /// assert_eq!(args.rollout.get(), 0.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`edit`](Self::edit). All flags keep their values.
    pub fn override_for_test(
        &self,
        edits: impl IntoIterator<Item = impl Into<Edit>>,
    ) -> Result<TestOverride, Rejected> {
        let edits: Vec<Edit> = edits.into_iter().map(Into::into).collect();
        TestOverride::new(&self.0.core, &edits)
    }

    /// Every flag, in the order of declaration, from one consistent snapshot.
    /// [Uncovered](FlagInfo::covered) flags come last.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value = "")]
    /// #     #[flag(dynamic, secret)]
    /// #     token: String,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server", "--token=hunter2"])?;
    /// let token = &args.list()[0];
    /// assert_eq!(token.name, "token");
    /// assert_eq!(token.origin, dflag::Origin::CommandLine);
    /// assert_eq!(token.value.as_deref(), Some(dflag::MASK));
    /// # Ok::<(), clap::Error>(())
    /// ```
    pub fn list(&self) -> Vec<FlagInfo> {
        self.0.core.list()
    }

    /// The flag with this long name, alias or clap id; `-` and `_` are the same. `None` if there is
    /// no such flag.
    pub fn flag(&self, name: &str) -> Option<FlagInfo> {
        self.0.core.flag(name)
    }

    /// What a source's key stands for. See [`Key`].
    pub fn lookup(&self, key: &str) -> Key {
        self.0.core.lookup(key)
    }

    /// The static flags that would change with a restart, in the order of declaration.
    pub fn pending_restarts(&self) -> Vec<PendingRestart> {
        self.0.core.pending_restarts()
    }

    /// The reasons for which a restart would fail: the rules that its flags would violate. It would
    /// apply the [pending values](Self::pending_restarts), and it would lose the overrides that were
    /// set after [`FlagSet::freeze`], and those that [expire](Edit::expires_in).
    pub fn restart_problems(&self) -> Vec<Problem> {
        self.0.core.restart_problems()
    }

    /// A consistent snapshot of every flag, with the generation and the checksums.
    pub fn listing(&self) -> Listing {
        self.0.core.listing()
    }

    /// The status of each source of these flags, such as the updater that follows a ConfigMap.
    /// See [`Source`](crate::Source).
    pub fn sources(&self) -> Vec<SourceStatus> {
        self.0.core.sources()
    }

    /// A digest of the names and values of all flags of one kind, to compare programs.
    /// See [`Checksum`].
    pub fn checksum(&self, kind: FlagKind) -> Checksum {
        self.0.core.checksum(kind)
    }

    /// The number of the current snapshot. The first one, from the command line, is 1; each publish
    /// adds 1.
    pub fn generation(&self) -> u64 {
        self.0.core.generation()
    }
}

impl<A: DynamicFlags> Deref for Flags<A> {
    type Target = A::Handles;

    #[inline]
    fn deref(&self) -> &A::Handles {
        &self.0.handles
    }
}

impl<A: DynamicFlags> Clone for Flags<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The interface for sources and debug pages.
impl<A: DynamicFlags> From<&Flags<A>> for Arc<dyn FlagSet> {
    fn from(flags: &Flags<A>) -> Self {
        Arc::clone(&flags.0.core) as Self
    }
}

// A handle gives out shared references to published structs, and changes flags through the core, which
// is safe to unwind through.
impl<A: DynamicFlags + RefUnwindSafe> UnwindSafe for Flags<A> {}
impl<A: DynamicFlags + RefUnwindSafe> RefUnwindSafe for Flags<A> {}

/// Shows the generation and the value of each flag as text, with secrets masked: programs log their
/// arguments when they start.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     limit: u8,
/// #     #[arg(long)]
/// #     zone: Option<String>,
/// #     #[arg(long, default_value = "")]
/// #     #[flag(secret)]
/// #     token: String,
/// # }
/// let args = Args::try_parse_dynamic_from(["server", "--token=hunter2"])?;
/// assert_eq!(
///     format!("{args:?}"),
///     r#"Flags { generation: 1, limit: "3", zone: None, token: "********" }"#
/// );
/// # Ok::<(), clap::Error>(())
/// ```
impl<A: DynamicFlags> fmt::Debug for Flags<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listing = self.listing();
        let mut output = f.debug_struct("Flags");
        output.field("generation", &listing.generation);
        for flag in &listing.flags {
            match &flag.value {
                Some(value) => output.field(&flag.name, value),
                None => output.field(&flag.name, &None::<()>),
            };
        }
        output.finish()
    }
}
