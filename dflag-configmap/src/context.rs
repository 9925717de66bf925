//! The context: what the handle and the updater's thread share.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use dflag::{FlagSet, Source, SourceStatus};

use crate::error::ScanError;
use crate::escape::Escaped;
use crate::health::degraded;
use crate::lock::lock;
use crate::options::Options;
use crate::other_sets::sets_flag;
use crate::status::{FrozenFile, Status, UnsettledFile, Watching, restart_would_fail};
use crate::volume::{Contents, KnownKeys};

/// What one scan found that needs attention.
pub(crate) struct ScanWarnings {
    /// Files that no update can reach; `None` if the scan did not look for them.
    pub(crate) frozen: Option<Vec<PathBuf>>,
    /// Files that keep changing.
    pub(crate) unsettled: Vec<PathBuf>,
    /// Whether the volume has no content yet.
    pub(crate) is_unfilled: bool,
    /// Whether there were no contents yet. Those of an absent directory count as empty.
    pub(crate) is_missing: bool,
}

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
    /// Whether the last scan found no contents, nor did one before.
    is_missing: AtomicBool,
}

impl Context {
    pub(crate) fn new(flags: Arc<dyn FlagSet>, directory: PathBuf, options: Options) -> Self {
        Self {
            flags,
            directory,
            options,
            status: Mutex::default(),
            is_missing: AtomicBool::new(false),
        }
    }

    /// The keys that name one of these flags.
    pub(crate) fn known_keys(&self) -> KnownKeys {
        let (flags, of_flags) = (Arc::clone(&self.flags), self.directory.clone());
        let env_names = self.options.env_names;
        let is_flag = move |name: &str| sets_flag(&*flags, name, &of_flags, env_names);
        self.options.keys.known_keys(is_flag)
    }

    /// The contents of these flags.
    pub(crate) fn select(&self, contents: &Arc<Contents>) -> Arc<Contents> {
        let Options {
            keys,
            others,
            env_names,
            ..
        } = &self.options;
        let selected = keys.select(contents);
        if others.is_empty() {
            return selected;
        }
        let is_own = |key: &str| {
            let name = keys.name(key);
            name.is_none_or(|name| !others.claim(&*self.flags, name, &self.directory, *env_names))
        };
        let own = selected.iter().filter(|(key, _)| is_own(key));
        Arc::new(
            own.map(|(key, content)| (Arc::clone(key), content.clone()))
                .collect(),
        )
    }

    pub(crate) fn status(&self) -> Status {
        lock(&self.status).clone()
    }

    /// Records that what was read last is still what there is.
    pub(crate) fn record_unchanged(&self) {
        let now = Some(SystemTime::now());
        let mut status = lock(&self.status);
        status.last_scan = now;
        status.last_read = now;
        if status.last_error.is_none() {
            status.last_success = now;
        }
    }

    /// Whether the last scan succeeded, and its content is not on probation.
    pub(crate) fn has_good_content(&self) -> bool {
        let status = lock(&self.status);
        status.last_error.is_none() && status.probation.is_none()
    }

    /// Whether these contents are empty because there were none yet: the directory is absent, still being written, or a
    /// volume without content. Others have another source.
    pub(crate) fn is_unfilled(&self, contents: &Contents) -> bool {
        let is_missing = || self.is_missing.load(Ordering::Relaxed);
        contents.is_empty() && (lock(&self.status).is_unfilled || is_missing())
    }

    /// Whether the program was started from something else than the directory's content, which was not applied since.
    pub(crate) fn is_badly_started(&self) -> bool {
        lock(&self.status).current_bad_start().is_some()
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
            let unread = |error: &ScanError| {
                matches!(
                    error,
                    ScanError::Directory(_) | ScanError::Unavailable { .. }
                )
            };
            if !error.as_deref().is_some_and(unread) {
                status.last_read = Some(now);
            }
            if error.is_none() {
                status.last_success = Some(now);
            }
            std::mem::replace(&mut status.last_error, error.clone())
        };
        let directory = Escaped(&self.directory);
        let before = before.map(|error| error.to_string());
        let Some(scan_error) = error else {
            if before.is_some() {
                tracing::info!(%directory, "recovered");
            }
            return;
        };
        let error = scan_error.to_string();
        if before.as_ref() == Some(&error) {
            return;
        }
        match *scan_error {
            ScanError::Rejected(_) => tracing::warn!(%directory, error, "update rejected"),
            ScanError::PartlyRejected { .. } => {
                tracing::warn!(%directory, error, "update partly rejected");
            }
            ScanError::RolledBack { .. } => tracing::warn!(%directory, error, "update not applied"),
            ScanError::Directory(_)
            | ScanError::Unavailable { .. }
            | ScanError::Panicked { .. } => {
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
        let directory = Escaped(&self.directory);
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

    /// Records what a scan found that needs attention.
    pub(crate) fn record_warnings(&self, warnings: ScanWarnings) {
        if let Some(frozen) = warnings.frozen {
            self.record_frozen_files(frozen);
        }
        self.record_unsettled_files(warnings.unsettled);
        self.record_unfilled(warnings.is_unfilled);
        self.is_missing
            .store(warnings.is_missing, Ordering::Relaxed);
    }

    /// Records files that no update can reach, and logs those that are new.
    fn record_frozen_files(&self, paths: Vec<PathBuf>) {
        let files: Vec<_> = paths.into_iter().map(|path| FrozenFile { path }).collect();
        let before = {
            let mut status = lock(&self.status);
            std::mem::replace(&mut status.frozen_files, files.clone())
        };
        for file in files.iter().filter(|file| !before.contains(file)) {
            tracing::warn!(file = %Escaped(&file.path), "{file}");
        }
        for file in before.iter().filter(|file| !files.contains(file)) {
            tracing::info!(file = %Escaped(&file.path), "the file follows updates again");
        }
    }

    /// Records whether the volume has no content yet, and logs that once.
    fn record_unfilled(&self, is_unfilled: bool) {
        let before = {
            let mut status = lock(&self.status);
            std::mem::replace(&mut status.is_unfilled, is_unfilled)
        };
        if is_unfilled && !before {
            let directory = Escaped(&self.directory);
            tracing::warn!(%directory, "{UNFILLED}");
        }
    }

    /// Records files that keep changing, and logs those that are new.
    fn record_unsettled_files(&self, paths: Vec<PathBuf>) {
        let files: Vec<_> = paths
            .into_iter()
            .map(|path| UnsettledFile { path })
            .collect();
        let before = {
            let mut status = lock(&self.status);
            std::mem::replace(&mut status.unsettled_files, files.clone())
        };
        for file in files.iter().filter(|file| !before.contains(file)) {
            tracing::warn!(file = %Escaped(&file.path), "{file}");
        }
    }
}

/// The status that [`FlagSet::sources`] lists.
impl Source for Context {
    fn status(&self) -> SourceStatus {
        let status = Context::status(self);
        let mut source = SourceStatus::new("ConfigMap", self.directory.display().to_string());
        source.degraded = degraded(&status);
        source.rollbacks = status.rollbacks;
        source.watching = status.watching.to_string();
        source.object.clone_from(&self.options.object);
        if let Some(object) = &mut source.object {
            object.prefix.clone_from(&self.options.keys.prefix);
        }
        source.generation = status.generation;
        source.applied = status.applied;
        source.rejected = status.rejected;
        source.last_scan = status.last_scan;
        source.last_read = status.last_read;
        source.last_success = status.last_success;
        let recovery = status.recovery_warnings().into_iter();
        source.last_error = status.last_error.map(|error| error.to_string());
        source.unknown_keys = status.unknown_keys;
        let frozen_files = status.frozen_files.iter().map(ToString::to_string);
        let unsettled = status.unsettled_files.iter().map(ToString::to_string);
        let unfilled = status.is_unfilled.then(|| UNFILLED.to_owned());
        let shadowed = status.shadowed.iter().map(ToString::to_string);
        let deprecated = status.deprecated.iter().map(ToString::to_string);
        let restart_problems = self.flags.restart_problems();
        let restart_problems = restart_problems.iter().map(restart_would_fail);
        let overruled = status.overruled.iter().map(ToString::to_string);
        source.warnings = recovery
            .chain(frozen_files)
            .chain(unsettled)
            .chain(unfilled)
            .chain(overruled)
            .chain(shadowed)
            .chain(deprecated)
            .chain(restart_problems)
            .collect();
        source
    }
}
