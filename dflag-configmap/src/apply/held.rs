//! Contents of the directory that are held back.

use std::sync::Arc;

use super::digest::digest;
use crate::context::Context;
use crate::error::ScanError;
use crate::recovery::Digest;
use crate::volume::Contents;

/// Whether contents are tried again without a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeldRetry {
    Never,
    /// As soon as the program is healthy.
    WhenHealthy,
    /// With the next proposal.
    Now,
}

/// Contents of the directory that are not applied, although the flags might accept them.
#[derive(Debug)]
pub(super) struct Held {
    digest: Digest,
    reason: String,
    /// The contents of this process that are in force instead.
    pub(super) in_force: Option<Arc<Contents>>,
    /// Whether they are tried again.
    pub(super) retry: HeldRetry,
}

impl Held {
    /// Contents that failed their probation.
    pub(super) fn rolled_back(
        contents: &Contents,
        reason: String,
        in_force: Arc<Contents>,
    ) -> Self {
        Self {
            digest: digest(contents, &|_| true),
            reason,
            in_force: Some(in_force),
            retry: HeldRetry::Never,
        }
    }

    /// Contents that are unproven at the start.
    pub(super) fn unproven(contents: &Contents, reason: String, retry: HeldRetry) -> Self {
        Self {
            digest: digest(contents, &|_| true),
            reason,
            in_force: None,
            retry,
        }
    }

    pub(super) fn is(&self, contents: &Contents) -> bool {
        self.digest == digest(contents, &|_| true)
    }

    pub(super) fn error(&self, context: &Context) -> ScanError {
        ScanError::RolledBack {
            directory: context.directory.display().to_string(),
            reason: self.reason.clone(),
        }
    }
}
