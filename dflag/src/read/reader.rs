//! Readers: handles for code that reads one flag in a loop.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use crate::read::pinned::{Pinned, Slot};
use crate::read::snapshot::Snapshot;

/// Reads one flag repeatedly, faster than its [`Dynamic`](crate::Dynamic) does.
///
/// A reader keeps the snapshot that it loaded last and only checks whether there is a newer one.
/// That snapshot stays alive until the reader loads again or is dropped, so drop a reader that will
/// be idle for long.
///
/// ```
/// let limit = dflag::Dynamic::constant(3);
/// let mut reader = limit.reader();
/// let admitted = (0..10).filter(|n| n < reader.load()).count();
/// assert_eq!(admitted, 3);
/// ```
#[must_use = "a reader does nothing until it loads"]
pub struct Reader<T> {
    value: Pinned<T, Arc<Snapshot>>,
    /// `None` for a constant.
    slot: Option<Slot<T>>,
}

impl<T: Send + Sync + 'static> Reader<T> {
    pub(crate) fn constant(value: Arc<T>) -> Self {
        Self {
            value: Pinned::constant(value),
            slot: None,
        }
    }
}

impl<T> Reader<T> {
    pub(crate) fn live(slot: Slot<T>) -> Self {
        Self {
            value: slot.load_shared(),
            slot: Some(slot),
        }
    }

    /// The current value.
    #[inline]
    pub fn load(&mut self) -> &T {
        if self.value.is_superseded() {
            self.reload();
        }
        &self.value
    }

    #[cold]
    #[inline(never)]
    fn reload(&mut self) {
        if let Some(slot) = &self.slot {
            self.value = slot.load_shared();
        }
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self {
            value: self.value.clone(),
            slot: self.slot.clone(),
        }
    }
}

// A reader gives out shared references to the value, and replaces its snapshot by one assignment.
impl<T: RefUnwindSafe> UnwindSafe for Reader<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Reader<T> {}

/// Shows no value: it may be a secret's.
impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
