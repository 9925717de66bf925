//! The stack of layers: which layer decides a flag's value.
//!
//! default < environment < command line < sources < overrides. A source may ask for a place below the
//! command line or below the environment. Sources that ask for the same place are in the order of their
//! first proposals.
//! Copies share layers, so a change is made on a copy, which replaces the original if it is applied.

use std::sync::Arc;
use std::time::Instant;

use crate::expiry::Deadline;
use crate::layers::layer::{LayerId, Precedence};
use crate::layers::parse::Parsed;
use crate::origin::Origin;
use crate::read::snapshot::LayerText;

/// Every layer but the base.
#[derive(Clone)]
pub(crate) struct LayerStack {
    /// From the bottom up.
    sources: Vec<Arc<SourceLayer>>,
    /// By flag.
    overrides: Vec<Option<Arc<LayerValue>>>,
}

/// The values of one source.
pub(crate) struct SourceLayer {
    pub(crate) id: LayerId,
    pub(crate) precedence: Precedence,
    /// The number of sources whose first proposal came before; [`LayerStack::replace`] sets it.
    pub(crate) order: usize,
    /// By flag.
    pub(crate) values: Vec<Option<Arc<LayerValue>>>,
}

/// A flag's value in one layer.
pub(crate) struct LayerValue {
    pub(crate) parsed: Parsed,
    /// Where in the source it is; empty for an override.
    pub(crate) location: Arc<str>,
    /// Of an override that expires.
    pub(crate) deadline: Option<Arc<Deadline>>,
}

impl LayerValue {
    /// The value with this deadline.
    pub(crate) fn with_deadline(self: &Arc<Self>, deadline: Option<Deadline>) -> Arc<Self> {
        if self.deadline.as_deref() == deadline.as_ref() {
            return Arc::clone(self);
        }
        Arc::new(Self {
            parsed: self.parsed.clone(),
            location: Arc::clone(&self.location),
            deadline: deadline.map(Arc::new),
        })
    }
}

/// A flag's value in one layer, with its rank.
#[derive(Clone, Copy)]
pub(crate) struct Decision<'a> {
    pub(crate) parsed: &'a Parsed,
    location: &'a Arc<str>,
    /// The source's layer; `None` for an override.
    pub(crate) layer: Option<&'a LayerId>,
    /// Of an override that expires.
    pub(crate) deadline: Option<&'a Arc<Deadline>>,
    /// Whether the base takes precedence over it.
    below_base: bool,
}

impl Decision<'_> {
    pub(crate) fn origin(&self) -> Origin {
        let of_source = |layer: &LayerId| layer.origin(self.location);
        self.layer.map_or(Origin::Override, of_source)
    }

    /// Whether its origin is this one.
    pub(crate) fn is_from(&self, origin: &Origin) -> bool {
        match (self.layer, origin) {
            (None, Origin::Override) => true,
            (Some(layer), Origin::Source { name, location }) => {
                same(&layer.name, name) && same(self.location, location)
            }
            _ => false,
        }
    }

    /// Whether a listing shows it as `layer`.
    pub(crate) fn is_shown_as(&self, layer: &LayerText) -> bool {
        let same_text = match (&self.parsed.text, &layer.text) {
            (Some(one), Some(other)) => same(one, other),
            (one, other) => one == other,
        };
        same_text && self.deadline == layer.deadline.as_ref() && self.is_from(&layer.origin)
    }
}

/// Whether two texts are equal, which most often are one.
fn same(one: &Arc<str>, other: &Arc<str>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

impl SourceLayer {
    pub(crate) fn value(&self, flag: usize) -> Option<&Arc<LayerValue>> {
        self.values.get(flag)?.as_ref()
    }
}

impl LayerStack {
    /// No source, and no override of any of `flags` flags.
    pub(crate) fn empty(flags: usize) -> Self {
        Self {
            sources: Vec::new(),
            overrides: vec![None; flags],
        }
    }

    /// The layer of a source.
    pub(crate) fn source(&self, id: &LayerId) -> Option<&Arc<SourceLayer>> {
        self.sources.iter().find(|layer| layer.id == *id)
    }

    /// Replaces a source's layer, or adds it above those of the same precedence if the source is new.
    pub(crate) fn replace(&mut self, mut layer: SourceLayer) {
        layer.order = self.sources.len();
        if let Some(index) = self.sources.iter().position(|other| other.id == layer.id) {
            layer.order = self.sources.remove(index).order;
        }
        let above = |other: &Arc<SourceLayer>| {
            (other.precedence, other.order) > (layer.precedence, layer.order)
        };
        let index = self.sources.iter().position(above);
        let index = index.unwrap_or(self.sources.len());
        self.sources.insert(index, Arc::new(layer));
    }

    /// The layers of a restarted program: the same sources, and the overrides of `start`, which the
    /// program set before it started its sources. Later overrides do not survive a restart.
    pub(crate) fn restarted(&self, start: &Self) -> Self {
        Self {
            sources: self.sources.clone(),
            overrides: start.overrides.clone(),
        }
    }

    /// Whether both have the same overrides.
    pub(crate) fn has_same_overrides(&self, other: &Self) -> bool {
        let address = |value: &Option<Arc<LayerValue>>| value.as_ref().map(Arc::as_ptr);
        let others = other.overrides.iter().map(address);
        self.overrides.iter().map(address).eq(others)
    }

    pub(crate) fn override_of(&self, flag: usize) -> Option<&Arc<LayerValue>> {
        self.overrides.get(flag)?.as_ref()
    }

    /// The flags whose override differs in `after`, each with its override here.
    pub(crate) fn overrides_that_differ<'a>(
        &'a self,
        after: &'a Self,
    ) -> impl Iterator<Item = (usize, Option<&'a LayerValue>)> {
        let address = |value: &Option<Arc<LayerValue>>| value.as_ref().map(Arc::as_ptr);
        let pairs = self.overrides.iter().zip(&after.overrides).enumerate();
        pairs
            .filter(move |(_, (before, after))| address(before) != address(after))
            .map(|(flag, (before, _))| (flag, before.as_deref()))
    }

    pub(crate) fn set_override(&mut self, flag: usize, value: Option<Arc<LayerValue>>) {
        if let Some(place) = self.overrides.get_mut(flag) {
            *place = value;
        }
    }

    /// The stack without the overrides that expire.
    pub(crate) fn permanent(&self) -> Self {
        let permanent = |value: &&Arc<LayerValue>| value.deadline.is_none();
        let overrides = self.overrides.iter();
        Self {
            sources: self.sources.clone(),
            overrides: overrides
                .map(|value| value.as_ref().filter(permanent).cloned())
                .collect(),
        }
    }

    /// The flags whose overrides expire, each with the instant.
    fn deadlines(&self) -> impl Iterator<Item = (usize, Instant)> {
        let flags = self.overrides.iter().enumerate();
        flags.filter_map(|(flag, value)| Some((flag, value.as_ref()?.deadline.as_ref()?.at)))
    }

    /// The flags whose overrides are due at `now`.
    pub(crate) fn overdue(&self, now: Instant) -> Vec<usize> {
        let due = self.deadlines().filter(|(_, at)| *at <= now);
        due.map(|(flag, _)| flag).collect()
    }

    /// Keeps an overdue override, and why.
    pub(crate) fn keep_overdue(&mut self, flag: usize, reason: String) {
        let kept = self.override_of(flag).and_then(|value| {
            let at = value.deadline.as_ref()?.at;
            let reason = Some(reason);
            Some(value.with_deadline(Some(Deadline { at, reason })))
        });
        self.set_override(flag, kept);
    }

    /// When the next override is due after `now`.
    pub(crate) fn next_deadline(&self, now: Instant) -> Option<Instant> {
        self.deadlines()
            .map(|(_, at)| at)
            .filter(|at| *at > now)
            .min()
    }

    /// The topmost value of a flag whose base value came from `base`; `None` if the base decides.
    pub(crate) fn deciding(&self, flag: usize, base: &Origin) -> Option<Decision<'_>> {
        self.values(flag, base).find(|value| !value.below_base)
    }

    /// Every layer's value of a flag whose base value came from `base`, from the top down.
    pub(crate) fn values(&self, flag: usize, base: &Origin) -> impl Iterator<Item = Decision<'_>> {
        let edited = self.override_of(flag).map(|value| Decision {
            parsed: &value.parsed,
            location: &value.location,
            layer: None,
            deadline: value.deadline.as_ref(),
            below_base: false,
        });
        let sources = self.sources.iter().rev().filter_map(move |layer| {
            let value = layer.value(flag)?;
            Some(Decision {
                parsed: &value.parsed,
                location: &value.location,
                layer: Some(&layer.id),
                deadline: None,
                below_base: layer.precedence.is_below(base),
            })
        });
        edited.into_iter().chain(sources)
    }
}
