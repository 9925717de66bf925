//! The handle on all flags of a program.

use std::ffi::OsString;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

#[cfg(doc)]
use clap::error::ErrorKind;
use clap::{ArgMatches, Command};

use crate::core::Core;
use crate::field::Fields;
use crate::flag_set::{Applied, Edit, FlagSet};
use crate::found::Place;
use crate::guard::Guard;
use crate::model::Typed;
use crate::notify::Notice;
use crate::schema::{InOrder, Schema};
use crate::scope::Scope;
use crate::secret::Secrets;
use crate::snapshot::Snapshot;
use crate::{
    Checksum, DynamicFlags, FlagInfo, FlagKind, Listing, PendingRestart, Rejected, SourceStatus,
    Subscription, base, secret,
};

/// All flags of a program, cheap to clone and to share.
///
/// It dereferences to the struct of handles that the derive made, so `flags.rollout` is a
/// [`Dynamic`](crate::Dynamic). [`load`](Self::load) gives the user's own struct,
/// every field as of one moment.
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
    place: Place<A>,
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
        let secrets = Secrets::of(&fields);
        let mut parser = secret::hide(command(), &secrets);
        let mut matches = parser
            .try_get_matches_from_mut(args)
            .map_err(|error| secret::mask(error, &parser, &secrets))?;
        Self::new(parser, fields, &mut matches).map_err(|error| error.format(&mut command()))
    }

    /// `command` is the one that parsed, or one with the same arguments; it is built.
    fn new(
        command: Command,
        mut fields: Fields<A>,
        matches: &mut ArgMatches,
    ) -> Result<Self, clap::Error> {
        base::keep_flags(&mut fields, &command)?;
        let traits = fields.flags.iter().map(|field| field.traits().clone());
        let schema = Schema::new(command, traits.collect());
        base::check_names(&schema)?;
        let states = base::states(&schema, matches);
        let model = Typed {
            base: Arc::new(A::from_arg_matches_mut(matches)?),
            fields,
        };
        base::check(&schema, &model, &states)?;
        let core = Arc::new(Core::new(schema, Box::new(model), states));
        Ok(Self(Arc::new(Inner {
            place: Place::new(Arc::clone(&core.store), Arc::new(Snapshot::args)),
            handles: A::handles(&Scope::root(&core, &InOrder::default())),
            core,
        })))
    }

    /// The user's struct as it is now, every field as of one moment.
    ///
    /// The guard is for now; see [`Dynamic::load`](crate::Dynamic::load).
    #[inline]
    pub fn load(&self) -> Guard<'_, A> {
        Guard::newest(&self.0.place)
    }

    /// The user's struct as it is now, to keep, or to hold across an `.await`.
    pub fn load_full(&self) -> Arc<A> {
        self.0.core.store.load().args_full()
    }

    /// Overrides a dynamic flag. The override wins over every source until it is
    /// [cleared](Self::clear).
    ///
    /// `name` is the flag's long name, an alias or its clap id, `-` and `_` being the same;
    /// `value` is text as one would type it after `--flag=`.
    ///
    /// # Errors
    /// An unknown name, a static flag, an invalid value, a rule across flags that objects.
    /// Then nothing changed.
    pub fn set(&self, name: &str, value: &str) -> Result<Applied, Rejected> {
        self.0.core.edit(&[Edit::Set { name, value }])
    }

    /// Clears a flag's override, so that the layers below speak again.
    /// A flag without an override is left as it is.
    ///
    /// # Errors
    /// An unknown name, a static flag, a rule across flags that objects to the result.
    /// Then nothing changed.
    pub fn clear(&self, name: &str) -> Result<Applied, Rejected> {
        self.0.core.edit(&[Edit::Clear { name }])
    }

    /// Calls `callback` with the old struct and the new one after each publish that changes
    /// the value of any flag.
    ///
    /// Ordering, threads and panics are those of
    /// [`Dynamic::on_change`](crate::Dynamic::on_change).
    pub fn on_change(&self, callback: impl Fn(&A, &A) + Send + Sync + 'static) -> Subscription {
        let tell = move |notice: &Notice| callback(notice.old.args(), notice.new.args());
        self.0
            .core
            .notifier
            .subscribe(None, "any flag", Box::new(tell))
    }

    /// Every flag, in the order of declaration, as of one moment.
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
    /// `None` if no flag is called so.
    pub fn flag(&self, name: &str) -> Option<FlagInfo> {
        self.0.core.flag(name)
    }

    /// The static flags that would change with a restart, in the order of declaration.
    pub fn pending_restarts(&self) -> Vec<PendingRestart> {
        self.0.core.pending_restarts()
    }

    /// Every flag, the generation and the checksums, as of one moment.
    pub fn listing(&self) -> Listing {
        self.0.core.listing()
    }

    /// How the sources of these flags are doing, such as the updater that follows a ConfigMap.
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

/// The face that sources see.
impl<A: DynamicFlags> From<&Flags<A>> for Arc<dyn FlagSet> {
    fn from(flags: &Flags<A>) -> Self {
        Arc::clone(&flags.0.core) as Self
    }
}

/// Names only: a value may be a secret's.
impl<A: DynamicFlags> fmt::Debug for Flags<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.core.schema.flags.iter().map(|spec| &spec.name);
        f.debug_struct("Flags")
            .field("generation", &self.generation())
            .field("names", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
