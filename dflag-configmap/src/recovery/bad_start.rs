//! Bad starts: what a program starts from if the directory's content can't be applied.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::escape::Escaped;

/// What [`initialize`](crate::Updater::initialize) does if the directory can't be read or the flags reject its
/// content.
///
/// It is an option of the [builder](crate::Builder::on_bad_start), which has an example. The updater follows the
/// directory all the same, so the next valid update is applied. Until then the program is degraded:
/// [`Status::bad_start`](crate::Status::bad_start), the log and the source's warnings say so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnBadStart {
    /// It fails.
    #[default]
    Fail,
    /// It succeeds, and all flags have the values of the command line, the environment and the defaults.
    Base,
    /// It applies the last good content, which the updater keeps in this file. It fails if there is no such file
    /// yet, if the file is damaged, or if the flags reject its content.
    LastGood(LastGoodFile),
}

/// The file in which an updater keeps the last good content.
///
/// It is replaced as a whole, and only its owner may read it (mode 0600). Values of secret flags are left out unless
/// [`with_secrets`](Self::with_secrets) asks for them; a program that starts from the file has those of the command
/// line, the environment or the defaults.
///
/// The folder must exist and be writable, and each updater needs a file of its own. A link at the path is replaced by
/// the file. The file outlives a restart of the container only on a volume that does: an `emptyDir` survives the
/// container, but not the pod. Without the file, a restart applies the directory's content again, however bad it is.
///
/// ```
/// use dflag_configmap::LastGoodFile;
///
/// let file = LastGoodFile::new("/var/lib/server/last-good").with_secrets(true);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it is an option of a builder"]
pub struct LastGoodFile {
    pub(crate) path: PathBuf,
    pub(crate) with_secrets: bool,
}

impl LastGoodFile {
    /// The file at `path`. A relative path is relative to the current directory at the time of this call.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            // If the current directory is not known, the path stays as it is.
            path: std::path::absolute(&path).unwrap_or(path),
            with_secrets: false,
        }
    }

    /// Whether the file includes the values of secret flags. Default: `false`.
    pub fn with_secrets(mut self, include: bool) -> Self {
        self.with_secrets = include;
        self
    }
}

/// A start for which the directory's content could not be used.
///
/// [`Display`](fmt::Display) is a complete sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadStart {
    /// What the program was started from instead.
    pub started_from: StartedFrom,
    /// Why the directory's content could not be used.
    pub reason: String,
    /// When content of the directory was applied for the first time. Until then, the program is degraded.
    pub recovered_at: Option<SystemTime>,
}

/// What a program was started from instead of the directory's content.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartedFrom {
    /// The command line, the environment and the defaults.
    Base,
    /// The last good content.
    LastGood {
        /// The file that it is kept in.
        path: PathBuf,
    },
}

impl fmt::Display for BadStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            started_from,
            reason,
            ..
        } = self;
        match started_from {
            StartedFrom::Base => f.write_str("started without the ConfigMap"),
            StartedFrom::LastGood { path } => {
                write!(
                    f,
                    "started from the last good content in `{}`",
                    Escaped(path)
                )
            }
        }?;
        write!(f, ": {reason}")
    }
}
