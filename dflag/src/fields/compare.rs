//! The capabilities of a field's type: whether its values can be compared, and whether they can be
//! written as text.
//!
//! This is autoref specialization: method resolution prefers the impl that needs no extra reference.
//! A method called on `&Compare::<T>` is the one of the trait whose bound `T` meets, or the
//! fallback's if it meets none. The methods have unique names: another trait with the same name and
//! a blanket impl would make the call ambiguous.

use std::fmt::Display;
use std::marker::PhantomData;

use crate::schema::flag_def::Form;

/// Selects the capabilities of `T`.
#[derive(Debug)]
pub struct Compare<T>(PhantomData<fn(T)>);

impl<T> Compare<T> {
    /// The value to call a method on, for the type of the field that `get` borrows.
    pub fn of<A>(_get: fn(&A) -> &T) -> Self {
        Self(PhantomData)
    }
}

/// Compares two values of a field.
pub type Equality<T> = fn(&T, &T) -> bool;

/// Writes a field's value: one text for each of its values; `None` if one has no text.
pub type Texts<T> = fn(&T, Form) -> Option<Vec<String>>;

/// Implemented if `T` has an equality.
pub trait ByValue<T> {
    /// The comparison of two values.
    fn __dflag_equality(&self) -> Option<Equality<T>>;
}

impl<T: PartialEq> ByValue<T> for Compare<T> {
    fn __dflag_equality(&self) -> Option<Equality<T>> {
        Some(T::eq)
    }
}

/// Implemented for every `T`. Without an equality, values are equal if their texts are.
pub trait ByText<T> {
    /// Always `None`.
    fn __dflag_equality(&self) -> Option<Equality<T>>;
}

impl<T> ByText<T> for &Compare<T> {
    fn __dflag_equality(&self) -> Option<Equality<T>> {
        None
    }
}

/// Implemented if `T` implements `Display`.
pub trait DisplayOne<T> {
    /// The function that writes a value.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<T: Display> DisplayOne<T> for Compare<T> {
    fn __dflag_texts(&self) -> Option<Texts<T>> {
        Some(|value, _| Some(vec![value.to_string()]))
    }
}

/// Implemented if `T` is an option of a type that implements `Display`.
pub trait DisplayOption<T> {
    /// The function that writes a value.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<T: Display> DisplayOption<Option<T>> for Compare<Option<T>> {
    fn __dflag_texts(&self) -> Option<Texts<Option<T>>> {
        Some(|value, _| Some(value.iter().map(T::to_string).collect()))
    }
}

/// Implemented if `T` is an option of an option of a type that implements `Display`.
pub trait DisplayOptionOption<T> {
    /// The function that writes a value.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<T: Display> DisplayOptionOption<Option<Option<T>>> for Compare<Option<Option<T>>> {
    fn __dflag_texts(&self) -> Option<Texts<Option<Option<T>>>> {
        Some(|value, _| Some(value.iter().flatten().map(T::to_string).collect()))
    }
}

/// Implemented if `T` is a list of a type that implements `Display`.
pub trait DisplayMany<T> {
    /// The function that writes a value.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<T: Display> DisplayMany<Vec<T>> for Compare<Vec<T>> {
    fn __dflag_texts(&self) -> Option<Texts<Vec<T>>> {
        Some(|value, _| Some(value.iter().map(T::to_string).collect()))
    }
}

/// Implemented if `T` is an optional list of a type that implements `Display`.
pub trait DisplayOptionMany<T> {
    /// The function that writes a value.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<T: Display> DisplayOptionMany<Option<Vec<T>>> for Compare<Option<Vec<T>>> {
    fn __dflag_texts(&self) -> Option<Texts<Option<Vec<T>>>> {
        Some(|value, _| Some(value.iter().flatten().map(T::to_string).collect()))
    }
}

/// Implemented for every `T`, which then can't be written.
pub trait NoDisplay<T> {
    /// Always `None`.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<T> NoDisplay<T> for &Compare<T> {
    fn __dflag_texts(&self) -> Option<Texts<T>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ByText as _, ByValue as _, Compare, DisplayMany as _, DisplayOne as _, DisplayOption as _,
        DisplayOptionMany as _, DisplayOptionOption as _, Form, NoDisplay as _,
    };

    struct Opaque;

    fn get<T>(value: &T) -> &T {
        value
    }

    /// A program's own trait with a blanket impl.
    #[expect(dead_code, reason = "it exists to make calls ambiguous")]
    trait Blanket {
        fn equality(&self) -> Option<u8>;
        fn texts(&self) -> Option<u8>;
    }

    impl<T> Blanket for T {
        fn equality(&self) -> Option<u8> {
            None
        }
        fn texts(&self) -> Option<u8> {
            None
        }
    }

    #[test]
    #[expect(
        clippy::needless_borrow,
        reason = "the derive generates the same call for every type"
    )]
    fn methods_are_selected_by_the_bounds_of_the_type() {
        assert!((&Compare::of(get::<Opaque>)).__dflag_equality().is_none());
        assert!((&Compare::of(get::<Opaque>)).__dflag_texts().is_none());
        assert!((&Compare::of(get::<Vec<Opaque>>)).__dflag_texts().is_none());
        let equality = (&Compare::of(get::<f64>)).__dflag_equality().unwrap();
        assert!(equality(&0.5, &0.5) && !equality(&f64::NAN, &f64::NAN));
        let one = (&Compare::of(get::<f64>)).__dflag_texts().unwrap();
        assert_eq!(one(&0.50, Form::Displayed).unwrap(), ["0.5"]);
        let option = (&Compare::of(get::<Option<u8>>)).__dflag_texts().unwrap();
        let option = |value| option(value, Form::Displayed).unwrap();
        assert_eq!(
            (option(&None).len(), option(&Some(7))),
            (0, vec!["7".to_owned()])
        );
        let many = (&Compare::of(get::<Vec<u8>>)).__dflag_texts().unwrap();
        assert_eq!(many(&vec![1, 2], Form::Displayed).unwrap(), ["1", "2"]);
        let both = (&Compare::of(get::<Option<Vec<u8>>>))
            .__dflag_texts()
            .unwrap();
        assert_eq!(
            both(&Some(vec![1, 2]), Form::Displayed).unwrap(),
            ["1", "2"]
        );
        let nested = (&Compare::of(get::<Option<Option<u8>>>))
            .__dflag_texts()
            .unwrap();
        assert_eq!(nested(&Some(Some(7)), Form::Displayed).unwrap(), ["7"]);
    }
}
