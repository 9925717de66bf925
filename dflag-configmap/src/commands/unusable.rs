//! Unusable input: why a command can't judge what it was given.

use super::manifest::Position;

/// The error of a command whose input is unusable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    /// Where in the manifest, if it is at one place.
    pub(crate) at: Option<Position>,
    /// What is wrong, and what to do.
    pub(crate) message: String,
}

impl Unusable {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            at: None,
            message: message.into(),
        }
    }

    pub(crate) fn at(position: Position, message: impl Into<String>) -> Self {
        Self {
            at: Some(position),
            message: message.into(),
        }
    }
}
