//! Resolving: which flag each key of a layer names.

use crate::error::Problem;
use crate::layers::layer::{Layer, LayerEntry};
use crate::schema::{FlagSpec, Schema};

/// A layer's entries by the flag that they name.
pub(crate) struct Resolved<'a> {
    /// By flag.
    pub(crate) entries: Vec<Named<'a>>,
    /// Keys that name no flag.
    pub(crate) unknown: Vec<Problem>,
}

/// The entries that name one flag.
#[derive(Clone, Copy)]
pub(crate) enum Named<'a> {
    Never,
    Once(&'a LayerEntry),
    /// By two keys or more, of which these are the first two.
    Twice(&'a LayerEntry, &'a LayerEntry),
}

/// The number of unknown keys up to which similar names are suggested. That compares each key with
/// every name, and many unknown keys are not typos.
const MAX_SUGGESTIONS: usize = 16;

pub(crate) fn resolve<'a>(schema: &Schema, layer: &'a Layer) -> Resolved<'a> {
    let mut entries = vec![Named::Never; schema.flags.len()];
    let mut unknown = Vec::new();
    for entry in &layer.entries {
        let flag = schema.find(&entry.key).map(|(flag, _)| flag);
        match flag.and_then(|flag| entries.get_mut(flag)) {
            Some(named) => *named = named.and(entry),
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

impl<'a> Named<'a> {
    fn and(self, entry: &'a LayerEntry) -> Self {
        match self {
            Self::Never => Self::Once(entry),
            Self::Once(first) => Self::Twice(first, entry),
            Self::Twice(..) => self,
        }
    }
}

/// The problem of a flag that two keys name.
pub(crate) fn duplicate(
    spec: &FlagSpec,
    layer: &Layer,
    first: &LayerEntry,
    second: &LayerEntry,
) -> Problem {
    Problem::Duplicate {
        flag: spec.name.clone(),
        first: layer.id.origin(&first.location),
        second: layer.id.origin(&second.location),
    }
}
