//! Errors: one type for each operation.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use dflag::{Problem, Rejected};

/// Why an [`Updater`](crate::Updater) could not be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The path of the directory is empty.
    #[error("the directory's path is empty")]
    EmptyPath,

    /// These flags already have an updater for this directory. Drop that one first.
    #[error(
        "these flags already have an updater for `{}`: use that one, or drop it first",
        directory.display()
    )]
    SecondUpdater {
        /// The directory.
        directory: PathBuf,
    },

    /// The path is relative, and the current directory is not known.
    #[error("can't make `{}` absolute, the current directory is not known", path.display())]
    CurrentDirectory {
        /// The relative path.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: io::Error,
    },
}

/// Why [`initialize`](crate::Updater::initialize) failed. All flags keep their values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitializeError {
    /// `start` was called before, which fixed the static flags.
    #[error("initialize after start: the static flags are fixed, all flags keep their values")]
    Started,

    /// Another call of `initialize` is running, perhaps the one that runs this callback.
    #[error("initialize is already running")]
    Busy,

    /// The directory could not be read as a whole.
    #[error("the ConfigMap directory can't be read, all flags keep their values")]
    Directory(#[source] DirectoryError),

    /// The flags reject the content of the directory. The error names every bad key.
    #[error(transparent)]
    Rejected(Rejected),
}

/// Why [`start`](crate::Updater::start) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The updater is already running, and continues to run.
    #[error("start: the updater is already running")]
    Running,

    /// The updater was started in the process from which this one was forked, and runs there only. What its
    /// thread had locked at that time may stay locked here.
    #[error("start: the updater runs in the parent process, start it after the fork only")]
    Forked,

    /// `initialize` is running, perhaps the call that runs this callback.
    #[error("start: initialize is still running")]
    Initializing,

    /// The system provides no thread. The static flags are fixed all the same; `start` may be called again.
    #[error("start: can't create the updater's thread, all flags keep their values")]
    Thread(#[source] io::Error),
}

/// Why [`stop`](crate::Updater::stop) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StopError {
    /// The updater was not started, or has been stopped.
    #[error("stop: the updater is not running")]
    NotRunning,
}

/// Why [`reload`](crate::Updater::reload) failed. Unless it is said otherwise, all flags keep their values.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// The updater was not started, or has been stopped, perhaps during the call.
    #[error("reload: the updater is not running, call `start` first")]
    NotRunning,

    /// A callback that the updater runs, or a parser, a check or a rule of its flags, called `reload`. The
    /// scan could not end before the caller.
    #[error(
        "reload: called by a callback, a parser or a check that the scan would have to wait for"
    )]
    Reentrant,

    /// The scan failed or found something wrong, which is also in the status. After
    /// [`ScanError::PartlyRejected`], the valid keys are applied.
    #[error(transparent)]
    Scan(Arc<ScanError>),
}

/// Why [`setup`](crate::setup) failed: the error of the step that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// [`Updater::new`](crate::Updater::new) failed.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// [`Updater::initialize`](crate::Updater::initialize) failed.
    #[error(transparent)]
    Initialize(#[from] InitializeError),
    /// [`Updater::start`](crate::Updater::start) failed.
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Why a scan of the updater's thread failed, or what it found wrong. The flags concerned keep their
/// last good values, and a later scan may succeed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The directory could not be read as a whole.
    #[error("the ConfigMap directory can't be read, all flags keep their values")]
    Directory(#[source] DirectoryError),

    /// The flags reject the content of the directory. The error names every bad key.
    #[error(transparent)]
    Rejected(Rejected),

    /// The valid keys were applied, these were rejected
    /// ([`OnInvalid::KeepValid`](dflag::OnInvalid::KeepValid)).
    #[error("ConfigMap {directory} partly rejected, these flags keep their last good values:{}", lines(.problems))]
    PartlyRejected {
        /// The directory.
        directory: String,
        /// What is wrong, key by key.
        problems: Vec<Problem>,
    },

    /// A check or a parser panicked. The panic was caught, and the thread continues.
    #[error("a panic interrupted the scan: {message}")]
    Panicked {
        /// The panic's message.
        message: String,
    },
}

/// Why a directory could not be read as a whole.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// It does not exist, or is a link to nothing.
    #[error("`{}` does not exist", path.display())]
    NotFound {
        /// The directory.
        path: PathBuf,
    },

    /// The path leads to a file or through one.
    #[error("`{}` is not a directory", path.display())]
    NotADirectory {
        /// The path of the file.
        path: PathBuf,
    },

    /// The system returns an error.
    #[error("`{}` can't be read", path.display())]
    Io {
        /// The path that can't be read.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: Arc<io::Error>,
    },

    /// `..data` is a dangling link: the volume is being torn down, or is damaged.
    #[error("`{}` is a link to nothing", path.display())]
    Dangling {
        /// The path of `..data`.
        path: PathBuf,
    },

    /// The directory was a mounted ConfigMap and is now empty, or its generation is losing files:
    /// the volume is being torn down, or is not filled again yet.
    #[error("`{}` lost the files of its ConfigMap: the volume was torn down", path.display())]
    TornDown {
        /// The directory.
        path: PathBuf,
    },

    /// It changed during each attempt to read it.
    #[error("`{}` changes faster than it can be read", path.display())]
    Unstable {
        /// The directory.
        path: PathBuf,
    },

    /// Its files together exceed the size limit.
    #[error("the files of `{}` together have more than {limit} bytes", path.display())]
    TooLarge {
        /// The directory.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
}

/// Why one file of the directory could not be read. It is the `cause` of
/// [`Problem::Unreadable`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is a link to nothing.
    #[error("a link to nothing")]
    Dangling,

    /// It is a directory.
    #[error("a directory, not a file")]
    Directory,

    /// It is neither a file nor a directory. It was not opened.
    #[error("{kind}, not a file")]
    Special {
        /// What it is, with an article.
        kind: &'static str,
    },

    /// It exceeds the size limit.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: u64,
    },

    /// The system returns an error. The text includes it, since a list of problems shows no sources.
    #[error("can't be read: {0}")]
    Io(Arc<io::Error>),
}

/// Two system errors are equal if their kind and code are equal.
impl PartialEq for FileError {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Io(one), Self::Io(two)) => {
                one.kind() == two.kind() && one.raw_os_error() == two.raw_os_error()
            }
            (Self::Special { kind: one }, Self::Special { kind: two }) => one == two,
            (Self::TooLong { limit: one }, Self::TooLong { limit: two }) => one == two,
            (Self::Dangling, Self::Dangling) | (Self::Directory, Self::Directory) => true,
            _ => false,
        }
    }
}

impl Eq for FileError {}

fn lines(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |text, problem| {
        format!("{text}\n  {problem}")
    })
}
