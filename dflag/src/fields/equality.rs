//! Equality for the types that have it, and none for those that don't.
//!
//! Method resolution prefers the impl that needs no extra reference. So `(&Compare::<T>::NEW).equality()`
//! finds [`ByValue`] where `T` is [`PartialEq`], and [`ByText`] where it is not.

use std::marker::PhantomData;

/// Asks whether `T` has an equality.
#[derive(Debug)]
pub struct Compare<T>(PhantomData<fn(T)>);

impl<T> Compare<T> {
    /// The question, to call `equality` on.
    pub const NEW: Self = Self(PhantomData);
}

/// `T` has an equality.
pub trait ByValue<T> {
    /// Compares two values.
    fn equality(&self) -> Option<fn(&T, &T) -> bool>;
}

impl<T: PartialEq> ByValue<T> for Compare<T> {
    fn equality(&self) -> Option<fn(&T, &T) -> bool> {
        Some(T::eq)
    }
}

/// `T` has no equality: values are equal if their texts are.
pub trait ByText<T> {
    /// Always `None`.
    fn equality(&self) -> Option<fn(&T, &T) -> bool>;
}

impl<T> ByText<T> for &Compare<T> {
    fn equality(&self) -> Option<fn(&T, &T) -> bool> {
        None
    }
}
