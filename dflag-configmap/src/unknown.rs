//! Unknown keys: told of once for each set of them, not at each look.

use dflag::Problem;

use crate::shared::Shared;

/// How many sets of unknown keys are remembered as told.
const MOST: usize = 1024;

/// The sets of unknown keys that were told.
#[derive(Debug, Default)]
pub(crate) struct Unknown {
    told: Vec<Vec<String>>,
}

impl Unknown {
    /// Notes the keys that name no flag, and tells of a set that was not told before.
    pub(crate) fn note(&mut self, shared: &Shared, problems: &[Problem]) {
        // In the order of the layer's keys, so that equal sets are equal lists.
        let keys: Vec<String> = problems.iter().filter_map(key).collect();
        let tell = !keys.is_empty() && !self.told.contains(&keys);
        if tell {
            let directory = shared.directory.display();
            tracing::warn!(%directory, ?keys, "the ConfigMap has keys that name no flag");
            if self.told.len() >= MOST {
                self.told.clear();
            }
            self.told.push(keys.clone());
        }
        shared.note(|status| {
            status.unknown += u64::from(tell);
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
