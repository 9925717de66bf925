//! Guards: a value that stays as it is while it is read.

use std::fmt;
use std::ops::Deref;

use crate::read::pinned::{Owner, Pinned, Slot};

/// The value that was current when it was loaded. It dereferences to `T`.
///
/// A guard stays on the thread that loaded it, so it can't be held across an `.await` of a task
/// that moves between threads.
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
