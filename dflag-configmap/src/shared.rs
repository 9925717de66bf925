//! What the handle and the threads share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use dflag::{FlagSet, Source, SourceStatus};

use crate::options::Options;
use crate::pace::Looking;
use crate::{ScanError, Status, Watching};

/// What the handle and the threads share. The locks are never held together,
/// and only `looking` while others' code runs.
pub(crate) struct Shared {
    pub(crate) flags: Arc<dyn FlagSet>,
    /// Absolute.
    pub(crate) directory: PathBuf,
    pub(crate) options: Options,
    /// Whoever looks at the directory has it.
    pub(crate) looking: Mutex<Looking>,
    status: Mutex<Status>,
}

impl Shared {
    pub(crate) fn new(flags: Arc<dyn FlagSet>, directory: PathBuf, options: Options) -> Self {
        Self {
            flags,
            directory,
            options,
            looking: Mutex::new(Looking::new(Instant::now())),
            status: Mutex::default(),
        }
    }

    pub(crate) fn status(&self) -> Status {
        lock(&self.status).clone()
    }

    /// Changes the status. `change` must not call out.
    pub(crate) fn note(&self, change: impl FnOnce(&mut Status)) {
        change(&mut lock(&self.status));
    }

    /// Notes how a look ended, and logs what was not wrong before.
    pub(crate) fn note_look(&self, error: Option<ScanError>) {
        let now = SystemTime::now();
        let error = error.map(Arc::new);
        let mut status = lock(&self.status);
        status.last_scan = Some(now);
        if error.is_none() {
            status.last_success = Some(now);
        }
        let before = std::mem::replace(&mut status.last_error, error.clone());
        drop(status);
        match (&before, &error) {
            (before, Some(error)) => {
                let text = full(error.as_ref());
                if before.as_ref().map(|before| full(before.as_ref())).as_ref() != Some(&text) {
                    tracing::warn!(directory = %self.directory.display(), error = %text, "ConfigMap not taken");
                }
            }
            (Some(_), None) => {
                tracing::info!(directory = %self.directory.display(), "ConfigMap in order again");
            }
            (None, None) => {}
        }
    }

    /// Notes how changes are noticed, and logs when it gets worse or better.
    pub(crate) fn note_watching(&self, watching: &Watching) {
        let before = {
            let mut status = lock(&self.status);
            std::mem::replace(&mut status.watching, watching.clone())
        };
        let directory = self.directory.display();
        match (&before, watching) {
            (Watching::Polling { .. }, Watching::Events) => {
                tracing::info!(%directory, "events arrive again");
            }
            (Watching::Polling { .. }, Watching::Polling { .. }) => {}
            (_, Watching::Polling { because }) => {
                let every = self.options.rescan_every;
                tracing::warn!(%directory, %because, ?every, "no events, following the directory by polling");
            }
            _ => {}
        }
    }
}

/// What a page about the flags shows of the updater.
impl Source for Shared {
    fn status(&self) -> SourceStatus {
        let status = Shared::status(self);
        let mut shown = SourceStatus::new("ConfigMap", self.directory.display().to_string());
        shown.watching = status.watching.to_string();
        shown.generation = status.generation;
        shown.applied = status.applied;
        shown.rejected = status.rejected;
        shown.last_scan = status.last_scan;
        shown.last_success = status.last_success;
        shown.last_error = status.last_error.map(|error| full(error.as_ref()));
        shown.unknown_keys = status.unknown_keys;
        shown.warnings = status
            .frozen_files
            .iter()
            .map(ToString::to_string)
            .collect();
        shown
    }
}

/// An error with all its causes.
fn full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Locks; what a panic left behind is still consistent, since each change is one assignment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
