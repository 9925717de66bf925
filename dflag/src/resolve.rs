//! Resolving: which flag each key of a layer means.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use crate::layer::Entry;
use crate::schema::Schema;
use crate::{Layer, Origin, Problem};

/// A layer's entries by the flag that they mean.
pub(crate) struct Resolved<'a> {
    /// By the index of the flag in the schema.
    pub(crate) entries: BTreeMap<usize, &'a Entry>,
    /// Flags that two keys mean, and the problem with that.
    pub(crate) duplicates: BTreeMap<usize, Problem>,
    /// Keys that name no flag.
    pub(crate) unknown: Vec<Problem>,
}

/// A mass of unknown keys is no slip of the pen, and to look for what is near each would take long.
const MOST_SUGGESTIONS: usize = 16;

pub(crate) fn resolve<'a>(schema: &Schema, layer: &'a Layer) -> Resolved<'a> {
    let mut resolved = Resolved {
        entries: BTreeMap::new(),
        duplicates: BTreeMap::new(),
        unknown: Vec::new(),
    };
    let mut strangers = Vec::new();
    for entry in &layer.entries {
        let origin = layer.source.at(&entry.location);
        let Some(flag) = schema.find(&entry.key) else {
            strangers.push((&entry.key, origin));
            continue;
        };
        match resolved.entries.entry(flag) {
            Slot::Vacant(slot) => {
                slot.insert(entry);
            }
            Slot::Occupied(slot) => {
                let first = layer.source.at(&slot.get().location);
                let problem = duplicate(schema, flag, first, origin);
                resolved.duplicates.entry(flag).or_insert(problem);
            }
        }
    }
    let few = strangers.len() <= MOST_SUGGESTIONS;
    let strangers = strangers.into_iter();
    resolved.unknown = strangers
        .map(|(key, origin)| unknown(key, origin, few.then(|| schema.similar(key)).flatten()))
        .collect();
    resolved
}

pub(crate) fn unknown(key: &str, origin: Origin, similar: Option<String>) -> Problem {
    Problem::Unknown {
        key: key.to_owned(),
        origin,
        similar,
    }
}

fn duplicate(schema: &Schema, flag: usize, first: Origin, second: Origin) -> Problem {
    let name = schema.flags.get(flag).map(|spec| spec.name.clone());
    Problem::Duplicate {
        flag: name.unwrap_or_default(),
        first,
        second,
    }
}
