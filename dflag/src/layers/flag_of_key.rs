//! Resolving: which flag each key of a layer names.

use crate::error::Problem;
use crate::layers::layer::{Layer, LayerEntry};
use crate::schema::Schema;

/// A layer's entries by the flag that they name.
pub(crate) struct Resolved<'a> {
    /// By flag. Several keys may name a flag: its name and its aliases.
    pub(crate) entries: Vec<Vec<&'a LayerEntry>>,
    /// Keys that name no flag.
    pub(crate) unknown: Vec<Problem>,
}

/// The number of unknown keys up to which similar names are suggested. That compares each key with
/// every name, and many unknown keys are not typos.
const MAX_SUGGESTIONS: usize = 16;

pub(crate) fn resolve<'a>(schema: &Schema, layer: &'a Layer) -> Resolved<'a> {
    let mut entries = vec![Vec::new(); schema.flags.len()];
    let mut unknown = Vec::new();
    for entry in &layer.entries {
        let flag = schema.find(&entry.key).map(|(flag, _)| flag);
        match flag.and_then(|flag| entries.get_mut(flag)) {
            Some(named) => named.push(entry),
            None => unknown.push(entry),
        }
    }
    let suggest = unknown.len() <= MAX_SUGGESTIONS;
    let unknown = unknown.into_iter().map(|entry| Problem::Unknown {
        key: entry.key.clone(),
        origin: layer.id.origin(&entry.location),
        similar: suggest.then(|| schema.similar(&entry.key)).flatten(),
    });
    Resolved {
        entries,
        unknown: unknown.collect(),
    }
}
