//! Guards: a value that stays while one looks at it.

use std::fmt;
use std::ops::Deref;

use crate::found::{Found, Keeper, Place};

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
pub struct Guard<'a, T>(Found<T, Keeper<'a>>);

impl<'a, T> Guard<'a, T> {
    pub(crate) fn constant(value: &'a T) -> Self {
        Self(Found::borrowed(value))
    }

    #[inline]
    pub(crate) fn newest(place: &'a Place<T>) -> Self {
        Self(place.newest())
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// The type only: the value may be a secret's.
impl<T> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}
