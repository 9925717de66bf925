//! Saved overrides: what guards restore when they are dropped.

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;

use crate::layers::precedence::{LayerStack, LayerValue};

/// A guard that has saved overrides. A younger one is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GuardId(u64);

/// The overrides that the guards of one set of flags restore.
#[derive(Default)]
pub(crate) struct SavedOverrides {
    /// In the order of the guards.
    saved: Vec<Saved>,
    youngest: GuardId,
}

struct Saved {
    guard: GuardId,
    flag: usize,
    /// `None` if the flag had no override.
    value: Option<Arc<LayerValue>>,
}

impl SavedOverrides {
    /// Saves the overrides of these flags for a new guard.
    pub(crate) fn save(&mut self, before: &LayerStack, flags: BTreeSet<usize>) -> GuardId {
        let guard = GuardId(self.youngest.0 + 1);
        self.youngest = guard;
        self.saved.extend(flags.into_iter().map(|flag| Saved {
            guard,
            flag,
            value: before.override_of(flag).cloned(),
        }));
        guard
    }

    /// Restores in `stack` what a guard saved. Where a younger one still overrides the flag, it is left to that
    /// one to restore it.
    pub(crate) fn restore(&mut self, guard: GuardId, stack: &mut LayerStack) {
        let all = mem::take(&mut self.saved).into_iter();
        let (saved, mut others): (Vec<_>, Vec<_>) = all.partition(|saved| saved.guard == guard);
        for Saved { flag, value, .. } in saved {
            let mut younger = others.iter_mut();
            match younger.find(|other| other.guard > guard && other.flag == flag) {
                Some(other) => other.value = value,
                None => stack.set_override(flag, value),
            }
        }
        self.saved = others;
    }
}
