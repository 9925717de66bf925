//! Sources: who proposes layers, and how each of them is doing.

use std::sync::{Mutex, PoisonError, Weak};
use std::time::SystemTime;

/// A source of layers that can say how it is doing, so that a page or a metric can show it.
///
/// A source [attaches](crate::FlagSet::attach) itself to the flags that it proposes to;
/// whoever shows the flags finds it in [`FlagSet::sources`](crate::FlagSet::sources).
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
    /// How it is doing now. It is called on the thread that asks, which it should not keep waiting.
    fn status(&self) -> SourceStatus;
}

/// How a source is doing, as of one moment. It says nothing of a secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceStatus {
    /// What kind of source it is, as people call it: `ConfigMap`.
    pub name: String,
    /// Where it is: a directory, an address.
    pub location: String,
    /// How it learns of changes, in a few words; empty where it does not say.
    pub watching: String,
    /// The flags' generation that its newest accepted layer led to; 0 before the first.
    pub generation: u64,
    /// How many of its layers were accepted, also in part.
    pub applied: u64,
    /// How many of its layers were rejected, also in part.
    pub rejected: u64,
    /// When it last looked for changes.
    pub last_scan: Option<SystemTime>,
    /// When it last found everything in order.
    pub last_success: Option<SystemTime>,
    /// What it found wrong when it looked last, with all causes; `None` if everything was in order.
    pub last_error: Option<String>,
    /// Keys of its newest layer that name no flag.
    pub unknown_keys: Vec<String>,
    /// What else someone should see to, in whole sentences.
    pub warnings: Vec<String>,
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
            last_scan: None,
            last_success: None,
            last_error: None,
            unknown_keys: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// The sources of one set of flags, in the order in which they came.
#[derive(Default)]
pub(crate) struct Sources(Mutex<Vec<Weak<dyn Source>>>);

impl Sources {
    pub(crate) fn attach(&self, source: Weak<dyn Source>) {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sources.retain(|other| other.strong_count() > 0);
        sources.push(source);
    }

    pub(crate) fn statuses(&self) -> Vec<SourceStatus> {
        // They are asked, and perhaps dropped, while nothing is locked.
        let sources: Vec<_> = {
            let sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            sources.iter().filter_map(Weak::upgrade).collect()
        };
        sources.iter().map(|source| source.status()).collect()
    }
}
