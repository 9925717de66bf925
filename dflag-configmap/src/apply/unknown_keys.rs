//! Unknown keys: each set of them is logged once, not at each scan. If they are denied, the error names them.

use std::hash::{BuildHasher as _, RandomState};

use dflag::Problem;

use crate::context::Context;
use crate::escape::Escaped;
use crate::key_filter::KeyFilter;

/// How many sets are remembered as logged.
const MAX_SETS: usize = 1024;

/// How many keys of a set are named in the log. A directory may have thousands that are no flags.
const MAX_NAMED: usize = 8;

/// The sets of unknown keys that were logged, by their hashes.
#[derive(Debug, Default)]
pub(crate) struct UnknownKeys {
    logged: Vec<u64>,
    hasher: RandomState,
}

impl UnknownKeys {
    /// Records the keys among `problems` that name no flag, and logs them if this set is new and no error
    /// names them.
    pub(crate) fn record(&mut self, context: &Context, problems: &[Problem]) {
        let filter = &context.options.keys;
        // They are in the order of the layer's keys, so that equal sets are equal lists.
        let keys: Vec<String> = problems.iter().filter_map(|one| key(filter, one)).collect();
        if self.logged.len() >= MAX_SETS {
            self.logged.clear();
        }
        let hash = self.hasher.hash_one(&keys);
        let is_new = !keys.is_empty() && !self.logged.contains(&hash);
        if is_new {
            self.logged.push(hash);
        }
        if is_new && !context.options.deny_unknown {
            log(context, problems);
        }
        context.update_status(|status| {
            status.unknown_key_sets += u64::from(is_new);
            status.unknown_keys = keys;
        });
    }
}

/// Logs the keys, those that name no flag apart from those of arguments that a source can't set.
fn log(context: &Context, problems: &[Problem]) {
    let directory = Escaped(&context.directory);
    let filter = &context.options.keys;
    let is_uncovered = |problem: &&Problem| matches!(problem, Problem::Uncovered { .. });
    let (uncovered, unknown): (Vec<_>, Vec<_>) = problems.iter().partition(is_uncovered);
    if !unknown.is_empty() {
        let (count, keys) = (unknown.len(), named(filter, &unknown));
        tracing::warn!(%directory, count, %keys, "the ConfigMap has keys that name no flag");
    }
    if !uncovered.is_empty() {
        let (count, keys) = (uncovered.len(), named(filter, &uncovered));
        tracing::warn!(
            %directory, count, %keys,
            "the ConfigMap has keys of arguments that it cannot set, because no struct that derives \
             `DynamicFlags` declares them: derive it there, or parse with `dflag_configmap::parse`"
        );
    }
}

fn key(filter: &KeyFilter, problem: &Problem) -> Option<String> {
    match problem {
        Problem::Unknown { key, .. } | Problem::Uncovered { key, .. } => Some(filter.key(key)),
        _ => None,
    }
}

/// The first keys, each with the key that may have been meant, and the number of the others.
fn named(filter: &KeyFilter, problems: &[&Problem]) -> String {
    let name = |problem: &&Problem| {
        let key = key(filter, problem)?;
        Some(match problem {
            Problem::Unknown {
                similar: Some(similar),
                is_variable,
                ..
            } => {
                let similar = filter.key(similar);
                let variable = if *is_variable {
                    " Its environment variable sets it only with the option `env_names`."
                } else {
                    ""
                };
                format!("`{}` (did you mean `{similar}`?{variable})", Escaped(key))
            }
            _ => format!("`{}`", Escaped(key)),
        })
    };
    let names: Vec<String> = problems.iter().filter_map(name).take(MAX_NAMED).collect();
    let names = names.join(", ");
    match problems.len().saturating_sub(MAX_NAMED) {
        0 => names,
        others => format!("{names} and {others} more"),
    }
}
