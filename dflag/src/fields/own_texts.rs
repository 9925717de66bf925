//! How fields whose type is of [`value`](crate::value) are written: not by `Display`.
//!
//! Only the expansion refers to these, so a program without such fields does not contain their code.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::fields::compare::{Compare, Texts};
use crate::value::{Fraction, fraction_text, map_text};

// An inherent method takes precedence over the traits of `compare`. A fraction's `Display` shows the text that it
// was parsed from, so equal fractions may be displayed differently.

#[doc(hidden)]
impl Compare<Fraction> {
    pub fn __dflag_texts(&self) -> Option<Texts<Fraction>> {
        Some(|value| vec![fraction_text(value)])
    }
}

#[doc(hidden)]
impl Compare<Option<Fraction>> {
    pub fn __dflag_texts(&self) -> Option<Texts<Option<Fraction>>> {
        Some(|value| value.iter().map(fraction_text).collect())
    }
}

#[doc(hidden)]
impl Compare<Option<Option<Fraction>>> {
    pub fn __dflag_texts(&self) -> Option<Texts<Option<Option<Fraction>>>> {
        Some(|value| value.iter().flatten().map(fraction_text).collect())
    }
}

#[doc(hidden)]
impl Compare<Vec<Fraction>> {
    pub fn __dflag_texts(&self) -> Option<Texts<Vec<Fraction>>> {
        Some(|value| value.iter().map(fraction_text).collect())
    }
}

#[doc(hidden)]
impl Compare<Option<Vec<Fraction>>> {
    pub fn __dflag_texts(&self) -> Option<Texts<Option<Vec<Fraction>>>> {
        Some(|value| value.iter().flatten().map(fraction_text).collect())
    }
}

/// Implemented if `T` is a map of types that implement `Display`.
pub trait DisplayMap<T> {
    /// The function that writes a value.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<K: Display, V: Display> DisplayMap<BTreeMap<K, V>> for Compare<BTreeMap<K, V>> {
    fn __dflag_texts(&self) -> Option<Texts<BTreeMap<K, V>>> {
        Some(|map| vec![map_text(&entries(map))])
    }
}

/// Implemented if `T` is an option of a map of types that implement `Display`.
pub trait DisplayOptionMap<T> {
    /// The function that writes a value.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<K: Display, V: Display> DisplayOptionMap<Option<BTreeMap<K, V>>>
    for Compare<Option<BTreeMap<K, V>>>
{
    fn __dflag_texts(&self) -> Option<Texts<Option<BTreeMap<K, V>>>> {
        Some(|map| map.iter().map(|map| map_text(&entries(map))).collect())
    }
}

fn entries<K: Display, V: Display>(map: &BTreeMap<K, V>) -> Vec<(String, String)> {
    let entries = map.iter();
    entries
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::fields::compare::{Compare, NoDisplay as _};
    #[expect(
        unused_imports,
        reason = "the inherent methods take precedence over these"
    )]
    use crate::fields::compare::{DisplayOne as _, DisplayOption as _};
    use crate::fields::own_texts::{DisplayMap as _, DisplayOptionMap as _};
    use crate::value::Fraction;

    fn get<T>(value: &T) -> &T {
        value
    }

    #[test]
    #[expect(
        clippy::needless_borrow,
        reason = "the derive generates the same call for every type"
    )]
    fn own_types_are_not_written_by_their_display() {
        let quarter: Fraction = "25%".parse().unwrap();
        let one = (&Compare::of(get::<Fraction>)).__dflag_texts().unwrap();
        assert_eq!(one(&quarter), ["0.25"]);
        let option = (&Compare::of(get::<Option<Fraction>>)).__dflag_texts();
        assert_eq!(option.unwrap()(&Some(quarter)), ["0.25"]);
        let map = BTreeMap::from([("b", 2), ("a", 1)]);
        let one = (&Compare::of(get::<BTreeMap<&str, i32>>)).__dflag_texts();
        assert_eq!(one.unwrap()(&map), ["a=1,b=2"]);
        let option = (&Compare::of(get::<Option<BTreeMap<&str, i32>>>)).__dflag_texts();
        assert_eq!(option.unwrap()(&Some(map)), ["a=1,b=2"]);
        let opaque = (&Compare::of(get::<BTreeMap<u8, Option<u8>>>)).__dflag_texts();
        assert!(opaque.is_none());
    }
}
