//! Guards: a value that stays while one looks at it.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use crate::lens::Find;
use crate::snapshot::Snapshot;

/// The value that held when it was loaded; it dereferences to `T`.
///
/// It stays on the thread that loaded it.
///
/// ```compile_fail
/// let limit = dflag::Dynamic::constant(3);
/// let guard = limit.load();
/// std::thread::scope(|scope| {
///     scope.spawn(move || *guard);
/// });
/// ```
pub struct Guard<'a, T> {
    held: Held<'a, T>,
    /// Not `Send`: a guard is for now, and held across an `.await` it would not be.
    stays: PhantomData<*const ()>,
}

enum Held<'a, T> {
    Constant(&'a T),
    Live {
        snapshot: arc_swap::Guard<Arc<Snapshot>>,
        lens: &'a Find<T>,
    },
}

impl<'a, T> Guard<'a, T> {
    pub(crate) fn constant(value: &'a T) -> Self {
        Self {
            held: Held::Constant(value),
            stays: PhantomData,
        }
    }

    pub(crate) fn live(snapshot: arc_swap::Guard<Arc<Snapshot>>, lens: &'a Find<T>) -> Self {
        Self {
            held: Held::Live { snapshot, lens },
            stays: PhantomData,
        }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.held {
            Held::Constant(value) => value,
            Held::Live { snapshot, lens } => lens(snapshot),
        }
    }
}

/// The type only: the value may be a secret's.
impl<T> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}
