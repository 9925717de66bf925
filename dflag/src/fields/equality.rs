//! Equality of a field's type, if the type has one.
//!
//! This is autoref specialization: method resolution prefers the impl that needs no extra reference.
//! So `(&Compare::<T>::NEW).equality()` calls [`ByValue`] if `T` is [`PartialEq`], else [`ByText`].

use std::marker::PhantomData;

/// Selects the equality of `T`.
#[derive(Debug)]
pub struct Compare<T>(PhantomData<fn(T)>);

impl<T> Compare<T> {
    /// The value to call `equality` on.
    pub const NEW: Self = Self(PhantomData);
}

/// Implemented if `T` has an equality.
pub trait ByValue<T> {
    /// The comparison of two values.
    fn equality(&self) -> Option<fn(&T, &T) -> bool>;
}

impl<T: PartialEq> ByValue<T> for Compare<T> {
    fn equality(&self) -> Option<fn(&T, &T) -> bool> {
        Some(T::eq)
    }
}

/// Implemented for every `T`. Without an equality, values are equal if their texts are.
pub trait ByText<T> {
    /// Always `None`.
    fn equality(&self) -> Option<fn(&T, &T) -> bool>;
}

impl<T> ByText<T> for &Compare<T> {
    fn equality(&self) -> Option<fn(&T, &T) -> bool> {
        None
    }
}
