//! Resolving: which flag each key of a layer names.

use crate::error::Problem;
use crate::layers::layer::{Layer, LayerEntry, LayerId};
use crate::schema::{FlagSpec, Schema};

/// A layer's entries by the flag that they name.
pub(crate) struct Resolved<'a> {
    /// By flag. Several keys may name a flag: its name and its aliases.
    pub(crate) entries: Vec<Vec<&'a LayerEntry>>,
    /// Keys that name no flag, not even one of another subcommand, or one that the layer can't set.
    pub(crate) unknown: Vec<Problem>,
}

/// The number of unknown keys up to which similar names are suggested. That compares each key with
/// every name, and many unknown keys are not typos.
const MAX_SUGGESTIONS: usize = 16;

pub(crate) fn resolve<'a>(
    schema: &Schema,
    layer: &'a Layer,
    parsed_with: Option<&LayerId>,
) -> Resolved<'a> {
    let mut entries = vec![Vec::new(); schema.flags.len()];
    let mut unknown = Vec::new();
    let can_set = |spec: &FlagSpec| spec.def.covered || parsed_with == Some(&layer.id);
    for entry in &layer.entries {
        let flags: &[usize] = match schema.find(&entry.key) {
            Some((flag, _)) => &[flag],
            None if schema.is_of_other_subcommand(&entry.key) => continue,
            None => match schema.with_variable(&entry.key) {
                Some(flags) if layer.env_names => flags,
                _ => {
                    unknown.push((entry, None));
                    continue;
                }
            },
        };
        for flag in flags {
            let spec = schema.flags.get(*flag);
            match entries.get_mut(*flag) {
                Some(named) if spec.is_some_and(can_set) => named.push(entry),
                _ => unknown.push((entry, spec)),
            }
        }
    }
    let suggest = unknown.len() <= MAX_SUGGESTIONS;
    let problem = |(entry, spec): (&LayerEntry, Option<&FlagSpec>)| {
        let (key, origin) = (entry.key.clone(), layer.id.origin(&entry.location));
        if let Some(spec) = spec {
            let flag = spec.name.clone();
            return Problem::Uncovered { key, flag, origin };
        }
        let with_variable = || schema.flags.get(*schema.with_variable(&key)?.first()?);
        let of_variable = with_variable().map(|spec| spec.name.clone());
        let is_variable = of_variable.is_some();
        let similar = || suggest.then(|| schema.similar(&key)).flatten();
        Problem::Unknown {
            similar: of_variable.or_else(similar),
            is_variable,
            key,
            origin,
        }
    };
    Resolved {
        entries,
        unknown: unknown.into_iter().map(problem).collect(),
    }
}
