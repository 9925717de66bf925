//! The stack of layers: which source speaks for a flag.
//!
//! default < environment < command line < sources, in the order in which they came < overrides.
//! Copies are cheap, so that a change is made on a copy and kept only if all goes well.

use std::sync::Arc;

use crate::chunks::Chunks;
use crate::layer::Owner;
use crate::parse::Parsed;
use crate::{Origin, Precedence};

/// Every layer above the command line.
#[derive(Clone)]
pub(crate) struct Layers {
    sources: Vec<Arc<Held>>,
    /// By flag.
    overrides: Chunks<Option<Arc<Given>>>,
}

/// What one source holds.
pub(crate) struct Held {
    pub(crate) owner: Owner,
    pub(crate) precedence: Precedence,
    /// By flag.
    pub(crate) values: Chunks<Option<Arc<Given>>>,
    /// The flags in the order in which the source named them.
    pub(crate) order: Vec<usize>,
}

/// What one source gave one flag. Where it says another thing there is another one of these.
pub(crate) struct Given {
    pub(crate) parsed: Parsed,
    /// Where it stands; an override stands nowhere.
    pub(crate) location: Arc<str>,
}

impl Layers {
    /// No layer has said anything of so many flags.
    pub(crate) fn silent(flags: usize) -> Self {
        Self {
            sources: Vec::new(),
            overrides: Chunks::repeat(None, flags),
        }
    }

    /// What the source `owner` holds now.
    pub(crate) fn of(&self, owner: &Owner) -> Option<&Arc<Held>> {
        self.sources.iter().find(|held| held.owner == *owner)
    }

    /// Takes a source's layer in the place of the one before, or on top if it is new.
    pub(crate) fn replace(&mut self, layer: Held) {
        let layer = Arc::new(layer);
        match self
            .sources
            .iter_mut()
            .find(|held| held.owner == layer.owner)
        {
            Some(held) => *held = layer,
            None => self.sources.push(layer),
        }
    }

    pub(crate) fn override_of(&self, flag: usize) -> Option<&Arc<Given>> {
        self.overrides.get(flag)?.as_ref()
    }

    pub(crate) fn set_override(&mut self, flag: usize, value: Option<Arc<Given>>) {
        self.overrides.set(flag, value);
    }

    /// Who speaks for a flag whose base value came from `base`, if anyone does.
    pub(crate) fn speaking_for(&self, flag: usize, base: &Origin) -> Option<(&Parsed, Origin)> {
        if let Some(given) = self.override_of(flag) {
            return Some((&given.parsed, Origin::Override));
        }
        let typed = *base == Origin::CommandLine;
        self.sources.iter().rev().find_map(|held| {
            if typed && held.precedence == Precedence::BelowCommandLine {
                return None;
            }
            let value = held.values.get(flag)?.as_ref()?;
            Some((&value.parsed, held.owner.at(&value.location)))
        })
    }

    /// The flags for which another may speak in `other`; `None` stands for all of them.
    pub(crate) fn apart(&self, other: &Self) -> Option<Vec<usize>> {
        let precedences = |layers: &Self| {
            let held = layers.sources.iter();
            held.map(|held| held.precedence).collect::<Vec<_>>()
        };
        if precedences(self) != precedences(other) {
            return None;
        }
        let mut apart = Vec::new();
        for (one, other) in self.sources.iter().zip(&other.sources) {
            differ(&one.values, &other.values, &mut apart);
        }
        differ(&self.overrides, &other.overrides, &mut apart);
        Some(apart)
    }
}

/// Adds the flags to which not the same was given.
fn differ(
    one: &Chunks<Option<Arc<Given>>>,
    other: &Chunks<Option<Arc<Given>>>,
    flags: &mut Vec<usize>,
) {
    for (flag, one, other) in one.apart(other) {
        let same = match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        if !same {
            flags.push(flag);
        }
    }
}
