//! Sources: what proposes layers, and the status of each.

use std::sync::{Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use crate::listing::health::Health;

/// A source of layers that reports its status, so that a page or a metric can show it.
///
/// A source [attaches](crate::FlagSet::attach) itself to the flags that it proposes to.
/// [`FlagSet::sources`](crate::FlagSet::sources) then lists its status.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use std::sync::{Arc, Weak};
/// use dflag::{FlagSet, Source, SourceStatus};
///
/// struct Remote;
///
/// impl Source for Remote {
///     fn status(&self) -> SourceStatus {
///         let mut status = SourceStatus::new("remote", "https://flags.example.com");
///         status.last_error = Some("no answer".to_owned());
///         status
///     }
/// }
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let set: Arc<dyn FlagSet> = (&args).into();
/// let remote: Arc<dyn Source> = Arc::new(Remote);
/// set.attach(Arc::downgrade(&remote));
/// assert_eq!(set.sources()[0].last_error.as_deref(), Some("no answer"));
///
/// drop(remote);
/// assert!(set.sources().is_empty());
/// # Ok::<(), clap::Error>(())
/// ```
pub trait Source: Send + Sync {
    /// The current status. This is called on the thread that lists the sources and must not block.
    fn status(&self) -> SourceStatus;
}

/// The status of a source. It never contains a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SourceStatus {
    /// The kind of source, such as `ConfigMap`.
    pub name: String,
    /// Where it is, such as a directory or an address.
    pub location: String,
    /// How it notices changes, in a few words; may be empty.
    pub watching: String,
    /// The generation of the flags after its newest applied layer; 0 before the first.
    pub generation: u64,
    /// The number of its layers that were applied, fully or in part.
    pub applied: u64,
    /// The number of its layers that were rejected, fully or in part.
    pub rejected: u64,
    /// The number of times that it went back to an earlier layer, because the program was not healthy with a newer one.
    pub rollbacks: u64,
    /// When it last scanned for changes.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::listing::seconds::serialize")
    )]
    pub last_scan: Option<SystemTime>,
    /// When a scan last read everything, whether the layer was then applied or rejected.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::listing::seconds::serialize")
    )]
    pub last_read: Option<SystemTime>,
    /// When a scan last succeeded: everything was read, and the layer was applied.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::listing::seconds::serialize")
    )]
    pub last_success: Option<SystemTime>,
    /// The error of the newest scan with all its causes; `None` if it succeeded.
    pub last_error: Option<String>,
    /// Why the flags do not have what its newest layer says, as complete sentences; empty if they do.
    pub degraded: Vec<String>,
    /// Keys of its newest layer that name no flag, or one that it can't set.
    pub unknown_keys: Vec<String>,
    /// Other conditions that need attention, as complete sentences.
    pub warnings: Vec<String>,
    /// The object of Kubernetes that it follows, if it knows that.
    pub object: Option<SourceObject>,
}

/// The object of Kubernetes that a source follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SourceObject {
    /// Its namespace; empty if that is not known.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The beginning of this program's keys in it; may be empty.
    pub prefix: String,
    /// The resource version whose content the flags have; `None` if it is not known, as where a mount brought it.
    pub resource_version: Option<String>,
    /// Who wrote that version, such as `kubectl-edit`.
    pub manager: Option<String>,
    /// When it was written, to the second.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::listing::seconds::serialize")
    )]
    pub modified: Option<SystemTime>,
    /// How long after that it arrived, if it arrived while the source followed the object.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::listing::seconds::serialize")
    )]
    pub delay: Option<Duration>,
}

impl SourceObject {
    /// An object of which nothing else is known.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
            ..Self::default()
        }
    }
}

impl SourceStatus {
    /// The status of a source that has done nothing yet.
    pub fn new(name: impl Into<String>, location: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            location: location.into(),
            watching: String::new(),
            generation: 0,
            applied: 0,
            rejected: 0,
            rollbacks: 0,
            last_scan: None,
            last_read: None,
            last_success: None,
            last_error: None,
            degraded: Vec::new(),
            unknown_keys: Vec::new(),
            warnings: Vec::new(),
            object: None,
        }
    }

    /// The health of the source at the time `now`. It is stale if it was last read more than `stale_after` before that.
    ///
    /// Choose a time that is longer than the source's timer and than the outages that need no attention: some minutes.
    /// See [`Health`] for an example.
    pub fn health(&self, stale_after: Duration, now: SystemTime) -> Health {
        Health::of(self, stale_after, now)
    }
}

/// The sources of one set of flags, in the order in which they were attached.
#[derive(Default)]
pub(crate) struct Sources(Mutex<Vec<Weak<dyn Source>>>);

impl Sources {
    pub(crate) fn attach(&self, source: Weak<dyn Source>) {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sources.retain(|other| other.strong_count() > 0);
        sources.push(source);
    }

    pub(crate) fn statuses(&self) -> Vec<SourceStatus> {
        // No lock is held while a status is computed or a source is dropped.
        let sources: Vec<_> = {
            let sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            sources.iter().filter_map(Weak::upgrade).collect()
        };
        sources.iter().map(|source| source.status()).collect()
    }
}
