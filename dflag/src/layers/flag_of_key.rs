//! Resolving: which flag each key of a layer names.

use std::slice;

use crate::error::Problem;
use crate::layers::layer::{Layer, LayerEntry, LayerId};
use crate::schema::names::Meaning;
use crate::schema::{FlagSpec, Schema};

/// A layer's entries and the flags that they name.
pub(crate) struct Resolved<'a> {
    /// In the order of the flags. Several keys may name a flag: its name and its aliases.
    pub(crate) entries: Vec<(usize, &'a LayerEntry)>,
    /// Keys that name no flag, not even one of another subcommand, or one that the layer can't set.
    pub(crate) unknown: Vec<Problem>,
}

/// The number of unknown keys up to which similar names are suggested. That compares each key with
/// every name, and many unknown keys are not typos.
pub(crate) const MAX_SUGGESTIONS: usize = 16;

pub(crate) fn resolve<'a>(
    schema: &Schema,
    layer: &'a Layer,
    parsed_with: Option<&LayerId>,
) -> Resolved<'a> {
    let mut entries = Vec::with_capacity(layer.entries.len());
    let mut unset = Vec::new();
    let can_set = |spec: &FlagSpec| spec.def.covered || parsed_with == Some(&layer.id);
    for entry in &layer.entries {
        let meaning = schema.meaning(&entry.key);
        let flags = match &meaning {
            Meaning::Flag(flag) => slice::from_ref(flag),
            Meaning::Variable(flags) if layer.env_names => flags,
            Meaning::OtherSubcommand => continue,
            Meaning::Variable([flag, ..]) => {
                unset.push((entry, Unset::Variable(*flag)));
                continue;
            }
            Meaning::Variable([]) | Meaning::Unknown => {
                unset.push((entry, Unset::Unknown));
                continue;
            }
        };
        for flag in flags {
            if schema.flags.get(*flag).is_some_and(can_set) {
                entries.push((*flag, entry));
            } else {
                unset.push((entry, Unset::Uncovered(*flag)));
            }
        }
    }
    entries.sort_by_key(|(flag, _)| *flag);
    let suggest = unset.len() <= MAX_SUGGESTIONS;
    let name = |flag: usize| Some(schema.flags.get(flag)?.name.clone());
    let problem = |(entry, unset): (&LayerEntry, Unset)| {
        let (key, origin) = (entry.key.clone(), layer.id.origin(&entry.location));
        match unset {
            Unset::Uncovered(flag) => Problem::Uncovered {
                flag: name(flag).unwrap_or_default(),
                key,
                origin,
            },
            Unset::Variable(flag) => Problem::Unknown {
                similar: name(flag),
                is_variable: true,
                key,
                origin,
            },
            Unset::Unknown => Problem::Unknown {
                similar: suggest.then(|| schema.similar(&key)).flatten(),
                is_variable: false,
                key,
                origin,
            },
        }
    };
    Resolved {
        entries,
        unknown: unset.into_iter().map(problem).collect(),
    }
}

/// Why a key sets no flag.
enum Unset {
    /// It names this flag, which the layer can't set.
    Uncovered(usize),
    /// It is the environment variable of this flag, and the layer accepts only names.
    Variable(usize),
    /// It names none.
    Unknown,
}
