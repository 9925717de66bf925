//! The handle on all flags of a program.

use std::ffi::OsString;
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgMatches, Command, CommandFactory};

use crate::dynamic_flags::DynamicFlags;
use crate::error::{Problem, Rejected};
use crate::fields::erased::TypedArgs;
use crate::fields::field::Fields;
use crate::flag_set::{Applied, FlagSet};
use crate::handles::Scope;
use crate::layers::edit::Edit;
use crate::layers::layer::Layer;
use crate::listing::checksum::Checksum;
use crate::listing::info::{FlagInfo, Listing, PendingRestart};
use crate::listing::source::SourceStatus;
use crate::publish::base::{self, Base};
use crate::publish::core::Core;
use crate::publish::positions::Positions;
use crate::publish::required::{Supplied, supply, with_supplied};
use crate::publish::values;
use crate::read::guard::Guard;
use crate::read::pinned::Slot;
use crate::read::snapshot::Snapshot;
use crate::read::thread_cache::Masking;
use crate::schema::environment::name_variable;
use crate::schema::levels::{Levels, path};
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
    /// command line itself has been parsed before. Matches of another command are an error.
    pub fn from_command(mut command: Command, matches: &ArgMatches) -> Result<Self, clap::Error> {
        command.build();
        let fields = A::fields();
        base::check_matches(&fields, matches)?;
        // clap panics for an argument that `check_matches` does not know, such as a positional one.
        catch_panic(|| Self::new(command, fields, &mut matches.clone(), &[]))
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
    pub fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_command(A::augment_args(Command::new("flags")), matches)
    }

    /// Creates flags from a struct, without a command line, for tests.
    ///
    /// Its values count as defaults: sources and overrides take precedence, and the origin is
    /// [`Origin::Default`](crate::Origin::Default). Names, parsers and bounds are those that `A` declares. Checks
    /// and rules run, but not what clap asks of a command line, such as `required` or `conflicts_with`.
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
        let defs: Vec<_> = fields.flags.iter().map(|(def, _)| def).collect();
        let path = values::chosen_path(&command, 0, &defs).unwrap_or_default();
        let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
        let levels = Levels::new(command, path.iter().map(String::as_str));
        base::retain_flags(&mut fields, &levels)?;
        let (defs, access) = fields.flags.into_iter().unzip();
        let schema = Schema::new(levels, defs);
        base::check_names(&schema)?;
        if fields.has_subcommand {
            base::check_copy(&schema, A::duplicate(&args).err())?;
        }
        let args = TypedArgs {
            base: Arc::new(args),
            duplicate: A::duplicate,
            access,
            rules: fields.rules,
        };
        let base = values::base(&schema, &args);
        Self::start(schema, args, base)
    }

    /// Parses `args`, of which the first is the program's name. `layer` supplies the required flags
    /// that neither the command line nor the environment gives.
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
    /// missing, the error names the key that the layer lacks.
    pub fn try_parse_with<I, T>(args: I, layer: &Layer) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
        A: CommandFactory,
    {
        Self::parse(A::command, args, Some(layer))
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
        let fields = A::fields();
        let secrets = Secrets::of(fields.flags.iter().map(|(def, _)| def));
        let line: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let mut supplied = Vec::new();
        loop {
            let mut parser = secrets.hide_in(command());
            let typed = with_supplied(&parser, &line, &supplied);
            match (parser.try_get_matches_from_mut(typed), layer) {
                (Ok(mut matches), _) => {
                    let flags = Self::new(parser, fields, &mut matches, &supplied);
                    return flags.map_err(|error| error.format(&mut command()));
                }
                (Err(error), Some(layer)) if error.kind() == ErrorKind::MissingRequiredArgument => {
                    let defs = A::fields().flags.into_iter().map(|(def, _)| def);
                    let positions = Positions::new(command(), &line);
                    supplied.extend(supply(error, parser, defs, layer, &positions, &supplied)?);
                }
                (Err(error), _) => {
                    return Err(name_variable(secrets.mask(error, &parser), &parser));
                }
            }
        }
    }

    /// `command` is built. It is the one that parsed `matches`, or one with the same arguments.
    fn new(
        command: Command,
        mut fields: Fields<A>,
        matches: &mut ArgMatches,
        supplied: &[Supplied],
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
        let (defs, access) = fields.flags.into_iter().unzip();
        let schema = Schema::new(levels, defs);
        base::check_names(&schema)?;
        let base = Base::new(&schema, matches, supplied);
        let args = match built {
            Some(args) => args,
            None => A::from_arg_matches_mut(matches)?,
        };
        if fields.has_subcommand {
            base::check_copy(&schema, A::duplicate(&args).err())?;
        }
        let args = TypedArgs {
            base: Arc::new(args),
            duplicate: A::duplicate,
            access,
            rules: fields.rules,
        };
        Self::start(schema, args, base)
    }

    /// Checks the base, and makes it the first snapshot.
    fn start(schema: Schema, args: TypedArgs<A>, base: Base) -> Result<Self, clap::Error> {
        base::check(&schema, &args, &base.states)?;
        let core = Arc::new(Core::new(schema, Box::new(args), base));
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

    /// The static flags that would change with a restart, in the order of declaration.
    pub fn pending_restarts(&self) -> Vec<PendingRestart> {
        self.0.core.pending_restarts()
    }

    /// The reasons for which a restart would fail: the rules that its flags would violate. It would
    /// apply the [pending values](Self::pending_restarts), and it would lose the overrides that were
    /// set after [`FlagSet::freeze`].
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
