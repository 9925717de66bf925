//! The status of an updater.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use dflag::{Deprecated, PendingRestart, Problem, Shadowed};

use crate::error::ScanError;
use crate::escape::Escaped;
use crate::recovery::{BadStart, Probation, Rollback};

/// What an [`Updater`](crate::Updater) has done, what it is doing, and what is wrong.
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
/// # let args = Args::try_parse_dynamic_from(["server"])?;
/// # let dir = tempfile::tempdir()?;
/// let updater = dflag_configmap::setup(&args, dir.path())?;
/// let status = updater.status();
/// assert!(status.last_error.is_none());
/// assert!(status.pending_restart.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Status {
    /// The flags' generation after the last applied update; 0 before the first.
    pub generation: u64,
    /// How many updates were applied, in whole or in part. Equal contents are not an update.
    pub applied: u64,
    /// How many updates were rejected, in whole or in part. The same contents count once.
    pub rejected: u64,
    /// How many distinct sets of unknown keys the updates contained.
    pub unknown_key_sets: u64,
    /// The keys of the last update that name no flag, or one that a source can't set
    /// ([`Problem::Uncovered`]), with the [prefix](crate::Builder::prefix).
    /// If unknown keys are denied, they are in `last_error` as well.
    pub unknown_keys: Vec<String>,
    /// When the directory was last scanned.
    pub last_scan: Option<SystemTime>,
    /// When a scan last read the whole directory, whether its content was then applied or rejected.
    pub last_read: Option<SystemTime>,
    /// When a scan last succeeded: the directory was read, and its content was applied in whole.
    pub last_success: Option<SystemTime>,
    /// The error of the last scan; `None` if it succeeded.
    pub last_error: Option<Arc<ScanError>>,
    /// How changes are noticed.
    pub watching: Watching,
    /// Static flags whose source wants another value, which takes effect after a restart.
    pub pending_restart: Vec<PendingRestart>,
    /// The reasons for which a restart would fail: the rules that the pending values violate, and
    /// required flags that nothing supplies any longer.
    pub restart_problems: Vec<Problem>,
    /// Keys of the last applied update that count as absent: their file is empty, and their flag is
    /// optional and has no empty value. Helm writes such a key for a value that is not set.
    pub blank_keys: Vec<String>,
    /// Keys of the last applied update that another name of the same flag overrules
    /// ([`Problem::Overruled`]), such as an alias beside the flag's new name.
    pub overruled: Vec<Problem>,
    /// Keys of the last applied update that have no effect, because an override or the command line
    /// takes precedence. A later change of an override shows after the next scan.
    pub shadowed: Vec<Shadowed>,
    /// The deprecated flags that the last applied update sets.
    pub deprecated: Vec<Deprecated>,
    /// Files that no update of the ConfigMap can reach. A file is listed until its mount is gone.
    pub frozen_files: Vec<FrozenFile>,
    /// Whether the directory is a volume that is not filled yet: its keys are links into `..data`, which
    /// does not exist. Until it does, what was read before still counts: the flags keep their values, and if it was
    /// rejected, `last_error` says so.
    pub is_unfilled: bool,
    /// Files that keep changing, so that their content is applied late or not at all.
    pub unsettled_files: Vec<UnsettledFile>,
    /// If the program was not started from the directory's content
    /// ([`Builder::on_bad_start`](crate::Builder::on_bad_start)): what from, and why. It stays when the program has
    /// recovered.
    pub bad_start: Option<BadStart>,
    /// The probation that is under way ([`Builder::probation`](crate::Builder::probation)).
    pub probation: Option<Probation>,
    /// How many updates were rolled back.
    pub rollbacks: u64,
    /// The last update that failed its probation. It stays when the program has recovered.
    pub last_rollback: Option<Rollback>,
    /// Why the last good content can't be kept or read
    /// ([`Builder::last_good_file`](crate::Builder::last_good_file)).
    pub last_good_error: Option<String>,
}

pub(crate) fn restart_would_fail(problem: &Problem) -> String {
    format!("a restart would fail: {problem}")
}

/// How an updater notices changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Watching {
    /// Not at all: the updater was not started, or was stopped.
    #[default]
    Stopped,
    /// By the system's events, and by the timer in case an event is lost.
    Events,
    /// By the timer alone.
    Polling {
        /// Why there are no events.
        because: String,
    },
}

/// Formats as `events`, `polling: …` with the reason, or `stopped`.
impl fmt::Display for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped => f.write_str("stopped"),
            Self::Events => f.write_str("events"),
            Self::Polling { because } => write!(f, "polling: {because}"),
        }
    }
}

/// A file that is mounted into the directory on its own, by `subPath` or another bind mount.
///
/// It stays the same file for as long as the container runs, so no update of the ConfigMap reaches it.
/// [`Display`](fmt::Display) names the file and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FrozenFile {
    /// The file, or the directory itself if it is a mount of a directory that was deleted.
    pub path: PathBuf,
}

impl fmt::Display for FrozenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is mounted on its own (subPath) and does not follow updates of the ConfigMap: \
             mount the whole volume as a directory, without subPath",
            Escaped(&self.path),
        )
    }
}

/// A file of a plain directory that keeps changing, or that a writer keeps open.
///
/// The flag keeps its value until the file has been unchanged for the
/// [settling time](crate::Builder::settle). If that does not happen within five seconds, content that was
/// read twice alike is applied, unless the file is empty, shrinking or open for writing.
/// [`Display`](fmt::Display) names the file and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct UnsettledFile {
    /// The file.
    pub path: PathBuf,
}

impl fmt::Display for UnsettledFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` keeps changing, its flag follows late or not at all: write the file only when its \
             value changes",
            Escaped(&self.path),
        )
    }
}

impl Status {
    /// The bad start from which the program has not recovered.
    pub(crate) fn current_bad_start(&self) -> Option<&BadStart> {
        let start = self.bad_start.as_ref();
        start.filter(|start| start.recovered_at.is_none())
    }

    /// The rollback from which the program has not recovered.
    pub(crate) fn current_rollback(&self) -> Option<&Rollback> {
        let rollback = self.last_rollback.as_ref();
        rollback.filter(|rollback| rollback.recovered_at.is_none())
    }

    /// What the program was started from, what was rolled back or is not kept as the last good content, and a probation
    /// that does not go well.
    pub(crate) fn recovery_warnings(&self) -> Vec<String> {
        let start = self.current_bad_start().map(ToString::to_string);
        let rollback = self.current_rollback().map(ToString::to_string);
        let not_kept = self.last_good_error.iter();
        let not_kept = not_kept.map(|error| format!("the last good content is not kept: {error}"));
        let failing = self.probation.iter().filter(|one| one.failures > 0);
        let failing = failing.map(ToString::to_string);
        let recovery = start.into_iter().chain(rollback);
        recovery.chain(not_kept).chain(failing).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{FrozenFile, UnsettledFile};

    #[test]
    fn messages_escape_the_path() {
        let path = std::path::PathBuf::from("/etc/a\nb");
        let messages = [
            FrozenFile { path: path.clone() }.to_string(),
            UnsettledFile { path }.to_string(),
        ];
        for message in messages {
            assert!(message.starts_with(r"`/etc/a\nb` "), "{message}");
        }
    }
}
