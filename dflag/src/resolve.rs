//! Resolving: which flag each key of a layer means.

use crate::layer::Entry;
use crate::schema::{Schema, Spec};
use crate::{Layer, Origin, Problem};

/// A layer's entries by the flag that they mean.
pub(crate) struct Resolved<'a> {
    /// By flag.
    pub(crate) entries: Vec<Named<'a>>,
    /// The flags in the order in which the layer names them.
    pub(crate) order: Vec<usize>,
    /// Keys that name no flag.
    pub(crate) unknown: Vec<Problem>,
}

/// The entry for a flag.
#[derive(Clone, Copy)]
pub(crate) enum Named<'a> {
    Never,
    Once(&'a Entry),
    /// By two keys; the first two, where there are more.
    Twice(&'a Entry, &'a Entry),
}

/// A mass of unknown keys is no slip of the pen, and to look for what is near each would take long.
const MOST_SUGGESTIONS: usize = 16;

/// `before` is the order in which the same source named the flags the last time. It saves the search
/// for those that it names in the same order again, and decides nothing.
pub(crate) fn resolve<'a>(schema: &Schema, layer: &'a Layer, before: &[usize]) -> Resolved<'a> {
    let mut resolved = Resolved {
        entries: vec![Named::Never; schema.flags.len()],
        order: Vec::with_capacity(before.len()),
        unknown: Vec::new(),
    };
    let mut expected = Expected(before);
    let mut strangers = Vec::new();
    for entry in &layer.entries {
        let found = expected.find(schema, &entry.key);
        let place = found.and_then(|flag| Some((flag, resolved.entries.get_mut(flag)?)));
        let Some((flag, place)) = place else {
            strangers.push(entry);
            continue;
        };
        match place {
            Named::Never => {
                *place = Named::Once(entry);
                resolved.order.push(flag);
            }
            Named::Once(first) => *place = Named::Twice(first, entry),
            Named::Twice(..) => {}
        }
    }
    let few = strangers.len() <= MOST_SUGGESTIONS;
    let strangers = strangers.into_iter().map(|entry| {
        let similar = few.then(|| schema.similar(&entry.key)).flatten();
        unknown(&entry.key, layer.owner.at(&entry.location), similar)
    });
    resolved.unknown = strangers.collect();
    resolved
}

/// The flags that are expected to be named, in this order.
struct Expected<'a>(&'a [usize]);

impl Expected<'_> {
    fn find(&mut self, schema: &Schema, key: &str) -> Option<usize> {
        if let [next, rest @ ..] = self.0
            && schema.is_named(*next, key)
        {
            self.0 = rest;
            return Some(*next);
        }
        let found = schema.find(key)?;
        // The one before it is gone.
        if let [_, next, rest @ ..] = self.0
            && *next == found
        {
            self.0 = rest;
        }
        Some(found)
    }
}

pub(crate) fn unknown(key: &str, origin: Origin, similar: Option<String>) -> Problem {
    Problem::Unknown {
        key: key.to_owned(),
        origin,
        similar,
    }
}

/// What is wrong with a flag that two keys mean.
pub(crate) fn duplicate(spec: &Spec, layer: &Layer, first: &Entry, second: &Entry) -> Problem {
    Problem::Duplicate {
        flag: spec.name.clone(),
        first: layer.owner.at(&first.location),
        second: layer.owner.at(&second.location),
    }
}
