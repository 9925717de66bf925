//! Deprecated flags that the command line or the environment sets: what the log says of them.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Level;

use crate::flag_set::Deprecated;
use crate::origin::Origin;
use crate::publish::base::Base;
use crate::schema::Schema;

/// Whether the flags that the base sets have been logged. Most programs parse the command line before they have a
/// subscriber, so there is more than one attempt.
#[derive(Default)]
pub(crate) struct DeprecatedLog(AtomicBool);

impl DeprecatedLog {
    /// Logs them, unless that is done or no subscriber would get it.
    pub(crate) fn log(&self, schema: &Schema, base: &Base) {
        // Relaxed: the flag protects no other data.
        if !tracing::enabled!(Level::WARN) || self.0.swap(true, Ordering::Relaxed) {
            return;
        }
        for (spec, state) in schema.flags.iter().zip(&base.states) {
            if matches!(state.origin, Origin::CommandLine | Origin::Environment)
                && let Some(deprecated) = Deprecated::new(spec, state.origin.clone())
            {
                tracing::warn!("{deprecated}");
            }
        }
    }
}
