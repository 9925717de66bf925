//! Errors: one type for each operation.

use std::fmt;
use std::io::{self, Write as _};
use std::path::PathBuf;

use dflag_configmap::{InitializeError, StartError};

/// Why an [`Updater`](crate::Updater) could not be created.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Kubernetes has no object of this name, or no namespace.
    #[error(
        "`{}` can't be the name of a ConfigMap or a namespace: give it as `kubectl get configmaps` prints it",
        text.escape_debug()
    )]
    Name {
        /// The name.
        text: String,
    },

    /// Neither the API nor a mount is to be used.
    #[error(
        "there is nothing to follow: use the API, or name the directory where the ConfigMap is mounted"
    )]
    NoSource,

    /// The path of the mount is empty, or it is relative and the current directory is not known.
    #[error("the mount's path `{}` can't be used; give an absolute path", path.display())]
    Mount {
        /// The path.
        path: PathBuf,
    },

    /// These flags already have an updater for this ConfigMap. Drop that one first.
    #[error(
        "these flags already have an updater for the ConfigMap `{location}`: use that one, or drop it first"
    )]
    SecondUpdater {
        /// Its namespace and name.
        location: String,
    },
}

/// Why [`setup`](crate::setup) failed: the error of the step that failed.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// [`Builder::build`](crate::Builder::build) failed.
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
    /// The ConfigMap can't be followed, or the flags reject its content.
    #[error(transparent)]
    Setup(#[from] SetupError),
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

debug_as_display!(BuildError, SetupError, ParseError);

impl SetupError {
    /// Prints the error to the standard error stream, and exits with code 1.
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
        }
    }
}
