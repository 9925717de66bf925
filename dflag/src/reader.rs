//! Readers: a handle for one thread that reads all the time.

use std::fmt;
use std::sync::Arc;

use crate::found::{Found, Place};
use crate::snapshot::Snapshot;

/// Reads one flag over and over, faster than its [`Dynamic`](crate::Dynamic) does.
///
/// It remembers the snapshot that it saw last and only asks whether there is a newer one.
/// So it keeps that snapshot alive until it reads again or is dropped: drop it where it goes idle.
pub struct Reader<T> {
    found: Found<T, Arc<Snapshot>>,
    /// A constant has none.
    place: Option<Place<T>>,
}

impl<T: Send + Sync + 'static> Reader<T> {
    pub(crate) fn constant(value: Arc<T>) -> Self {
        Self {
            found: Found::constant(value),
            place: None,
        }
    }
}

impl<T> Reader<T> {
    pub(crate) fn live(place: Place<T>) -> Self {
        Self {
            found: place.newest_shared(),
            place: Some(place),
        }
    }

    /// The value that holds now.
    #[inline]
    pub fn load(&mut self) -> &T {
        if self.found.is_superseded() {
            self.look();
        }
        &self.found
    }

    #[cold]
    #[inline(never)]
    fn look(&mut self) {
        if let Some(place) = &self.place {
            self.found = place.newest_shared();
        }
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self {
            found: self.found.clone(),
            place: self.place.clone(),
        }
    }
}

/// The type only: the value may be a secret's.
impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
