//! The face that a source sees: a set of flags, without the struct behind it.

use std::sync::{Arc, Weak};

use crate::{
    Change, Checksum, FlagInfo, FlagKind, Layer, Listing, PendingRestart, Rejected, Source,
    SourceStatus, Subscription,
};

/// A set of flags as a source, a debug page or a test sees it: list it, propose a layer to it,
/// override a flag, compare its checksum. It is object-safe and knows nothing of the struct.
///
/// [`Flags`](crate::Flags) converts into an `Arc<dyn FlagSet>` by `From`.
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
pub trait FlagSet: Send + Sync {
    /// Puts `layer` in the place of the one that its source proposed before, rebuilds every flag
    /// from the ground, checks the whole, and publishes it in one store.
    ///
    /// Until [`freeze`](Self::freeze), static flags change too. After it they keep their values;
    /// one for which the layer wants another becomes *pending restart*.
    ///
    /// Subscribers run before this returns, unless another thread is running subscribers
    /// at the moment: then that thread runs these, too, after the ones before.
    ///
    /// # Errors
    /// Everything that is wrong with the layer. Then nothing changed.
    fn propose(&self, layer: &Layer) -> Result<Applied, Rejected>;

    /// Sets and clears overrides, all or nothing.
    ///
    /// # Errors
    /// Everything that is wrong with the edits. Then nothing changed.
    fn edit(&self, edits: &[Edit<'_>]) -> Result<Applied, Rejected>;

    /// Fixes the static flags at what they are, for good. Doing it again changes nothing.
    ///
    /// A check or a rule that asks for it gets it once the write that it belongs to is over.
    fn freeze(&self);

    /// Every flag, the generation and the checksums, as of one moment.
    fn listing(&self) -> Listing;

    /// Every flag, in the order of declaration, as of one moment.
    fn list(&self) -> Vec<FlagInfo> {
        self.listing().flags
    }

    /// The flag called `name`: its long name, an alias or its clap id, `-` and `_` being the same.
    /// `None` if no flag is called so. It costs one flag, not a listing of all.
    fn flag(&self, name: &str) -> Option<FlagInfo>;

    /// The static flags that would change with a restart, in the order of declaration.
    fn pending_restarts(&self) -> Vec<PendingRestart>;

    /// A digest of the names and values of all flags of one kind; see [`Checksum`].
    fn checksum(&self, kind: FlagKind) -> Checksum;

    /// The number of the newest published snapshot. The command line's is 1; each publish adds 1.
    fn generation(&self) -> u64;

    /// Calls back after each publish that changed a value, with what changed.
    ///
    /// Ordering, threads and panics are those of [`Dynamic::on_change`](crate::Dynamic::on_change).
    fn on_publish(&self, callback: Arc<dyn Fn(&Published) + Send + Sync>) -> Subscription;

    /// Lists `source` among the [`sources`](Self::sources) until it is dropped.
    fn attach(&self, source: Weak<dyn Source>);

    /// How the sources of these flags are doing, in the order in which they were attached.
    fn sources(&self) -> Vec<SourceStatus>;
}

/// One override to set or to clear.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Edit<'a> {
    /// Override the flag `name` with `value`, text as one would type it after `--name=`.
    Set {
        /// The flag's name, an alias, or its clap id; `-` and `_` are the same.
        name: &'a str,
        /// The value.
        value: &'a str,
    },
    /// Clear the override of the flag `name`, so that the layers below speak again.
    /// A flag without an override is left as it is.
    Clear {
        /// The flag's name, an alias, or its clap id; `-` and `_` are the same.
        name: &'a str,
    },
}

/// The name only: a value may be a secret's.
impl std::fmt::Debug for Edit<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Set { name, .. } => write!(f, "Set({name})"),
            Self::Clear { name } => write!(f, "Clear({name})"),
        }
    }
}

/// What came of a change that was accepted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Applied {
    /// The generation that holds the change; the one before if nothing had to be published.
    pub generation: u64,
    /// The flags whose value changed, in the order of declaration.
    pub changed: Vec<Change>,
    /// Keys of the layer that name no flag ([`Problem::Unknown`](crate::Problem::Unknown)).
    pub unknown: Vec<crate::Problem>,
    /// Bad keys of a layer that asked to [keep what is valid](crate::OnInvalid::KeepValid).
    pub rejected: Vec<crate::Problem>,
}

/// A publish that changed values, as [`FlagSet::on_publish`] tells it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Published {
    /// The generation that was published.
    pub generation: u64,
    /// The flags whose value changed, in the order of declaration.
    pub changed: Vec<Change>,
}
