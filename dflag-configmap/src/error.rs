//! Errors: one enum for each thing that one can ask of an updater.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use dflag::{Problem, Rejected};

/// Why an [`Updater`](crate::Updater) could not be made. Nothing was touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The path of the directory is empty.
    #[error("the directory's path is empty")]
    EmptyPath,

    /// The path is relative, and the current directory is not known.
    #[error("can't make `{}` absolute, the current directory is not known", path.display())]
    CurrentDirectory {
        /// The path as it was given.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// Why [`initialize`](crate::Updater::initialize) failed. All flags stay as they were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitializeError {
    /// `start` was called before: static flags can't change any more.
    #[error("initialize after start: the static flags are fixed, all flags stay as they were")]
    Started,

    /// Another call of `initialize` is at work, perhaps the one that runs this subscriber.
    #[error("initialize is already running")]
    Busy,

    /// The directory could not be read as a whole.
    #[error("the ConfigMap directory can't be read, all flags stay as they were")]
    Directory(#[source] DirectoryError),

    /// The flags reject what the directory says. It names every bad key.
    #[error(transparent)]
    Rejected(Rejected),
}

/// Why [`start`](crate::Updater::start) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The updater runs already, and goes on.
    #[error("start: the updater is already running, and goes on")]
    Running,

    /// `initialize` is at work, perhaps the one that runs this subscriber. Nothing was touched.
    #[error("start: initialize is still running")]
    Initializing,

    /// The system gives no thread. The static flags are fixed all the same; `start` may be tried again.
    #[error("start: no thread for the updater, the flags stay as they are")]
    Thread(#[source] io::Error),
}

/// Why [`stop`](crate::Updater::stop) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StopError {
    /// The updater was not started, or was stopped before.
    #[error("stop: the updater is not running")]
    NotRunning,
}

/// Why [`setup`](crate::setup) failed, in the words of the step that did.
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

/// What is wrong with what the background thread found. All flags keep their last good values,
/// and the next look may mend it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The directory could not be read as a whole.
    #[error("the ConfigMap directory can't be read, all flags stay as they were")]
    Directory(#[source] DirectoryError),

    /// The flags reject what the directory says. It names every bad key.
    #[error(transparent)]
    Rejected(Rejected),

    /// The good keys were taken, these were not
    /// ([`OnInvalid::KeepValid`](dflag::OnInvalid::KeepValid)).
    #[error("ConfigMap {directory}: the good keys are taken, these keep their last good value:{}", lines(.problems))]
    PartlyRejected {
        /// The directory.
        directory: String,
        /// What is wrong, key by key.
        problems: Vec<Problem>,
    },

    /// A check or a parser panicked. The panic was caught, and the thread goes on.
    #[error("a panic interrupted the look at the directory: {message}")]
    Panicked {
        /// What the panic said.
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

    /// It, or something on the way to it, is not a directory.
    #[error("`{}` is not a directory", path.display())]
    NotADirectory {
        /// What is not a directory.
        path: PathBuf,
    },

    /// The system rejects.
    #[error("`{}` can't be read", path.display())]
    Io {
        /// What can't be read.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: Arc<io::Error>,
    },

    /// `..data` leads to nothing: the volume is being torn down, or was put together badly.
    #[error("`{}` is a link to nothing", path.display())]
    Dangling {
        /// The path of `..data`.
        path: PathBuf,
    },

    /// The directory was a mounted ConfigMap, and now it is empty, or its generation loses files:
    /// the volume is being torn down, or is not filled again yet.
    #[error("`{}` lost what its ConfigMap had: its volume was torn down", path.display())]
    TornDown {
        /// The directory.
        path: PathBuf,
    },

    /// It changed each time while it was read.
    #[error("`{}` changes faster than it can be read", path.display())]
    Unstable {
        /// The directory.
        path: PathBuf,
    },

    /// Its files are larger together than any set of flags can be.
    #[error("the files of `{}` have more than {limit} bytes together", path.display())]
    TooLarge {
        /// The directory.
        path: PathBuf,
        /// The most bytes that are read.
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

    /// It is neither file nor directory. It was not opened.
    #[error("{kind}, not a file")]
    Special {
        /// What it is.
        kind: &'static str,
    },

    /// It is too long for the value of a flag.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// The most bytes that a file may have.
        limit: u64,
    },

    /// The system rejects. The reason is in the text, since the list of problems shows no sources.
    #[error("can't be read: {0}")]
    Io(Arc<io::Error>),
}

/// Two errors are equal if a reader would take them for the same.
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
