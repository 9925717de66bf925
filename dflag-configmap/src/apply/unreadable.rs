//! Why there are no first contents.

use crate::error::{DirectoryError, InitializeError, ScanError};

/// Why there are no first contents.
#[derive(Debug)]
pub(crate) enum Unreadable {
    Directory(DirectoryError),
    /// The reason, if the source is not a directory.
    Source {
        location: String,
        reason: String,
    },
}

impl Unreadable {
    pub(super) fn scan_error(&self) -> ScanError {
        match self {
            Self::Directory(error) => ScanError::Directory(error.clone()),
            Self::Source { location, reason } => ScanError::Unavailable {
                location: location.clone(),
                reason: reason.clone(),
            },
        }
    }
}

impl From<Unreadable> for InitializeError {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Directory(error) => Self::Directory(error),
            Unreadable::Source { location, reason } => Self::Unavailable { location, reason },
        }
    }
}
