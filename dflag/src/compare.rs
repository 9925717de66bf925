//! Comparing: equality for the types that have it, nothing for those that don't.
//!
//! A method call prefers the impl that needs no extra reference. So `(&Compare::<T>::NEW).equality()`
//! finds [`ByValue`] where `T` is [`PartialEq`], and [`ByText`] where it is not.

use std::marker::PhantomData;

/// Stands for the question whether `T` can be compared.
#[derive(Debug)]
pub struct Compare<T>(PhantomData<fn(T)>);

impl<T> Compare<T> {
    /// The question.
    pub const NEW: Self = Self(PhantomData);
}

/// `T` can be compared.
pub trait ByValue<T> {
    /// How.
    fn equality(&self) -> Option<fn(&T, &T) -> bool>;
}

impl<T: PartialEq> ByValue<T> for Compare<T> {
    fn equality(&self) -> Option<fn(&T, &T) -> bool> {
        Some(T::eq)
    }
}

/// `T` can't be compared: values are the same when their texts are.
pub trait ByText<T> {
    /// Not at all.
    fn equality(&self) -> Option<fn(&T, &T) -> bool>;
}

impl<T> ByText<T> for &Compare<T> {
    fn equality(&self) -> Option<fn(&T, &T) -> bool> {
        None
    }
}
