//! Unknown keys: each set of them is logged once, not at each scan.

use std::collections::HashSet;

use dflag::Problem;

use crate::context::Context;
use crate::escape::Escaped;

/// How many sets are remembered as logged.
const MAX_SETS: usize = 1024;

/// The sets of unknown keys that were logged.
#[derive(Debug, Default)]
pub(crate) struct UnknownKeys {
    logged: HashSet<Vec<String>>,
}

impl UnknownKeys {
    /// Records the keys among `problems` that name no flag, and logs them if this set is new.
    pub(crate) fn record(&mut self, context: &Context, problems: &[Problem]) {
        // They are in the order of the layer's keys, so that equal sets are equal lists.
        let keys: Vec<String> = problems.iter().filter_map(key).collect();
        if self.logged.len() >= MAX_SETS {
            self.logged.clear();
        }
        let is_new = !keys.is_empty() && self.logged.insert(keys.clone());
        if is_new {
            let directory = Escaped(&context.directory);
            tracing::warn!(%directory, ?keys, "the ConfigMap has keys that name no flag");
        }
        context.update_status(|status| {
            status.unknown_key_sets += u64::from(is_new);
            status.unknown_keys = keys;
        });
    }
}

fn key(problem: &Problem) -> Option<String> {
    match problem {
        Problem::Unknown { key, .. } => Some(key.clone()),
        _ => None,
    }
}
