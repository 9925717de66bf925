//! Copies of the user's struct, parts of which may not implement `Clone`.
//!
//! A subcommand that is not dynamic needs no `Clone`, unless it is chosen and a flag outside of it
//! changes. Like [`compare`](super::compare), this is autoref specialization.

use std::any::type_name;

use thiserror::Error;

/// The type of a part that can't be copied.
#[derive(Clone, Copy, Debug, Error)]
#[error("`{0}` does not implement `Clone`")]
pub struct NotClone(&'static str);

/// A part to copy.
#[derive(Debug)]
pub struct Duplicate<'a, T>(pub &'a T);

/// Implemented if `T` implements `Clone`.
pub trait ByClone<T> {
    /// The copy.
    ///
    /// # Errors
    /// None.
    fn __dflag_duplicate(&self) -> Result<T, NotClone>;
}

impl<T: Clone> ByClone<T> for Duplicate<'_, T> {
    fn __dflag_duplicate(&self) -> Result<T, NotClone> {
        Ok(self.0.clone())
    }
}

/// Implemented for every `T`, which then can't be copied.
pub trait NoClone<T> {
    /// Always an error.
    ///
    /// # Errors
    /// Names the type.
    fn __dflag_duplicate(&self) -> Result<T, NotClone>;
}

impl<T> NoClone<T> for &Duplicate<'_, T> {
    fn __dflag_duplicate(&self) -> Result<T, NotClone> {
        Err(NotClone(type_name::<T>()))
    }
}
