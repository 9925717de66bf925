//! The report: what other threads may know of an applier.

use std::sync::Arc;

use dflag::{FlagSet, SourceStatus};

use crate::context::Context;
use crate::status::Status;
use crate::thread::{is_owned_by, set_owner};

/// What any thread may know of an [`Applier`](super::Applier) while another one uses it.
#[derive(Clone)]
pub struct Report(pub(super) Arc<Context>);

impl Report {
    /// What was applied and rejected, and what is wrong, as in [`Updater::status`](crate::Updater::status).
    pub fn status(&self) -> Status {
        let mut status = self.0.status();
        status.pending_restart = self.0.flags.pending_restarts();
        status.restart_problems = self.0.flags.restart_problems();
        status
    }

    /// The same for [`FlagSet::sources`], which lists it if a [`Source`](dflag::Source) of the caller's returns it.
    pub fn source_status(&self) -> SourceStatus {
        dflag::Source::status(&*self.0)
    }

    /// The flags.
    pub fn flags(&self) -> &Arc<dyn FlagSet> {
        &self.0.flags
    }

    /// The beginning of this program's keys ([`Builder::prefix`](crate::Builder::prefix)).
    pub fn prefix(&self) -> &str {
        &self.0.options.keys.prefix
    }

    /// Records that the source still has what it had when it was last read. Otherwise its
    /// [health](crate::Status::health) is stale after some time.
    pub fn confirm(&self) {
        self.0.record_unchanged();
    }

    /// Makes the current thread the one that uses the applier. Health checks of a probation run on other threads, which
    /// belong to it as well.
    pub fn enter_thread(&self) {
        set_owner(Arc::as_ptr(&self.0).addr());
    }

    /// Whether the current thread [belongs](Self::enter_thread) to the applier. Such a caller, a callback or a health
    /// check, must not wait for the thread that uses the applier, which may be waiting for the caller.
    pub fn is_own_thread(&self) -> bool {
        is_owned_by(Arc::as_ptr(&self.0).addr())
    }
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report")
            .field("location", &self.0.directory)
            .finish_non_exhaustive()
    }
}
