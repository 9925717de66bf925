//! The handle on all flags of a program.

use std::ffi::OsString;
use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

#[cfg(doc)]
use clap::error::ErrorKind;
use clap::{ArgMatches, Command};

use crate::dynamic_flags::DynamicFlags;
use crate::error::{Problem, Rejected};
use crate::fields::erased::TypedArgs;
use crate::fields::field::Fields;
use crate::flag_set::{Applied, FlagSet};
use crate::handles::Scope;
use crate::layers::edit::Edit;
use crate::listing::checksum::Checksum;
use crate::listing::info::{FlagInfo, Listing, PendingRestart};
use crate::listing::source::SourceStatus;
use crate::publish::base;
use crate::publish::core::Core;
use crate::read::guard::Guard;
use crate::read::pinned::Slot;
use crate::read::snapshot::Snapshot;
use crate::read::thread_cache::Masking;
use crate::schema::secrets::Secrets;
use crate::schema::{FlagKind, Schema};
use crate::subscribers::{Notice, Subscription};

/// All flags of a program, cheap to clone and to share.
///
/// It dereferences to the struct of handles that the derive made, so `flags.rollout` is a
/// [`Dynamic`](crate::Dynamic). [`load`](Self::load) gives a consistent snapshot of the user's
/// own struct.
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
    /// Flags that begin with what a program's own [`Command`] parsed.
    ///
    /// The command must have the arguments of `A`, as `A::augment_args` adds them.
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
    /// clap's own; and, of kind [`ValueValidation`](ErrorKind::ValueValidation),
    /// every check of a flag and every rule across flags that rejects what was parsed.
    pub fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut command = A::augment_args(Command::new("flags"));
        command.build();
        Self::new(command, A::fields(), &mut matches.clone())
    }

    pub(crate) fn parse_with<I, T>(command: fn() -> Command, args: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let fields = A::fields();
        let secrets = Secrets::of(fields.flags.iter().map(|(def, _)| def));
        let mut parser = secrets.hide_in(command());
        let mut matches = parser
            .try_get_matches_from_mut(args)
            .map_err(|error| secrets.mask(error, &parser))?;
        Self::new(parser, fields, &mut matches).map_err(|error| error.format(&mut command()))
    }

    /// `command` is built, and is the one that parsed or one with the same arguments.
    fn new(
        command: Command,
        mut fields: Fields<A>,
        matches: &mut ArgMatches,
    ) -> Result<Self, clap::Error> {
        base::retain_flags(&mut fields, &command)?;
        let (defs, access) = fields.flags.into_iter().unzip();
        let schema = Schema::new(command, defs);
        base::check_names(&schema)?;
        let states = base::states(&schema, matches);
        let args = TypedArgs {
            base: Arc::new(A::from_arg_matches_mut(matches)?),
            access,
            rules: fields.rules,
        };
        base::check(&schema, &args, &states)?;
        let core = Arc::new(Core::new(schema, Box::new(args), states));
        Ok(Self(Arc::new(Inner {
            slot: Slot::new(
                Arc::clone(&core.store),
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
    /// Hold the guard only briefly; see [`Dynamic::load`](crate::Dynamic::load).
    #[inline]
    pub fn load(&self) -> Guard<'_, A> {
        Guard::load(&self.0.slot)
    }

    /// A consistent snapshot of the user's struct, to keep or to hold across an `.await`.
    pub fn load_full(&self) -> Arc<A> {
        self.0.core.store.load().args_full()
    }

    /// Overrides a dynamic flag. The override takes precedence over every source until it is
    /// [cleared](Self::clear).
    ///
    /// `name` is the flag's long name, an alias or its clap id, `-` and `_` being the same;
    /// `value` is text as one would type it after `--flag=`.
    ///
    /// # Errors
    /// An unknown name, a static flag, an invalid value, or a rule across flags that rejects the
    /// result. All flags keep their values.
    pub fn set(&self, name: &str, value: &str) -> Result<Applied, Rejected> {
        self.0.core.edit(&[Edit::set(name, value)])
    }

    /// Clears a flag's override, so that it follows the layers below again.
    /// A flag without an override is left as it is.
    ///
    /// # Errors
    /// An unknown name, a static flag, or a rule across flags that rejects the result. All flags keep
    /// their values.
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
    /// Ordering, threads and panics are those of
    /// [`Dynamic::on_change`](crate::Dynamic::on_change).
    pub fn on_change(&self, callback: impl Fn(&A, &A) + Send + Sync + 'static) -> Subscription {
        let notify = move |notice: &Notice| callback(notice.old.args(), notice.new.args());
        self.0
            .core
            .subscribers
            .subscribe(None, "any flag", Box::new(notify))
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

    /// The flag called `name`: its long name, an alias or its clap id, `-` and `_` being the same.
    /// `None` if there is no such flag.
    pub fn flag(&self, name: &str) -> Option<FlagInfo> {
        self.0.core.flag(name)
    }

    /// The static flags that would change with a restart, in the order of declaration.
    pub fn pending_restarts(&self) -> Vec<PendingRestart> {
        self.0.core.pending_restarts()
    }

    /// The reasons for which a restart would fail: rules that the flags would break with the values
    /// that are [pending](Self::pending_restarts) for it.
    pub fn restart_problems(&self) -> Vec<Problem> {
        self.0.core.restart_problems()
    }

    /// A consistent snapshot of every flag, with the generation and the checksums.
    pub fn listing(&self) -> Listing {
        self.0.core.listing()
    }

    /// The status of each source of these flags, such as the updater that follows a ConfigMap.
    pub fn sources(&self) -> Vec<SourceStatus> {
        self.0.core.sources()
    }

    /// A digest of the names and values of all flags of one kind, to compare a fleet.
    pub fn checksum(&self, kind: FlagKind) -> Checksum {
        self.0.core.checksum(kind)
    }

    /// The number of the newest published snapshot. The command line's is 1; each publish adds 1.
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

/// The interface for sources.
impl<A: DynamicFlags> From<&Flags<A>> for Arc<dyn FlagSet> {
    fn from(flags: &Flags<A>) -> Self {
        Arc::clone(&flags.0.core) as Self
    }
}

// A handle gives out shared references to published structs, and changes flags through the core, which
// is safe to unwind through.
impl<A: DynamicFlags + RefUnwindSafe> UnwindSafe for Flags<A> {}
impl<A: DynamicFlags + RefUnwindSafe> RefUnwindSafe for Flags<A> {}

/// Shows names only: a value may be a secret's.
impl<A: DynamicFlags> fmt::Debug for Flags<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.core.schema.flags.iter().map(|spec| &spec.name);
        f.debug_struct("Flags")
            .field("generation", &self.generation())
            .field("names", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
