//! Undo: the overrides that were there before the last edits.
//!
//! Their texts are kept, and not their values, which belong to the program and end with the last snapshot.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::expiry::Deadline;
use crate::layers::precedence::{LayerStack, LayerValue};

/// How many edits can be undone.
const EDITS: usize = 16;

/// The most bytes of all texts together.
const BYTES: usize = 256 << 10;

/// The overrides that an edit replaced, each with its flag; `None` where there was none.
pub(crate) type Replaced = Vec<(usize, Option<ReplacedOverride>)>;

/// An override that an edit replaced.
pub(crate) struct ReplacedOverride {
    /// `None` if it unset the flag.
    pub(crate) text: Option<Arc<str>>,
    pub(crate) deadline: Option<Arc<Deadline>>,
}

/// The overrides that the last edits replaced.
#[derive(Default)]
pub(crate) struct UndoStack {
    edits: VecDeque<Replaced>,
    bytes: usize,
}

impl UndoStack {
    /// Adds an edit that made `after` of `before`.
    pub(crate) fn push_edit(&mut self, before: &LayerStack, after: &LayerStack) {
        let replaced = before.overrides_that_differ(after);
        let replaced = replaced.map(|(flag, value)| (flag, value.map(replaced_override)));
        let replaced: Replaced = replaced.collect();
        if !replaced.is_empty() {
            self.push(replaced);
        }
    }

    pub(crate) fn push(&mut self, replaced: Replaced) {
        self.bytes += bytes(&replaced);
        self.edits.push_back(replaced);
        while (self.edits.len() > EDITS || self.bytes > BYTES)
            && let Some(oldest) = self.edits.pop_front()
        {
            self.bytes -= bytes(&oldest);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Replaced> {
        let replaced = self.edits.pop_back()?;
        self.bytes -= bytes(&replaced);
        Some(replaced)
    }
}

fn replaced_override(value: &LayerValue) -> ReplacedOverride {
    ReplacedOverride {
        text: value.parsed.given().cloned(),
        deadline: value.deadline.clone(),
    }
}

fn bytes(replaced: &Replaced) -> usize {
    let texts = replaced
        .iter()
        .filter_map(|(_, value)| value.as_ref()?.text.as_ref());
    size_of_val(replaced.as_slice()) + texts.map(|text| text.len()).sum::<usize>()
}
