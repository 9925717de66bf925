//! Guards: references to values that keep the values' snapshots alive.

use std::fmt;
use std::ops::Deref;

use crate::read::pinned::{Owner, Pinned, Slot};

/// A reference to the value that was current when it was loaded.
///
/// A guard is not [`Send`], so a task that moves between threads can't hold it across an `.await`.
///
/// ```
/// let limit = dflag::Dynamic::constant(3);
/// let guard = limit.load();
/// assert_eq!(*guard, 3);
/// ```
///
/// ```compile_fail
/// let limit = dflag::Dynamic::constant(3);
/// let guard = limit.load();
/// std::thread::scope(|scope| {
///     scope.spawn(move || *guard);
/// });
/// ```
pub struct Guard<'a, T>(Pinned<T, Owner<'a>>);

impl<'a, T> Guard<'a, T> {
    pub(crate) fn constant(value: &'a T) -> Self {
        Self(Pinned::borrowed(value))
    }

    #[inline]
    pub(crate) fn load(slot: &'a Slot<T>) -> Self {
        Self(slot.load())
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// Shows no value: it may be a secret's.
impl<T> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}
