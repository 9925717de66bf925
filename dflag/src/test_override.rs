//! Overrides for the time of a test.

use std::fmt;
use std::sync::Arc;

use crate::error::Rejected;
use crate::layers::edit::Edit;
use crate::publish::core::Core;
use crate::publish::saved_overrides::GuardId;

/// Overrides that [`Flags::override_for_test`](crate::Flags::override_for_test) set. Dropping it restores
/// what was there before.
///
/// What is restored is each flag's override before this one, or its absence, also if the flag was set or
/// cleared in between. Where several of them override a flag, the youngest decides its value, and each can be
/// dropped before the others: when all are gone, the override from before the first is back.
///
/// If a rule rejects the restored flags, for instance because a source has changed others, the override stays
/// and an error is logged.
#[must_use = "dropping it restores the flags, and `let _ = …` drops it at once: keep it, as by `let _guard = …`"]
pub struct TestOverride {
    core: Arc<Core>,
    guard: GuardId,
}

impl TestOverride {
    pub(crate) fn new(core: &Arc<Core>, edits: &[Edit]) -> Result<Self, Rejected> {
        Ok(Self {
            guard: core.edit_and_save(edits)?,
            core: Arc::clone(core),
        })
    }
}

impl Drop for TestOverride {
    fn drop(&mut self) {
        if let Err(rejected) = self.core.restore(self.guard) {
            tracing::error!(%rejected, "an override for a test stays");
        }
    }
}

/// Shows no value: it may be a secret's.
impl fmt::Debug for TestOverride {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestOverride").finish_non_exhaustive()
    }
}
