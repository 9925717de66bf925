//! Readers: a handle for one thread that reads all the time.

use std::fmt;
use std::sync::Arc;

use crate::found::{Found, Place};
use crate::snapshot::Snapshot;

/// Reads one flag over and over, faster than its [`Dynamic`](crate::Dynamic) does.
///
/// It remembers the snapshot that it saw last and only asks whether there is a newer one.
/// So it keeps that snapshot alive until it reads again or is dropped: drop it where it goes idle.
pub struct Reader<T>(Inner<T>);

enum Inner<T> {
    Constant(Arc<T>),
    Live {
        place: Place<T>,
        found: Found<T, Arc<Snapshot>>,
    },
}

impl<T> Reader<T> {
    pub(crate) fn constant(value: Arc<T>) -> Self {
        Self(Inner::Constant(value))
    }

    pub(crate) fn live(place: Place<T>) -> Self {
        let found = place.newest_shared();
        Self(Inner::Live { place, found })
    }

    /// The value that holds now.
    #[inline]
    pub fn load(&mut self) -> &T {
        match &mut self.0 {
            Inner::Constant(value) => value,
            Inner::Live { place, found } => {
                if !place.is_newest(found) {
                    *found = place.newest_shared();
                }
                found
            }
        }
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        match &self.0 {
            Inner::Constant(value) => Self::constant(Arc::clone(value)),
            Inner::Live { place, .. } => Self::live(place.clone()),
        }
    }
}

/// The type only: the value may be a secret's.
impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
