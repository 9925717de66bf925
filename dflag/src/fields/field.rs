//! The declaration of a field, which the derive generates.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::sync::Arc;

use clap::{ArgMatches, Id};

use crate::fields::check::BoundedCheck;
use crate::fields::compare::{Equality, Texts};
use crate::fields::value::{FlagValue, TakesSalt};
use crate::read::snapshot::Value;
use crate::schema::bounds::Bounds;
use crate::schema::flag_def::{Augment, Equal, FlagDef, FlagKind, Shape, Take, Texts as AnyTexts};

/// A field of type `F` that was declared.
///
/// It does not depend on the type of the struct: the compiler would instantiate it once for each struct.
pub struct Field<'f, F> {
    def: &'f mut FlagDef,
    of: PhantomData<fn(F)>,
}

/// The fields that were declared before, to which a new one is added.
pub(crate) struct Declared<'f> {
    pub(crate) defs: &'f mut Vec<FlagDef>,
    /// Adds the arguments of the struct to a command.
    pub(crate) augment: Option<Augment>,
}

// `'static` alone: the constructor reports a type that is no `FlagValue`, once.
impl<'f, F: 'static> Field<'f, F> {
    /// Makes the flag dynamic.
    #[must_use]
    pub fn dynamic(self) -> Self {
        self.def.kind = FlagKind::Dynamic;
        self
    }

    /// Marks the flag as secret: its value is never shown.
    #[must_use]
    pub fn secret(self) -> Self {
        self.def.secret = true;
        self
    }

    /// Marks the parser as the program's own, which is not asked for bounds.
    #[must_use]
    pub fn own_parser(self) -> Self {
        self.def.own_parser = true;
        self
    }

    /// Keeps the white space around a value.
    #[must_use]
    pub fn keep_white_space(self) -> Self {
        self.def.trim = false;
        self
    }

    /// Sets the salt of a fraction, which is otherwise the flag's name.
    #[must_use]
    pub fn salt(self, salt: &'static str) -> Self
    where
        F: TakesSalt,
    {
        self.def.metadata_mut().salt = Some(salt);
        self
    }

    /// Sets the unit of the value, for people.
    #[must_use]
    pub fn unit(self, unit: &'static str) -> Self {
        self.def.metadata_mut().unit = Some(unit);
        self
    }

    /// Marks the flag as deprecated, and says what to use instead.
    #[must_use]
    pub fn deprecated(self, remedy: &'static str) -> Self {
        self.def.metadata_mut().deprecated = Some(remedy);
        self
    }

    /// Adds a check of the value.
    #[must_use]
    pub fn check(self, check: BoundedCheck) -> Self {
        self.def.checks.push(check.check);
        if check.bounds != Bounds::default() {
            let bounds = &mut self.def.metadata_mut().bounds;
            *bounds = mem::take(bounds).and(check.bounds);
        }
        self
    }

    /// Sets how values are compared and written, if their type allows it.
    pub fn compared(self, equality: Option<Equality<F>>, texts: Option<Texts<F>>) {
        self.def.equal = equality.map(any_equality);
        self.def.texts = texts.map(any_texts);
    }

    #[expect(clippy::indexing_slicing, reason = "the last one was just added")]
    fn new<T: 'static>(declared: Declared<'f>, id: Id, take: Take) -> Self {
        let Declared { defs, augment } = declared;
        let mut def = FlagDef::new(id, Some(type_name::<F>()), TypeId::of::<T>(), take);
        def.augment = augment;
        defs.push(def);
        let last = defs.len() - 1;
        Self {
            def: &mut defs[last],
            of: PhantomData,
        }
    }
}

impl<'f, F: FlagValue> Field<'f, F> {
    /// A field that always has one value.
    pub(crate) fn one(declared: Declared<'f>, id: Id) -> Self {
        Self::new::<F>(declared, id, take_one::<F>)
    }
}

impl<'f, T: FlagValue> Field<'f, Option<T>> {
    /// A field that has at most one value.
    pub(crate) fn optional(declared: Declared<'f>, id: Id) -> Self {
        let take: Take = |matches, id| {
            let value: Option<&T> = matches.try_get_one(id).ok()?;
            Some(Arc::new(value.cloned()))
        };
        let field = Self::new::<T>(declared, id, take);
        field.def.shape = Shape::Optional;
        field.def.unset = Some(|| Arc::new(None::<T>));
        field.def.is_unset = is_unset::<T>;
        field
    }
}

impl<'f, T: FlagValue> Field<'f, Option<Option<T>>> {
    /// A field whose flag takes an optional value.
    pub(crate) fn optional_optional(declared: Declared<'f>, id: Id) -> Self {
        let take: Take = |matches, id| {
            let value: Option<&T> = matches.try_get_one(id).ok()?;
            Some(Arc::new(Some(value.cloned())))
        };
        let field = Self::new::<T>(declared, id, take);
        field.def.unset = Some(|| Arc::new(None::<Option<T>>));
        field.def.is_unset = is_unset::<Option<T>>;
        field
    }
}

impl<'f, T: FlagValue> Field<'f, Vec<T>> {
    /// A field that has any number of values.
    pub(crate) fn many(declared: Declared<'f>, id: Id) -> Self {
        let take: Take = |matches, id| Some(Arc::new(take_many::<T>(matches, id)?));
        let field = Self::new::<T>(declared, id, take);
        field.def.shape = Shape::Many;
        field.def.split = Some(|value| split(value.downcast_ref(), |one: Vec<T>| one));
        field
    }
}

impl<'f, T: FlagValue> Field<'f, Option<Vec<T>>> {
    /// A field that has any number of values, or is not set.
    pub(crate) fn optional_many(declared: Declared<'f>, id: Id) -> Self {
        let take: Take = |matches, id| Some(Arc::new(Some(take_many::<T>(matches, id)?)));
        let field = Self::new::<T>(declared, id, take);
        field.def.shape = Shape::OptionalMany;
        field.def.split = Some(|value| {
            let list: Option<&Option<Vec<T>>> = value.downcast_ref();
            split(list.and_then(Option::as_ref), Some)
        });
        field.def.unset = Some(|| Arc::new(None::<Vec<T>>));
        field.def.is_unset = is_unset::<Vec<T>>;
        field
    }
}

impl<F> fmt::Debug for Field<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.def.fmt(f)
    }
}

fn any_equality<F: 'static>(equal: Equality<F>) -> Equal {
    Box::new(move |one, other| {
        let values = (one.downcast_ref(), other.downcast_ref());
        matches!(values, (Some(one), Some(other)) if equal(one, other))
    })
}

fn any_texts<F: 'static>(texts: Texts<F>) -> AnyTexts {
    Box::new(move |value, form| texts(value.downcast_ref()?, form))
}

// Cloning a value is cheaper than moving it out with clap's `remove_one`.

fn take_one<T: FlagValue>(matches: &ArgMatches, id: &str) -> Option<Value> {
    let value: &T = matches.try_get_one(id).ok()??;
    Some(Arc::new(value.clone()))
}

fn take_many<T: FlagValue>(matches: &ArgMatches, id: &str) -> Option<Vec<T>> {
    let values = matches.try_get_many(id).ok()?;
    Some(values.into_iter().flatten().cloned().collect())
}

/// Lists of one member each, as `field` has them.
fn split<T: FlagValue, F: Any + Send + Sync>(
    list: Option<&Vec<T>>,
    field: fn(Vec<T>) -> F,
) -> Vec<Value> {
    let members = list.into_iter().flatten();
    let one = |member: &T| Arc::new(field(vec![member.clone()])) as Value;
    members.map(one).collect()
}

fn is_unset<T: 'static>(value: &dyn Any) -> bool {
    value.downcast_ref().is_some_and(Option::<T>::is_none)
}
