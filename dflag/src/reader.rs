//! Readers: a handle for one thread that reads all the time.

use std::fmt;
use std::sync::Arc;

use crate::found::{Found, Owner, Place};
use crate::store::Newest;

/// Reads one flag over and over, faster than its [`Dynamic`](crate::Dynamic) does.
///
/// It remembers the snapshot that it saw last and only asks whether there is a newer one.
/// So it keeps that snapshot alive until it reads again or is dropped: drop it where it goes idle.
pub struct Reader<T> {
    newest: Newest,
    /// The stamp of what was found.
    seen: u64,
    found: Found<T, Owner<T>>,
    /// A constant has none.
    place: Option<Place<T>>,
}

impl<T> Reader<T> {
    pub(crate) fn constant(value: Arc<T>) -> Self {
        Self {
            newest: Newest::always(0),
            seen: 0,
            found: Found::constant(value),
            place: None,
        }
    }

    pub(crate) fn live(place: Place<T>) -> Self {
        let (found, seen) = place.newest_shared();
        Self {
            newest: place.newest_stamp().clone(),
            seen,
            found,
            place: Some(place),
        }
    }

    /// The value that holds now.
    #[inline]
    pub fn load(&mut self) -> &T {
        if self.newest.stamp() != self.seen {
            self.look();
        }
        &self.found
    }

    #[cold]
    #[inline(never)]
    fn look(&mut self) {
        if let Some(place) = &self.place {
            (self.found, self.seen) = place.newest_shared();
        }
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self {
            newest: self.newest.clone(),
            seen: self.seen,
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
