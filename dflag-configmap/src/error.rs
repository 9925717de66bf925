//! Errors: one type for each operation.
//!
//! The text of an error is complete: it includes its causes, so `source()` does not return them again.
//! [`Debug`](fmt::Debug) writes the same text, because that is what Rust prints when `main` returns an
//! error.

use std::fmt;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use dflag::{Problem, Rejected};

use crate::escape::Escaped;
#[cfg(feature = "commands")]
use crate::output::Output;

/// Why an [`Updater`](crate::Updater) could not be created.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The path of the directory is empty.
    #[error("the ConfigMap directory's path is empty; give the path where it is mounted")]
    EmptyPath,

    /// These flags already have an updater for this directory. Drop that one first.
    #[error(
        "these flags already have an updater for `{}`: use that one, or drop it first",
        Escaped(directory)
    )]
    SecondUpdater {
        /// The directory.
        directory: PathBuf,
    },

    /// The path is relative, and the current directory is not known.
    #[error(
        "can't make `{}` absolute, the current directory is not known: {error}; give an absolute path",
        Escaped(path)
    )]
    CurrentDirectory {
        /// The relative path.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
}

/// Why [`initialize`](crate::Updater::initialize) failed. All flags keep their values.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum InitializeError {
    /// `start` was called before, which fixed the static flags.
    #[error(
        "initialize after start: the static flags are fixed, all flags keep their values; \
         call initialize before start"
    )]
    Started,

    /// Another call of `initialize` is running, perhaps the one that runs this callback.
    #[error("initialize is already running; wait for the other call")]
    Busy,

    /// The directory could not be read as a whole.
    #[error("the ConfigMap directory can't be used, all flags keep their values: {0}{remedy}", remedy = .0.remedy())]
    Directory(DirectoryError),

    /// A source other than a directory has no contents.
    #[error(
        "ConfigMap {} can't be read, all flags keep their values: {reason}",
        Escaped(location)
    )]
    Unavailable {
        /// Where the contents are.
        location: String,
        /// Why there are none, and what to do about it.
        reason: String,
    },

    /// The flags reject the content of the directory. The error names every bad key.
    #[error("{}{}", shortened(.0), correct(&.0.problems))]
    Rejected(Rejected),

    /// The program can't start from the last good content, or the file that is to keep it belongs to something
    /// else.
    #[error("{}{error}", prefix(.reason.as_ref()))]
    LastGood {
        /// Why the directory's content can't be used; `None` if that was not tried.
        reason: Option<String>,
        /// What is wrong with the last good content.
        error: Box<LastGoodError>,
    },
}

/// Why the last good content can't be used or kept.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LastGoodError {
    /// Nothing has been kept yet.
    #[error(
        "there is no last good content yet, `{}` does not exist; correct the ConfigMap and start again",
        Escaped(path)
    )]
    NotFound {
        /// The file.
        path: PathBuf,
    },

    /// The file is another program's. It is not overwritten.
    #[error(
        "`{}` is no file of last good content and is left as it is; give the path of another file, or remove this one",
        Escaped(path)
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },

    /// The file has the last good content of another directory. It is not overwritten.
    #[error(
        "`{}` has the last good content of `{}` and is left as it is; give each updater a file of its own, or \
         remove this one",
        Escaped(path),
        Escaped(directory)
    )]
    OtherDirectory {
        /// The file.
        path: PathBuf,
        /// The directory.
        directory: String,
    },

    /// The file has the format of another version of this library.
    #[error(
        "`{}` has another version's format ({}); correct the ConfigMap and remove the file",
        Escaped(path),
        Escaped(version)
    )]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The version.
        version: String,
    },

    /// The file is truncated, or was changed. None of it is used.
    #[error(
        "`{}` is truncated or damaged, none of it is used; correct the ConfigMap and remove the file",
        Escaped(path)
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },

    /// The system returns an error.
    #[error(
        "`{}` can't be {operation}: {error}; check that its folder exists and that the program may write there",
        Escaped(path)
    )]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        operation: &'static str,
        /// The system's error.
        error: Arc<io::Error>,
    },

    /// The flags reject the last good content. Values of secret flags that the file omits may be missing.
    #[error("the last good content in `{}` can't be applied: {}{}", Escaped(path), shortened(rejected), correct(&rejected.problems))]
    Rejected {
        /// The file.
        path: PathBuf,
        /// What is wrong, key by key.
        rejected: Rejected,
    },
}

/// Why [`start`](crate::Updater::start) failed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The updater is already running, and continues to run.
    #[error("start: the updater is already running, and continues to run")]
    Running,

    /// The updater was started in the process from which this one was forked, and runs there only. What its
    /// thread had locked at that time may stay locked here.
    #[error("start: the updater runs in the parent process, start it after the fork only")]
    Forked,

    /// `initialize` is running, perhaps the call that runs this callback.
    #[error("start: initialize is still running; call start after it has returned")]
    Initializing,

    /// The system provides no thread. The static flags are fixed all the same; `start` may be called again.
    #[error(
        "start: can't create the updater's thread, all flags keep their values: {0}; \
         call start again when the system has threads"
    )]
    Thread(io::Error),
}

/// Why [`stop`](crate::Updater::stop) failed.
#[derive(thiserror::Error)]
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

    /// A callback that the updater runs, its health check, or a parser, a check or a rule of its flags, called
    /// `reload`. The scan could not end before the caller.
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
#[derive(thiserror::Error)]
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

/// Why [`try_parse`](crate::try_parse) failed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The command line is invalid, a required flag is missing, or clap printed help or the version.
    #[error("{}", .0.to_string().trim_end())]
    CommandLine(clap::Error),
    /// The directory can't be followed, or the flags reject its content.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The command line asks for a command of [`ConfigMapArgs`](crate::ConfigMapArgs), of which this is the output.
    #[cfg(feature = "commands")]
    #[cfg_attr(docsrs, doc(cfg(feature = "commands")))]
    #[error("{}", .0.text().trim_end())]
    Command(Box<Output>),
}

/// Writes the text of the error. A `main` that returns an error prints it in this way.
macro_rules! debug_as_display {
    ($($error:ty),+) => {
        $(impl fmt::Debug for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        })+
    };
}

debug_as_display!(
    BuildError,
    InitializeError,
    StartError,
    StopError,
    SetupError,
    ParseError,
    DirectoryError,
    LastGoodError
);

impl SetupError {
    /// Prints the error to the standard error stream, and exits with code 1.
    ///
    /// It is the code with which a `main` ends that returns the error. clap's code 2 says that the
    /// command line is wrong.
    pub fn exit(&self) -> ! {
        // As with clap, there is nothing to do if the stream is closed.
        let _ = writeln!(io::stderr().lock(), "error: {self}");
        std::process::exit(1)
    }
}

impl ParseError {
    /// Prints the error and exits. For the command line this is [`clap::Error::exit`], whose code is
    /// 0 for help and 2 for a wrong usage. Otherwise it is [`SetupError::exit`].
    pub fn exit(&self) -> ! {
        match self {
            Self::CommandLine(error) => error.exit(),
            Self::Setup(error) => error.exit(),
            #[cfg(feature = "commands")]
            Self::Command(output) => output.exit(),
        }
    }
}

/// Why a scan of the updater's thread failed, or what it found wrong. The flags concerned keep their
/// last good values, and a later scan may succeed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// The directory could not be read as a whole.
    #[error("the ConfigMap directory can't be used, all flags keep their values: {0}{remedy}", remedy = .0.remedy())]
    Directory(DirectoryError),

    /// A source other than a directory has no contents.
    #[error(
        "ConfigMap {} can't be read, all flags keep their values: {reason}",
        Escaped(location)
    )]
    Unavailable {
        /// Where the contents are.
        location: String,
        /// Why there are none, and what to do about it.
        reason: String,
    },

    /// The flags reject the content of the directory. The error names every bad key.
    #[error("{}", shortened(.0))]
    Rejected(Rejected),

    /// The valid keys were applied, these were rejected
    /// ([`OnInvalid::KeepValid`](dflag::OnInvalid::KeepValid)).
    #[error(
        "ConfigMap {} partly rejected: its valid keys are applied, \
         and the flags of these keys keep the values that they had:{}",
        Escaped(directory), lines(.problems)
    )]
    PartlyRejected {
        /// The directory.
        directory: String,
        /// What is wrong, key by key.
        problems: Vec<Problem>,
    },

    /// The directory has content that failed its [probation](crate::Builder::probation), or that was on probation when
    /// the program ended and has not been [tried again](crate::Builder::last_good_file). The flags have the content
    /// before.
    #[error(
        "ConfigMap {} is not applied, all flags keep their values: {reason}; change the ConfigMap, or reload to \
         apply it nevertheless",
        Escaped(directory)
    )]
    RolledBack {
        /// The directory.
        directory: String,
        /// Why it is not applied.
        reason: String,
    },

    /// A check or a parser panicked. The panic was caught, and the thread continues.
    #[error("a panic interrupted the scan: {message}")]
    Panicked {
        /// The panic's message.
        message: String,
    },
}

/// Why a directory could not be read as a whole.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// It does not exist, or is a link to nothing.
    #[error("`{}` does not exist", Escaped(path))]
    NotFound {
        /// The directory.
        path: PathBuf,
    },

    /// The path leads to a file or through one.
    #[error("`{}` is not a directory", Escaped(path))]
    NotADirectory {
        /// The path of the file.
        path: PathBuf,
    },

    /// The system returns an error.
    #[error("`{}` can't be read: {error}", Escaped(path))]
    Io {
        /// The path that can't be read.
        path: PathBuf,
        /// The system's error.
        error: Arc<io::Error>,
    },

    /// `..data` is a dangling link: the volume is being torn down, or is damaged.
    #[error("`{}` is a link to nothing", Escaped(path))]
    Dangling {
        /// The path of `..data`.
        path: PathBuf,
    },

    /// The directory was a mounted ConfigMap and is now empty, or its generation is losing files:
    /// the volume is being torn down, or is not filled again yet.
    #[error(
        "`{}` lost the files of its ConfigMap: the volume was torn down",
        Escaped(path)
    )]
    TornDown {
        /// The directory.
        path: PathBuf,
    },

    /// It changed during each attempt to read it.
    #[error("`{}` changes faster than it can be read", Escaped(path))]
    Unstable {
        /// The directory.
        path: PathBuf,
    },

    /// Its files together exceed the size limit.
    #[error(
        "the files of `{}` together have more than {limit} bytes",
        Escaped(path)
    )]
    TooLarge {
        /// The directory.
        path: PathBuf,
        /// The limit, in bytes.
        limit: u64,
    },
}

impl LastGoodError {
    /// Whether the file is not one that the updater may replace.
    pub(crate) fn is_misplaced(&self) -> bool {
        matches!(self, Self::Foreign { .. } | Self::OtherDirectory { .. })
    }
}

/// What to do about a permission that is denied, after a semicolon; empty for another error.
fn denied(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; check the permissions and the user that the program runs as"
        }
        _ => "",
    }
}

impl DirectoryError {
    /// What to do about it, after a semicolon; empty if nothing can be said.
    fn remedy(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => {
                "; mount the ConfigMap there, or make the directory optional in the program"
            }
            Self::NotADirectory { .. } => {
                "; the path must lead to the directory in which the ConfigMap is mounted"
            }
            Self::Dangling { .. } | Self::TornDown { .. } => "; mount the volume again",
            Self::TooLarge { .. } => "; remove the files that are no flags",
            Self::Io { error, .. } => denied(error),
            Self::Unstable { .. } => "",
        }
    }
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
    #[error("can't be read: {}{}", .0, denied(.0))]
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

/// How many unknown keys the text of an error names. A directory may have thousands, and the log would
/// repeat them. The error itself has all of them.
const MAX_UNKNOWN: usize = 8;

/// The text of `rejected`, which lists only some of many unknown keys.
fn shortened(rejected: &Rejected) -> String {
    let (problems, others) = without_many_unknown(&rejected.problems);
    let mut shortened = rejected.clone();
    shortened.problems = problems;
    format!("{shortened}{}", and_others(others))
}

fn lines(problems: &[Problem]) -> String {
    let (problems, others) = without_many_unknown(problems);
    let mut text = String::new();
    for problem in problems {
        text.push_str("\n  ");
        text.push_str(&problem.to_string());
    }
    text + &and_others(others)
}

/// The problems without the unknown keys that are too many to list, and the number of those.
fn without_many_unknown(problems: &[Problem]) -> (Vec<Problem>, usize) {
    let mut unknown = 0;
    let mut listed = problems.to_vec();
    listed.retain(|problem| {
        let is_unknown = matches!(problem, Problem::Unknown { .. } | Problem::Uncovered { .. });
        unknown += usize::from(is_unknown);
        unknown <= MAX_UNKNOWN || !is_unknown
    });
    (listed, unknown.saturating_sub(MAX_UNKNOWN))
}

fn and_others(unknown: usize) -> String {
    match unknown {
        0 => String::new(),
        others => format!("\n  and {others} more keys that set no flag"),
    }
}

/// What comes before the error of the last good content.
fn prefix(reason: Option<&String>) -> String {
    reason.map_or_else(String::new, |reason| {
        format!("{reason}\nthe program can't start from the last good content either: ")
    })
}

/// What to do about an update that can't be applied at start.
fn correct(problems: &[Problem]) -> &'static str {
    let is_unreadable = |problem: &Problem| matches!(problem, Problem::Unreadable { .. });
    match (problems, problems.iter().all(is_unreadable)) {
        ([_], true) => "; correct the volume and start again",
        (_, true) => "\ncorrect the volume and start again",
        ([_], false) => "; correct the ConfigMap and start again",
        (_, false) => "\ncorrect the ConfigMap and start again",
    }
}
