//! Marks: how a snapshot tells whoever holds it that it is the newest no more.

use std::sync::atomic::{AtomicBool, Ordering};

/// Not set, and then set for ever.
///
/// It has no order of its own: whoever sees what its thread releases after setting it sees it set.
///
/// Every read looks at it, so it has a line of the cache to itself, and the one beside it, which
/// processors fetch together: what counts the snapshot's holders stands next to it, and is written to.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Mark(AtomicBool);

impl Mark {
    pub(crate) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
