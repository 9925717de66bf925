//! The context: what the handle and the updater's thread share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use dflag::{FlagSet, Source, SourceStatus};

use crate::error::ScanError;
use crate::options::Options;
use crate::status::{FrozenFile, Status, UnsettledFile, Watching};

/// The warning about a volume without content.
const UNFILLED: &str =
    "the volume is not filled yet: its keys are links into `..data`, which does not exist";

/// What the handle and the updater's thread share.
pub(crate) struct Context {
    pub(crate) flags: Arc<dyn FlagSet>,
    /// Absolute.
    pub(crate) directory: PathBuf,
    pub(crate) options: Options,
    status: Mutex<Status>,
}

impl Context {
    pub(crate) fn new(flags: Arc<dyn FlagSet>, directory: PathBuf, options: Options) -> Self {
        Self {
            flags,
            directory,
            options,
            status: Mutex::default(),
        }
    }

    pub(crate) fn status(&self) -> Status {
        lock(&self.status).clone()
    }

    /// Changes the status. `change` must not call foreign code.
    pub(crate) fn update_status(&self, change: impl FnOnce(&mut Status)) {
        change(&mut lock(&self.status));
    }

    /// Records how a scan ended, and logs an error that the scan before did not have.
    pub(crate) fn record_scan(&self, error: Option<ScanError>) {
        let now = SystemTime::now();
        let error = error.map(Arc::new);
        let before = {
            let mut status = lock(&self.status);
            status.last_scan = Some(now);
            if error.is_none() {
                status.last_success = Some(now);
            }
            std::mem::replace(&mut status.last_error, error.clone())
        };
        let directory = self.directory.display();
        let before = before.map(|error| with_causes(&*error));
        let Some(scan_error) = error else {
            if before.is_some() {
                tracing::info!(%directory, "recovered");
            }
            return;
        };
        let error = with_causes(&*scan_error);
        if before.as_ref() == Some(&error) {
            return;
        }
        match *scan_error {
            ScanError::Rejected(_) => tracing::warn!(%directory, error, "update rejected"),
            ScanError::PartlyRejected { .. } => {
                tracing::warn!(%directory, error, "update partly rejected");
            }
            ScanError::Directory(_) | ScanError::Panicked { .. } => {
                tracing::warn!(%directory, error, "scan failed");
            }
        }
    }

    /// Records how changes are noticed, and logs when that gets worse or better.
    pub(crate) fn record_watching(&self, watching: &Watching) {
        let before = {
            let mut status = lock(&self.status);
            std::mem::replace(&mut status.watching, watching.clone())
        };
        let directory = self.directory.display();
        match (&before, watching) {
            (Watching::Polling { .. }, Watching::Events) => {
                tracing::info!(%directory, "events are available again");
            }
            (Watching::Polling { .. }, Watching::Polling { .. }) => {}
            (_, Watching::Polling { because }) => {
                let every = self.options.rescan_every;
                tracing::warn!(%directory, %because, ?every, "no events are available, polling the directory");
            }
            _ => {}
        }
    }

    /// Records files that no update can reach, and logs those that are new.
    pub(crate) fn record_frozen_files(&self, paths: Vec<PathBuf>) {
        let files: Vec<_> = paths.into_iter().map(|path| FrozenFile { path }).collect();
        let before = {
            let mut status = lock(&self.status);
            std::mem::replace(&mut status.frozen_files, files.clone())
        };
        for file in files.iter().filter(|file| !before.contains(file)) {
            tracing::warn!(file = %file.path.display(), "{file}");
        }
        for file in before.iter().filter(|file| !files.contains(file)) {
            tracing::info!(file = %file.path.display(), "the file follows updates again");
        }
    }

    /// Records whether the volume has no content yet, and logs that once.
    pub(crate) fn record_unfilled(&self, is_unfilled: bool) {
        let before = {
            let mut status = lock(&self.status);
            std::mem::replace(&mut status.is_unfilled, is_unfilled)
        };
        if is_unfilled && !before {
            let directory = self.directory.display();
            tracing::warn!(%directory, "{UNFILLED}");
        }
    }

    /// Records files that keep changing, and logs those that are new.
    pub(crate) fn record_unsettled_files(&self, paths: Vec<PathBuf>) {
        let files: Vec<_> = paths
            .into_iter()
            .map(|path| UnsettledFile { path })
            .collect();
        let before = {
            let mut status = lock(&self.status);
            std::mem::replace(&mut status.unsettled_files, files.clone())
        };
        for file in files.iter().filter(|file| !before.contains(file)) {
            tracing::warn!(file = %file.path.display(), "{file}");
        }
    }
}

/// The status that [`FlagSet::sources`] lists.
impl Source for Context {
    fn status(&self) -> SourceStatus {
        let status = Context::status(self);
        let mut source = SourceStatus::new("ConfigMap", self.directory.display().to_string());
        source.watching = status.watching.to_string();
        source.generation = status.generation;
        source.applied = status.applied;
        source.rejected = status.rejected;
        source.last_scan = status.last_scan;
        source.last_success = status.last_success;
        source.last_error = status.last_error.map(|error| with_causes(&*error));
        source.unknown_keys = status.unknown_keys;
        let frozen = status.frozen_files.iter().map(ToString::to_string);
        let unsettled = status.unsettled_files.iter().map(ToString::to_string);
        let unfilled = status.is_unfilled.then(|| UNFILLED.to_owned());
        source.warnings = frozen.chain(unsettled).chain(unfilled).collect();
        source
    }
}

/// The text of `error` and of all its causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Locks `mutex`. A panic leaves nothing inconsistent behind, since each change is one assignment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
