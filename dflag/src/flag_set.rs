//! The object-safe interface to a set of flags, for code that does not know the struct.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Weak};

use crate::error::{Problem, Rejected};
use crate::layers::edit::Edit;
use crate::layers::layer::Layer;
use crate::listing::checksum::Checksum;
use crate::listing::info::{Change, FlagInfo, Listing, PendingRestart};
use crate::listing::source::{Source, SourceStatus};
use crate::publish::core::Core;
use crate::schema::FlagKind;
use crate::subscribers::Subscription;

/// A set of flags as a source, a debug page or a test sees it: lists flags, accepts layers and
/// overrides, computes checksums. It is object-safe and does not know the struct.
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
///
/// The trait is sealed: only this crate implements it, so that methods can be added.
///
/// ```compile_fail
/// struct Mine;
/// impl dflag::FlagSet for Mine {}
/// ```
pub trait FlagSet: Sealed + Send + Sync + UnwindSafe + RefUnwindSafe {
    /// Replaces the layer that the same source proposed before, rebuilds all flags from the base
    /// and all layers, checks the whole, and publishes it in one store.
    ///
    /// Until [`freeze`](Self::freeze), static flags change too. After it they keep their values, and
    /// one for which the layer wants another value is *pending restart*.
    ///
    /// Callbacks run before this returns, unless another thread is running callbacks: then that
    /// thread runs these, too, in the order of the publishes.
    ///
    /// # Errors
    /// Everything that is wrong with the layer. All flags keep their values.
    fn propose(&self, layer: &Layer) -> Result<Applied, Rejected>;

    /// Sets, unsets and clears overrides, all or nothing. Of several edits of one flag the last one
    /// counts.
    ///
    /// # Errors
    /// Everything that is wrong with the edits. All flags keep their values.
    fn edit(&self, edits: &[Edit]) -> Result<Applied, Rejected>;

    /// Freezes the static flags at their current values, for good. Further calls do nothing.
    ///
    /// A call from a check or a rule takes effect after the write that it belongs to.
    fn freeze(&self);

    /// A consistent snapshot of every flag, with the generation and the checksums.
    fn listing(&self) -> Listing;

    /// Every flag, in the order of declaration, from one consistent snapshot.
    fn list(&self) -> Vec<FlagInfo> {
        self.listing().flags
    }

    /// The flag called `name`: its long name, an alias or its clap id, `-` and `_` being the same.
    /// `None` if there is no such flag. This costs one flag, not a listing of all.
    fn flag(&self, name: &str) -> Option<FlagInfo>;

    /// The static flags that would change with a restart, in the order of declaration.
    fn pending_restarts(&self) -> Vec<PendingRestart>;

    /// The reasons for which a restart would fail: rules that the flags would break with the values that
    /// are [pending](Self::pending_restarts) for it. They do not reject an update, since the running
    /// program is fine.
    fn restart_problems(&self) -> Vec<Problem>;

    /// A digest of the names and values of all flags of one kind; see [`Checksum`].
    fn checksum(&self, kind: FlagKind) -> Checksum;

    /// The number of the newest published snapshot. The command line's is 1; each publish adds 1.
    fn generation(&self) -> u64;

    /// Calls `callback` after each publish that changed a value, with the changes.
    ///
    /// Ordering, threads and panics are those of [`Dynamic::on_change`](crate::Dynamic::on_change).
    fn on_publish(&self, callback: Arc<dyn Fn(&Published) + Send + Sync>) -> Subscription;

    /// Lists `source` among the [`sources`](Self::sources) until it is dropped.
    fn attach(&self, source: Weak<dyn Source>);

    /// The status of each source, in the order in which they were attached.
    fn sources(&self) -> Vec<SourceStatus>;
}

/// Keeps other crates from implementing [`FlagSet`].
pub trait Sealed {}

impl Sealed for Core {}

// A change is made on copies and then published in one store, and a panic of the program's own code is
// caught. So a panic that unwinds through the core leaves nothing half done.
impl UnwindSafe for Core {}
impl RefUnwindSafe for Core {}

/// The outcome of a change that was applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Applied {
    /// The generation with the change; the one before if there was nothing to publish.
    pub generation: u64,
    /// The flags whose value changed, in the order of declaration.
    pub changed: Vec<Change>,
    /// Keys of the layer that name no flag ([`Problem::Unknown`](crate::Problem::Unknown)).
    pub unknown: Vec<Problem>,
    /// Keys of the layer with an empty text that count as absent: their flags are optional and can't
    /// be empty.
    pub blank: Vec<String>,
    /// Keys of the layer that another name of the same flag overrules ([`Problem::Overruled`]).
    pub overruled: Vec<Problem>,
    /// Invalid keys of a layer that [keeps its valid ones](crate::OnInvalid::KeepValid).
    pub rejected: Vec<Problem>,
}

/// A publish that changed values, for [`FlagSet::on_publish`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Published {
    /// The generation that was published.
    pub generation: u64,
    /// The flags whose value changed, in the order of declaration.
    pub changed: Vec<Change>,
}
