//! How fields are written whose types have no `Display`, or one that writes equal values differently.
//!
//! Only the expansion refers to these, so a program without such fields does not contain their code.

use std::any::Any;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;

use crate::fields::compare::{Compare, Texts};
use crate::schema::flag_def::Form;
use crate::value::{Fraction, fraction_text, map_text};

/// Implements the method of the traits of `compare` for fields of a type. An inherent method takes precedence.
macro_rules! own_texts {
    ($($type:ty: $text:expr;)*) => {$(
        own_texts!(@field $type, $text, |value: &$type| [value]);
        own_texts!(@field Option<$type>, $text, |value: &Option<$type>| value.iter());
        own_texts!(@field Option<Option<$type>>, $text, |value: &Option<Option<$type>>| value.iter().flatten());
        own_texts!(@field Vec<$type>, $text, |value: &Vec<$type>| value);
        own_texts!(@field Option<Vec<$type>>, $text, |value: &Option<Vec<$type>>| value.iter().flatten());
    )*};
    (@field $field:ty, $text:expr, |$value:ident: $_:ty| $values:expr) => {
        #[doc(hidden)]
        impl Compare<$field> {
            pub fn __dflag_texts(&self) -> Option<Texts<$field>> {
                Some(|$value, form| {
                    let mut texts = Vec::new();
                    for value in $values {
                        texts.push($text(value, form)?);
                    }
                    Some(texts)
                })
            }
        }
    };
}

own_texts! {
    Fraction: |value, form| Some(one(value, form));
    PathBuf: |value: &PathBuf, _| value.to_str().map(str::to_owned);
    OsString: |value: &OsString, _| value.to_str().map(str::to_owned);
}

/// The text of a value. Not every type's `Display` writes the same for equal values: a fraction's writes what it
/// was parsed from, and that of a float tells the two zeros apart.
fn one<T: Display + Any>(value: &T, form: Form) -> String {
    if form == Form::Canonical {
        let value: &dyn Any = value;
        if let Some(fraction) = value.downcast_ref() {
            return fraction_text(fraction);
        }
        let is_zero =
            value.downcast_ref() == Some(&0.0_f64) || value.downcast_ref() == Some(&0.0_f32);
        if is_zero {
            return "0".to_owned();
        }
    }
    value.to_string()
}

/// Implemented if `T` is a map of types that implement `Display`, or a list of such maps.
pub trait DisplayMap<T> {
    /// The function that writes a value.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<K: Display + Any, V: Display + Any> DisplayMap<BTreeMap<K, V>> for Compare<BTreeMap<K, V>> {
    fn __dflag_texts(&self) -> Option<Texts<BTreeMap<K, V>>> {
        Some(|map, form| Some(texts(map, form)))
    }
}

impl<K: Display + Any, V: Display + Any> DisplayMap<Vec<BTreeMap<K, V>>>
    for Compare<Vec<BTreeMap<K, V>>>
{
    fn __dflag_texts(&self) -> Option<Texts<Vec<BTreeMap<K, V>>>> {
        Some(|maps, form| Some(maps.iter().flat_map(|map| texts(map, form)).collect()))
    }
}

impl<K: Display + Any, V: Display + Any> DisplayMap<Option<Vec<BTreeMap<K, V>>>>
    for Compare<Option<Vec<BTreeMap<K, V>>>>
{
    fn __dflag_texts(&self) -> Option<Texts<Option<Vec<BTreeMap<K, V>>>>> {
        Some(|maps, form| {
            let maps = maps.iter().flatten();
            Some(maps.flat_map(|map| texts(map, form)).collect())
        })
    }
}

/// Implemented if `T` is an option of a map of types that implement `Display`.
pub trait DisplayOptionMap<T> {
    /// The function that writes a value.
    fn __dflag_texts(&self) -> Option<Texts<T>>;
}

impl<K: Display + Any, V: Display + Any> DisplayOptionMap<Option<BTreeMap<K, V>>>
    for Compare<Option<BTreeMap<K, V>>>
{
    fn __dflag_texts(&self) -> Option<Texts<Option<BTreeMap<K, V>>>> {
        Some(|map, form| Some(map.iter().flat_map(|map| texts(map, form)).collect()))
    }
}

fn texts<K: Display + Any, V: Display + Any>(map: &BTreeMap<K, V>, form: Form) -> Vec<String> {
    let entries = map.iter();
    let entries = entries.map(|(key, value)| (one(key, form), one(value, form)));
    if form == Form::Parts {
        return entries.flat_map(<[String; 2]>::from).collect();
    }
    vec![map_text(&entries.collect::<Vec<_>>())]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use crate::fields::compare::{Compare, NoDisplay as _};
    #[expect(
        unused_imports,
        reason = "the inherent methods take precedence over these"
    )]
    use crate::fields::compare::{DisplayOne as _, DisplayOption as _};
    use crate::fields::own_texts::{DisplayMap as _, DisplayOptionMap as _};
    use crate::schema::flag_def::Form;
    use crate::value::Fraction;

    fn get<T>(value: &T) -> &T {
        value
    }

    #[test]
    #[expect(
        clippy::needless_borrow,
        reason = "the derive generates the same call for every type"
    )]
    fn equal_values_have_one_canonical_text() {
        let texts = |form| {
            let quarter: Fraction = "25%".parse().unwrap();
            let one = (&Compare::of(get::<Fraction>)).__dflag_texts().unwrap();
            let option = (&Compare::of(get::<Option<Fraction>>)).__dflag_texts();
            let map = (&Compare::of(get::<BTreeMap<&str, Fraction>>)).__dflag_texts();
            let maps = (&Compare::of(get::<Vec<BTreeMap<&str, Fraction>>>)).__dflag_texts();
            let fractions = BTreeMap::from([("b", "50%".parse().unwrap()), ("a", quarter.clone())]);
            [
                one(&quarter, form),
                option.unwrap()(&Some(quarter), form),
                map.unwrap()(&fractions, form),
                maps.unwrap()(&vec![fractions], form),
            ]
            .map(|texts| texts.unwrap().remove(0))
        };
        assert_eq!(
            texts(Form::Displayed),
            ["25%", "25%", "a=25%,b=50%", "a=25%,b=50%"]
        );
        assert_eq!(
            texts(Form::Canonical),
            ["0.25", "0.25", "a=0.25,b=0.5", "a=0.25,b=0.5"]
        );
        let map = BTreeMap::from([("a", -0.0_f64)]);
        let option = (&Compare::of(get::<Option<BTreeMap<&str, f64>>>)).__dflag_texts();
        let option = option.unwrap();
        assert_eq!(
            option(&Some(map.clone()), Form::Canonical).unwrap(),
            ["a=0"]
        );
        assert_eq!(option(&Some(map), Form::Displayed).unwrap(), ["a=-0"]);
        let path = (&Compare::of(get::<PathBuf>)).__dflag_texts().unwrap();
        assert_eq!(path(&"/a".into(), Form::Displayed).unwrap(), ["/a"]);
        let opaque = (&Compare::of(get::<BTreeMap<u8, Option<u8>>>)).__dflag_texts();
        assert!(opaque.is_none());
    }
}
