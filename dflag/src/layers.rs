//! The stack of layers: which source speaks for a flag.
//!
//! default < environment < command line < sources, in the order in which they came < overrides.
//! Copies are cheap, so that a change is made on a copy and kept only if all goes well.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::layer::Source;
use crate::parse::Parsed;
use crate::{Origin, Precedence};

/// Every layer above the command line.
#[derive(Clone, Default)]
pub(crate) struct Layers {
    sources: Vec<Arc<Held>>,
    overrides: BTreeMap<usize, Arc<Parsed>>,
}

/// What one source holds.
pub(crate) struct Held {
    pub(crate) source: Source,
    pub(crate) precedence: Precedence,
    /// By the index of the flag in the schema.
    pub(crate) values: BTreeMap<usize, HeldValue>,
}

/// What one source gave one flag.
#[derive(Clone)]
pub(crate) struct HeldValue {
    pub(crate) parsed: Arc<Parsed>,
    pub(crate) location: Arc<str>,
}

impl Layers {
    /// What `source` holds now.
    pub(crate) fn of(&self, source: &Source) -> Option<&Arc<Held>> {
        self.sources.iter().find(|held| held.source == *source)
    }

    /// Takes a source's layer in the place of the one before, or on top if it is new.
    pub(crate) fn replace(&mut self, layer: Held) {
        let layer = Arc::new(layer);
        match self
            .sources
            .iter_mut()
            .find(|held| held.source == layer.source)
        {
            Some(held) => *held = layer,
            None => self.sources.push(layer),
        }
    }

    pub(crate) fn override_of(&self, flag: usize) -> Option<&Arc<Parsed>> {
        self.overrides.get(&flag)
    }

    pub(crate) fn set_override(&mut self, flag: usize, value: Arc<Parsed>) {
        self.overrides.insert(flag, value);
    }

    pub(crate) fn clear_override(&mut self, flag: usize) {
        self.overrides.remove(&flag);
    }

    /// Who speaks for a flag whose base value came from `base`, if anyone does.
    pub(crate) fn speaking_for(
        &self,
        flag: usize,
        base: &Origin,
    ) -> Option<(&Arc<Parsed>, Origin)> {
        if let Some(parsed) = self.overrides.get(&flag) {
            return Some((parsed, Origin::Override));
        }
        let typed = *base == Origin::CommandLine;
        self.sources.iter().rev().find_map(|held| {
            if typed && held.precedence == Precedence::BelowCommandLine {
                return None;
            }
            let value = held.values.get(&flag)?;
            Some((&value.parsed, held.source.at(&value.location)))
        })
    }
}
