//! Remarks: what an applied update does not achieve. Each is logged once, not at each scan.

use dflag::{Deprecated, Problem, Shadowed};

use crate::context::Context;
use crate::escape::Escaped;
use crate::status::restart_would_fail;

/// The remarks on the last applied update, as they were logged.
#[derive(Debug, Default)]
pub(crate) struct Remarks {
    logged: Vec<String>,
}

impl Remarks {
    /// Logs the remarks that did not hold before. One that holds again is logged again.
    pub(crate) fn log(
        &mut self,
        context: &Context,
        overruled: &[Problem],
        shadowed: &[Shadowed],
        deprecated: &[Deprecated],
    ) {
        let restart_problems = context.flags.restart_problems();
        let restart_problems = restart_problems.iter().map(restart_would_fail);
        let shadowed = shadowed.iter().map(ToString::to_string);
        let overruled = overruled.iter().map(ToString::to_string);
        let deprecated = deprecated.iter().map(ToString::to_string);
        let remarks = overruled.chain(shadowed).chain(deprecated);
        let remarks: Vec<String> = remarks.chain(restart_problems).collect();
        let directory = Escaped(&context.directory);
        for remark in remarks.iter().filter(|one| !self.logged.contains(one)) {
            tracing::warn!(%directory, "{remark}");
        }
        self.logged = remarks;
    }
}
