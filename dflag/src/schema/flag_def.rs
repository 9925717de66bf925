//! What a struct's field declares about its flag, without the struct's type.

use std::any::Any;
use std::fmt;

use clap::{ArgMatches, Id};

use crate::read::snapshot::Value;

/// Whether a flag may change while the program runs.
///
/// Its names, for [`Display`](fmt::Display), [`FromStr`](std::str::FromStr) and
/// [`ValueEnum`](clap::ValueEnum), are `static` and `dynamic`.
///
/// ```
/// use dflag::FlagKind;
///
/// assert_eq!(FlagKind::Dynamic.to_string(), "dynamic");
/// assert_eq!("static".parse(), Ok(FlagKind::Static));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlagKind {
    /// Fixed once the program has started.
    Static,
    /// May change at any time.
    Dynamic,
}

/// How many values a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One.
    One,
    /// One or none.
    Optional,
    /// Any number.
    Many,
}

/// Takes a field's value from what clap parsed; `None` if there is none of the field's type.
pub(crate) type Take = fn(&ArgMatches, &str) -> Option<Value>;

/// Makes the `None` of an optional field.
pub(crate) type Unset = fn() -> Value;

/// A check of one value of the field's type.
pub(crate) type Check = Box<dyn Fn(&dyn Any) -> Result<(), String> + Send + Sync>;

/// Whether two values of the field's type are equal.
pub(crate) type Equal = Box<dyn Fn(&dyn Any, &dyn Any) -> bool + Send + Sync>;

/// A text for each of the values that a value of the field's type holds.
pub(crate) type Texts = Box<dyn Fn(&dyn Any) -> Option<Vec<String>> + Send + Sync>;

/// What a field declares about its flag.
pub(crate) struct FlagDef {
    pub(crate) id: Id,
    pub(crate) kind: FlagKind,
    pub(crate) shape: Shape,
    pub(crate) secret: bool,
    pub(crate) trim: bool,
    pub(crate) take: Take,
    /// `None` if the field is no `Option`.
    pub(crate) unset: Option<Unset>,
    pub(crate) checks: Vec<Check>,
    /// `None` if the type has no equality; values are then equal if their texts are.
    pub(crate) equal: Option<Equal>,
    /// `None` if the type can't be written as text.
    pub(crate) texts: Option<Texts>,
}

impl FlagDef {
    pub(crate) fn new(id: Id, take: Take) -> Self {
        Self {
            id,
            kind: FlagKind::Static,
            shape: Shape::One,
            secret: false,
            trim: true,
            take,
            unset: None,
            checks: Vec::new(),
            equal: None,
            texts: None,
        }
    }

    /// Takes the value from what clap parsed; `None` if there is none of the field's type.
    pub(crate) fn take(&self, matches: &ArgMatches) -> Option<Value> {
        (self.take)(matches, self.id.as_str())
    }

    /// The field's `None`; `None` if the field is no `Option`.
    pub(crate) fn unset(&self) -> Option<Value> {
        self.unset.map(|unset| unset())
    }

    /// The reasons for which the flag's own checks reject a value.
    pub(crate) fn check(&self, value: &dyn Any) -> Vec<String> {
        let checks = self.checks.iter();
        checks.filter_map(|check| check(value).err()).collect()
    }

    /// Whether two values are known to be equal.
    pub(crate) fn equal(&self, one: &dyn Any, other: &dyn Any) -> bool {
        self.equal.as_ref().is_some_and(|equal| equal(one, other))
    }
}

impl fmt::Debug for FlagDef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlagDef")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
