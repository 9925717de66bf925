//! The status of an updater.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use dflag::Health;

/// What an [`Updater`](crate::Updater) has done, what it is doing, and what is wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// What was applied, rejected and rolled back, whichever way it came.
    pub updates: dflag_configmap::Status,
    /// Where the applied content came from; `None` before the first, and after a rollback until something else is applied.
    /// While the callbacks of an update run, it is still that of the update before.
    pub applied_from: Option<Way>,
    /// The object whose content is applied; `None` if that came from the mount, and with `applied_from`.
    pub applied: Option<ObjectStatus>,
    /// The object, as the API last described it; `None` if there is none, or the API has not answered yet.
    pub object: Option<ObjectStatus>,
    /// What is known of the API.
    pub api: ApiStatus,
    /// What is known of the mount; `None` if there is none.
    pub mount: Option<MountStatus>,
    /// Whether neither the API nor a swap of the mount has said anything for longer than the
    /// [lag](crate::Builder::mount_lag), and the API does not answer. The flags may be old.
    pub is_unconfirmed: bool,
}

/// How content reached the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Way {
    /// Through the API.
    Api,
    /// Through the mount.
    Mount,
}

/// The object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectStatus {
    /// Its resource version.
    pub resource_version: String,
    /// Who wrote it last, such as `kubectl-edit`.
    pub manager: Option<String>,
    /// When it was written, to the second, by the clock of the API server.
    pub modified: Option<SystemTime>,
    /// When this process learned of it.
    pub received: SystemTime,
    /// How long after the write it arrived, to about a second; `None` if a list brought it, as at a start or after an outage.
    pub delay: Option<Duration>,
}

impl Status {
    /// The health of the updater now, in the sense of Kubernetes' probes: that of
    /// [`dflag_configmap::Status::health`]. Content that is [unconfirmed](Self::is_unconfirmed) is healthy.
    ///
    /// Without a mount, an API server that is cut off from etcd goes unnoticed for up to 11 minutes: it goes on sending
    /// bookmarks, which count as a read, until the next [check of the version](crate::Builder::check_every).
    pub fn health(&self, stale_after: Duration) -> Health {
        self.updates.health(stale_after)
    }
}

/// What is known of the API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiStatus {
    /// Whether it answers.
    pub state: ApiState,
    /// When it last said what the object is: by an event or an answered list, not by a bookmark.
    pub confirmed: Option<SystemTime>,
    /// Why it does not answer, and what to do about it.
    pub error: Option<String>,
    /// Whether it said that there is no such object.
    pub is_missing: bool,
}

/// Whether the API answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiState {
    /// It is not used: by option, or because the updater does not run.
    #[default]
    Off,
    /// It does not answer, or has not answered yet.
    Away,
    /// It rejects the program: 401 or 403.
    Denied,
    /// The API answers, and what it said is confirmed. A watch runs, or is being opened: after the list that precedes it, or
    /// anew, within a second or so of its regular end.
    Watching,
}

/// What is known of the mount.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MountStatus {
    /// The directory.
    pub path: PathBuf,
    /// When it last got other content for this program, as far as this process saw it; `None` if it has what it had at first.
    pub swapped: Option<SystemTime>,
    /// Why it can't be read.
    pub error: Option<String>,
    /// Whether it has content that is not applied because it may be older than what is in force.
    pub is_held: bool,
    /// Whether it has keys that the object has not, or other content for longer than the
    /// [lag](crate::Builder::mount_lag). Then it is used at start only.
    pub is_foreign: bool,
}

/// Formats as `the API` or `the mount`.
impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Api => "the API",
            Self::Mount => "the mount",
        })
    }
}

/// Formats as `off`, `away`, `denied` or `watching`.
impl fmt::Display for ApiState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Away => "away",
            Self::Denied => "denied",
            Self::Watching => "watching",
        })
    }
}
