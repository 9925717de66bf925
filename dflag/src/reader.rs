//! Readers: a handle for one thread that reads all the time.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use arc_swap::cache::Cache;

use crate::lens::Lens;
use crate::snapshot::Snapshot;

/// Reads one flag over and over, faster than its [`Dynamic`](crate::Dynamic) does.
///
/// It remembers the snapshot that it saw last and only asks whether there is a newer one.
/// So it keeps that snapshot alive until it reads again or is dropped: drop it where it goes idle.
pub struct Reader<T>(Inner<T>);

enum Inner<T> {
    Constant(Arc<T>),
    Live {
        cache: Cache<Arc<ArcSwap<Snapshot>>, Arc<Snapshot>>,
        lens: Lens<T>,
    },
}

impl<T> Reader<T> {
    pub(crate) fn constant(value: Arc<T>) -> Self {
        Self(Inner::Constant(value))
    }

    pub(crate) fn live(store: Arc<ArcSwap<Snapshot>>, lens: Lens<T>) -> Self {
        Self(Inner::Live {
            cache: Cache::new(store),
            lens,
        })
    }

    /// The value that holds now.
    pub fn load(&mut self) -> &T {
        match &mut self.0 {
            Inner::Constant(value) => value,
            Inner::Live { cache, lens } => lens(cache.load()),
        }
    }
}

impl<T> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Inner::Constant(value) => Inner::Constant(Arc::clone(value)),
            Inner::Live { cache, lens } => Inner::Live {
                cache: cache.clone(),
                lens: Arc::clone(lens),
            },
        })
    }
}

/// The type only: the value may be a secret's.
impl<T> fmt::Debug for Reader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}
