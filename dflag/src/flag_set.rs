//! The object-safe interface to a set of flags, for code that does not know the struct.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Weak};

use crate::error::{Problem, Rejected};
use crate::history::entry::History;
use crate::history::rejected_update::RejectedUpdate;
use crate::history::revert::{Revert, RevertError, Reverted};
use crate::layers::edit::Edit;
use crate::layers::layer::Layer;
use crate::listing::checksum::Checksum;
use crate::listing::info::{Change, FlagInfo, Listing, PendingRestart};
use crate::listing::source::{Source, SourceStatus};
use crate::origin::Origin;
use crate::schema::{FlagKind, FlagSpec};
use crate::subscribers::Subscription;

/// A set of flags without the struct's type, for sources, debug pages and tests.
///
/// It lists flags, accepts layers and overrides, and computes checksums. The trait is object-safe;
/// `From` converts a [`&Flags`](crate::Flags) into an `Arc<dyn FlagSet>`.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use std::sync::Arc;
/// use dflag::{FlagSet, Layer};
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 0.0)]
/// #     #[flag(dynamic)]
/// #     rollout: f64,
/// # }
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let set: Arc<dyn FlagSet> = (&args).into();
///
/// let mut layer = Layer::new("file", "flags.txt");
/// layer.text("rollout", "flags.txt:1", "0.5");
/// let applied = set.propose(&layer)?;
///
/// assert_eq!(applied.changed[0].flag, "rollout");
/// assert_eq!(args.rollout.get(), 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The trait is sealed: only this crate implements it, so that methods can be added.
///
/// ```compile_fail
/// struct Mine;
/// impl dflag::FlagSet for Mine {}
/// ```
pub trait FlagSet: Sealed + Send + Sync + UnwindSafe + RefUnwindSafe {
    /// Replaces the layer that the same source proposed before, rebuilds all flags from the base
    /// and all layers, validates the result, and publishes it in one store. A result that equals
    /// the current snapshot is not published again.
    ///
    /// Until [`freeze`](Self::freeze), this also changes static flags. After it they keep their
    /// values, and one for which the layer wants another value is *pending restart*.
    ///
    /// Callbacks run before this returns, unless another thread is running callbacks: then that
    /// thread also runs these, in the order of the publishes.
    ///
    /// # Errors
    /// Lists everything that is wrong with the layer. All flags keep their values.
    fn propose(&self, layer: &Layer) -> Result<Applied, Rejected>;

    /// Proposes an earlier layer of a source again, because the program is not healthy with a later one.
    ///
    /// It is the same as [`propose`](Self::propose), and a [rejection](crate::Flags::on_reject) of the later layer
    /// ([`Outcome::RolledBack`](crate::Outcome::RolledBack)). [`Layer::reason`](crate::Layer::reason) says why.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::{Arc, mpsc};
    /// use dflag::{FlagSet, Layer};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let set: Arc<dyn FlagSet> = (&args).into();
    /// let (sender, rejections) = mpsc::channel();
    /// let _subscription = args.on_reject(move |update| {
    ///     sender.send(update.to_string()).ok();
    /// });
    ///
    /// let layer = |limit| {
    ///     let mut layer = Layer::new("file", "flags.txt");
    ///     layer.text("limit", "flags.txt:1", limit);
    ///     layer
    /// };
    /// set.propose(&layer("5"))?;
    /// set.propose(&layer("0"))?;
    /// set.roll_back(&layer("5").reason("no request is admitted"))?;
    /// assert_eq!(args.limit.get(), 5);
    /// assert_eq!(
    ///     rejections.try_recv()?,
    ///     "file flags.txt rolled back, the flags have the values before: no request is admitted",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`propose`](Self::propose). All flags keep the values of the later layer
    /// ([`Outcome::RollbackFailed`](crate::Outcome::RollbackFailed)).
    fn roll_back(&self, layer: &Layer) -> Result<Applied, Rejected>;

    /// Reports that a source does not propose its newest layer. This changes no flag, and is a
    /// [rejection](crate::Flags::on_reject) of that layer ([`Outcome::HeldBack`](crate::Outcome::HeldBack)).
    ///
    /// Of `layer`, only the source and the [reason](crate::Layer::reason) count. A call from a check or a rule does
    /// nothing.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::Arc;
    /// use dflag::{FlagSet, Layer, Outcome};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let set: Arc<dyn FlagSet> = (&args).into();
    /// set.hold_back(&Layer::new("file", "flags.txt").reason("the program crashed with it"));
    ///
    /// let entry = args.history().entries.pop().expect("it is in the history");
    /// assert_eq!(entry.outcome, Outcome::HeldBack);
    /// assert_eq!(entry.reason.as_deref(), Some("the program crashed with it"));
    /// # Ok::<(), clap::Error>(())
    /// ```
    fn hold_back(&self, layer: &Layer);

    /// Sets, unsets and clears overrides, all or nothing. Of several edits of one flag the last one
    /// counts. See [`Edit`] for an example.
    ///
    /// # Errors
    /// Lists everything that is wrong with the edits. All flags keep their values.
    fn edit(&self, edits: &[Edit]) -> Result<Applied, Rejected>;

    /// Overrides the flags whose value now differs from the one that they had in an earlier generation, all or
    /// nothing. See [`Flags::revert_to`](crate::Flags::revert_to).
    ///
    /// # Errors
    /// The history does not reach back to the generation, or does not keep a value, or a check or a rule rejects the
    /// flags. All flags keep their values.
    fn revert_to(&self, revert: &Revert) -> Result<Reverted, RevertError>;

    /// Restores the overrides that were there before the last edit. See [`Flags::undo`](crate::Flags::undo).
    ///
    /// # Errors
    /// A rule rejects the flags. All flags keep their values.
    fn undo(&self) -> Result<Option<Applied>, Rejected>;

    /// The last publishes and rejections. See [`Flags::history`](crate::Flags::history).
    fn history(&self) -> History;

    /// Bounds the history. See [`Flags::limit_history`](crate::Flags::limit_history).
    fn limit_history(&self, entries: usize, bytes: usize);

    /// Whether this thread is changing the flags: it runs a parser, a check or a rule, in which every change is an
    /// error ([`Problem::Reentrant`]) and a wait for another thread's change would never end.
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
    /// use std::sync::Arc;
    /// use dflag::FlagSet;
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let set: Arc<dyn FlagSet> = (&args).into();
    /// assert!(!set.is_changing_here());
    /// # Ok::<(), clap::Error>(())
    /// ```
    fn is_changing_here(&self) -> bool;

    /// Freezes the static flags at their current values, permanently. Further calls do nothing.
    ///
    /// A call from a check or a rule takes effect at the end of the write that runs it.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::Arc;
    /// use dflag::{FlagSet, Layer};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 8080)]
    /// #     port: u16,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let set: Arc<dyn FlagSet> = (&args).into();
    /// set.freeze();
    ///
    /// let mut layer = Layer::new("file", "flags.txt");
    /// layer.text("port", "flags.txt:1", "80");
    /// set.propose(&layer)?;
    ///
    /// assert_eq!(args.load().port, 8080);
    /// assert_eq!(set.pending_restarts()[0].value.as_deref(), Some("80"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn freeze(&self);

    /// A consistent snapshot of every flag, with the generation and the checksums.
    fn listing(&self) -> Listing;

    /// A listing with these flags only, each once, in the order of declaration. Names of no flag are ignored. Cheaper than
    /// [`listing`](Self::listing), which describes every flag.
    fn listing_of(&self, names: &[&str]) -> Listing;

    /// Every flag, in the order of declaration, from one consistent snapshot.
    /// [Uncovered](FlagInfo::covered) flags come last.
    fn list(&self) -> Vec<FlagInfo> {
        self.listing().flags
    }

    /// The flag with this long name, alias or clap id; `-` and `_` are the same. `None` if there is
    /// no such flag. Cheaper than [`list`](Self::list), which describes every flag.
    fn flag(&self, name: &str) -> Option<FlagInfo>;

    /// Whether the flag with this name, by the names of [`flag`](Self::flag), is static or dynamic. Cheaper than `flag`,
    /// which describes it.
    fn kind(&self, name: &str) -> Option<FlagKind>;

    /// What a source's key stands for. Cheaper than [`flag`](Self::flag), which describes the flag.
    fn lookup(&self, key: &str) -> Key;

    /// The static flags that would change with a restart, in the order of declaration.
    fn pending_restarts(&self) -> Vec<PendingRestart>;

    /// The reasons for which a restart would fail: the rules that its flags would violate. It would
    /// apply the [pending values](Self::pending_restarts), and it would lose the overrides that were
    /// set after [`freeze`](Self::freeze), and those that [expire](Edit::expires_in). They do not reject an update, because the values of the
    /// running program violate no rule.
    fn restart_problems(&self) -> Vec<Problem>;

    /// A digest of the names and values of all flags of one kind. See [`Checksum`].
    fn checksum(&self, kind: FlagKind) -> Checksum;

    /// The number of the current snapshot. The first one, from the command line, is 1; each publish
    /// adds 1.
    fn generation(&self) -> u64;

    /// The [revision](Listing::revision) that a listing would have now.
    fn revision(&self) -> u64;

    /// Calls `callback` with the changes after each publish that changed a value.
    ///
    /// The order of calls, their thread, and the handling of panics are those of
    /// [`Dynamic::on_change`](crate::Dynamic::on_change).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::sync::{Arc, mpsc};
    /// use dflag::{FlagSet, Published};
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let set: Arc<dyn FlagSet> = (&args).into();
    /// let (sender, publishes) = mpsc::channel();
    /// let _subscription = set.on_publish(Arc::new(move |published: &Published| {
    ///     sender.send(published.clone()).ok();
    /// }));
    ///
    /// args.set("limit", "5")?;
    /// let published = publishes.try_recv()?;
    /// assert_eq!(published.generation, 2);
    /// assert_eq!(published.changed[0].new.as_deref(), Some("5"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn on_publish(&self, callback: Arc<dyn Fn(&Published) + Send + Sync>) -> Subscription;

    /// Calls `callback` with each update that is rejected, rolled back or held back. See
    /// [`Flags::on_reject`](crate::Flags::on_reject).
    fn on_reject(&self, callback: Arc<dyn Fn(&RejectedUpdate) + Send + Sync>) -> Subscription;

    /// Adds `source` to the [`sources`](Self::sources) until it is dropped.
    fn attach(&self, source: Weak<dyn Source>);

    /// The status of each source, in the order in which they were attached.
    fn sources(&self) -> Vec<SourceStatus>;
}

/// Keeps other crates from implementing [`FlagSet`].
pub trait Sealed {}

/// What a source's key stands for, as [`FlagSet::lookup`] returns it.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag::Key;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value_t = 3, env = "SERVER_MAX_CONNECTIONS")]
///     #[flag(dynamic)]
///     max_connections: u8,
///
///     #[command(flatten)]
///     log: Log,
/// }
///
/// /// Such as one of another crate.
/// #[derive(Clone, clap::Args)]
/// struct Log {
///     #[arg(long)]
///     quiet: bool,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let name = "max-connections".to_owned();
/// assert_eq!(args.lookup("max_connections"), Key::Flag { name: name.clone() });
/// assert_eq!(args.lookup("SERVER_MAX_CONNECTIONS"), Key::Variable { flags: vec![name] });
/// assert!(matches!(args.lookup("quiet"), Key::Uncovered { name, .. } if name == "quiet"));
/// assert_eq!(args.lookup("loud"), Key::Unknown);
/// # Ok::<(), clap::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Key {
    /// It names a flag: by its long name, an alias or its clap id; `-` and `_` are the same.
    Flag {
        /// The flag's long name.
        name: String,
    },
    /// It names an [uncovered](crate::FlagInfo::covered) flag.
    Uncovered {
        /// The flag's long name.
        name: String,
        /// The location of the [layer](crate::Layer::new) that the command line was
        /// [parsed with](crate::Flags::try_parse_with): it alone can set the flag, at the next start.
        location: Option<String>,
    },
    /// It is the exact name of an environment variable that flags read. It sets them if the layer has
    /// [`env_names`](crate::Layer::env_names).
    Variable {
        /// The flags' long names; empty if only flags of subcommands that were not chosen read it.
        flags: Vec<String>,
    },
    /// It names a flag of a subcommand that was not chosen.
    OtherSubcommand,
    /// None of these.
    Unknown,
}

/// The outcome of a change that was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Applied {
    /// The generation that has the change; the current one if there was nothing to publish.
    pub generation: u64,
    /// The flags whose value changed, in the order of declaration.
    pub changed: Vec<Change>,
    /// Keys of the layer that set no flag: they name none ([`Problem::Unknown`](crate::Problem::Unknown)), not
    /// even one of a subcommand that was not chosen, or one that the layer can't set
    /// ([`Problem::Uncovered`](crate::Problem::Uncovered)).
    pub unknown: Vec<Problem>,
    /// Keys of the layer that count as absent: their text is empty, and their flag is optional and has
    /// no empty value.
    pub blank: Vec<String>,
    /// Keys of the layer that another name of the same flag overrules ([`Problem::Overruled`]).
    pub overruled: Vec<Problem>,
    /// Keys of the layer that have no effect, because a layer that takes precedence has a different
    /// value.
    pub shadowed: Vec<Shadowed>,
    /// The deprecated flags that the layer or the edits set.
    pub deprecated: Vec<Deprecated>,
    /// Invalid keys of a layer that [keeps its valid ones](crate::OnInvalid::KeepValid).
    pub rejected: Vec<Problem>,
    /// Whether a value of the layer comes from a file that [`value::or_file`](crate::value::or_file)
    /// reads. A source that follows changes then proposes the same layer again from time to time.
    pub volatile: bool,
}

/// A key of a layer that has no effect, because another layer takes precedence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Shadowed {
    /// The flag's name.
    pub flag: String,
    /// The origin of the value that has no effect.
    pub origin: Origin,
    /// The origin of the value that takes precedence.
    pub by: Origin,
}

impl fmt::Display for Shadowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flag, origin, by } = self;
        write!(
            f,
            "`{flag}`: {origin} has no effect, because {by} takes precedence"
        )
    }
}

/// A deprecated flag that is set.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long)]
///     #[flag(dynamic, deprecated = "use `limit`")]
///     max_requests: Option<u32>,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let applied = args.set("max-requests", "5")?;
/// assert_eq!(applied.deprecated[0].to_string(), "`max-requests`: deprecated, override sets it: use `limit`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Deprecated {
    /// The flag's name.
    pub flag: String,
    /// The origin of the value.
    pub origin: Origin,
    /// What to use instead.
    pub remedy: String,
}

impl Deprecated {
    /// `None` if the flag is not deprecated.
    pub(crate) fn new(spec: &FlagSpec, origin: Origin) -> Option<Self> {
        Some(Self {
            flag: spec.name.clone(),
            remedy: spec.def.deprecated()?.to_owned(),
            origin,
        })
    }
}

impl fmt::Display for Deprecated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            flag,
            origin,
            remedy,
        } = self;
        write!(f, "`{flag}`: deprecated, {origin} sets it: {remedy}")
    }
}

/// A publish that changed values. [`FlagSet::on_publish`] passes it to callbacks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Published {
    /// The generation that was published.
    pub generation: u64,
    /// The flags whose value changed, in the order of declaration.
    pub changed: Vec<Change>,
}
