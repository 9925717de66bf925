//! Fields: how one field of a struct is taken from clap, checked, assigned and compared.
//!
//! The derive names a field once, by two accessors; all that is done with it is done here.
//! A field knows neither layers nor readers.

use std::any::Any;
use std::fmt::{self, Display};
use std::sync::Arc;

use clap::{ArgMatches, Id};

use crate::snapshot::Value;
use crate::{DynamicFlags, FlagKind};

/// What clap asks of a value, and so do we.
pub trait Flag: Any + Clone + Send + Sync {}

impl<T: Any + Clone + Send + Sync> Flag for T {}

/// The fields of a struct, in the order of declaration, and the rules across them.
pub struct Fields<A> {
    pub(crate) flags: Vec<Box<dyn Access<A>>>,
    pub(crate) rules: Vec<Rule<A>>,
}

/// A rule across the fields of `A`.
pub(crate) type Rule<A> = Box<dyn Fn(&A) -> Result<(), String> + Send + Sync>;

/// A check of one field's value.
type Check = Box<dyn Fn(&dyn Any) -> Result<(), String> + Send + Sync>;

/// Takes a field's value from what clap parsed; `None` if there is none of the field's type.
type Take = fn(&ArgMatches, &str) -> Option<Value>;

impl<A: 'static> Fields<A> {
    /// No fields.
    #[expect(clippy::new_without_default, reason = "only the derive makes one")]
    pub fn new() -> Self {
        Self {
            flags: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// Adds a field that is a clap argument.
    #[must_use]
    pub fn field<F: Flag>(mut self, field: Field<A, F>) -> Self {
        self.flags.push(Box::new(field));
        self
    }

    /// Adds the fields and rules of a flattened struct.
    #[must_use]
    pub fn nested<B: DynamicFlags>(
        mut self,
        get: fn(&A) -> &B,
        get_mut: fn(&mut A) -> &mut B,
    ) -> Self {
        let nested = B::fields();
        for inner in nested.flags {
            self.flags.push(Box::new(Nested {
                inner,
                get,
                get_mut,
            }));
        }
        for rule in nested.rules {
            self.rules.push(Box::new(move |args| rule(get(args))));
        }
        self
    }

    /// Adds a rule across the fields.
    #[must_use]
    pub fn rule<E: Display>(
        mut self,
        rule: impl Fn(&A) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.rules.push(Box::new(move |args| {
            rule(args).map_err(|error| error.to_string())
        }));
        self
    }
}

impl<A> fmt::Debug for Fields<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.flags.iter().map(|field| &field.traits().id);
        f.debug_list().entries(ids).finish()
    }
}

/// What is known of a field without its type.
#[derive(Clone, Debug)]
pub(crate) struct Traits {
    pub(crate) id: Id,
    /// Whether it holds any number of values.
    pub(crate) many: bool,
    pub(crate) kind: FlagKind,
    pub(crate) secret: bool,
    pub(crate) trim: bool,
}

/// What a field is and does apart from the struct that it is in.
///
/// The compiler makes all that names a struct and a type anew for each pair of them, so what can
/// be said without them is said here.
pub(crate) struct About {
    traits: Traits,
    take: Take,
    checks: Vec<Check>,
}

impl About {
    fn new(id: Id, take: Take) -> Self {
        Self {
            traits: Traits {
                id,
                many: false,
                kind: FlagKind::Static,
                secret: false,
                trim: true,
            },
            take,
            checks: Vec::new(),
        }
    }

    fn of_many(mut self) -> Self {
        self.traits.many = true;
        self
    }

    fn take(&self, matches: &ArgMatches) -> Option<Value> {
        (self.take)(matches, self.traits.id.as_str())
    }

    fn check(&self, value: &dyn Any) -> Vec<String> {
        let checks = self.checks.iter();
        checks.filter_map(|check| check(value).err()).collect()
    }
}

/// A field of type `F` in a struct `A`.
pub struct Field<A, F> {
    about: About,
    get: fn(&A) -> &F,
    get_mut: fn(&mut A) -> &mut F,
    equality: Option<fn(&F, &F) -> bool>,
}

impl<A, F: Flag> Field<A, F> {
    /// A field that always has one value.
    pub fn one(id: impl Into<Id>, get: fn(&A) -> &F, get_mut: fn(&mut A) -> &mut F) -> Self {
        Self::new(About::new(id.into(), take_one::<F>), get, get_mut)
    }

    /// Makes the flag dynamic. Its values are compared by `equality`, where their type can be.
    #[must_use]
    pub fn dynamic(mut self, equality: Option<fn(&F, &F) -> bool>) -> Self {
        self.about.traits.kind = FlagKind::Dynamic;
        self.equality = equality;
        self
    }

    /// Never shows a value of the flag.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.about.traits.secret = true;
        self
    }

    /// Keeps the white space around a value.
    #[must_use]
    pub fn keep_white_space(mut self) -> Self {
        self.about.traits.trim = false;
        self
    }

    /// Adds a check of the value.
    #[must_use]
    pub fn check<E: Display>(
        mut self,
        check: impl Fn(&F) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.about.checks.push(Box::new(move |value| {
            let Some(value) = value.downcast_ref() else {
                return Ok(());
            };
            check(value).map_err(|error| error.to_string())
        }));
        self
    }

    fn new(about: About, get: fn(&A) -> &F, get_mut: fn(&mut A) -> &mut F) -> Self {
        Self {
            about,
            get,
            get_mut,
            equality: None,
        }
    }
}

impl<A, T: Flag> Field<A, Option<T>> {
    /// A field that has one value or none.
    pub fn optional(
        id: impl Into<Id>,
        get: fn(&A) -> &Option<T>,
        get_mut: fn(&mut A) -> &mut Option<T>,
    ) -> Self {
        let take: Take = |matches, id| {
            let value: Option<&T> = matches.try_get_one(id).ok()?;
            Some(Arc::new(value.cloned()))
        };
        Self::new(About::new(id.into(), take), get, get_mut)
    }
}

impl<A, T: Flag> Field<A, Option<Option<T>>> {
    /// A field whose flag may stand alone or with a value.
    pub fn optional_optional(
        id: impl Into<Id>,
        get: fn(&A) -> &Option<Option<T>>,
        get_mut: fn(&mut A) -> &mut Option<Option<T>>,
    ) -> Self {
        let take: Take = |matches, id| {
            let value: Option<&T> = matches.try_get_one(id).ok()?;
            Some(Arc::new(Some(value.cloned())))
        };
        Self::new(About::new(id.into(), take), get, get_mut)
    }
}

impl<A, T: Flag> Field<A, Vec<T>> {
    /// A field that has any number of values.
    pub fn many(
        id: impl Into<Id>,
        get: fn(&A) -> &Vec<T>,
        get_mut: fn(&mut A) -> &mut Vec<T>,
    ) -> Self {
        let take: Take = |matches, id| Some(Arc::new(take_many::<T>(matches, id)?));
        Self::new(About::new(id.into(), take).of_many(), get, get_mut)
    }
}

impl<A, T: Flag> Field<A, Option<Vec<T>>> {
    /// A field that has any number of values, or is not set.
    pub fn optional_many(
        id: impl Into<Id>,
        get: fn(&A) -> &Option<Vec<T>>,
        get_mut: fn(&mut A) -> &mut Option<Vec<T>>,
    ) -> Self {
        let take: Take = |matches, id| Some(Arc::new(Some(take_many::<T>(matches, id)?)));
        Self::new(About::new(id.into(), take).of_many(), get, get_mut)
    }
}

// A copy costs less than what clap does to give the value itself away.

fn take_one<T: Flag>(matches: &ArgMatches, id: &str) -> Option<Value> {
    let value: &T = matches.try_get_one(id).ok()??;
    Some(Arc::new(value.clone()))
}

fn take_many<T: Flag>(matches: &ArgMatches, id: &str) -> Option<Vec<T>> {
    let values = matches.try_get_many(id).ok()?;
    Some(values.into_iter().flatten().cloned().collect())
}

impl<A, F> fmt::Debug for Field<A, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.about.traits.fmt(f)
    }
}

/// A field of `A`, whatever its type.
pub(crate) trait Access<A>: Send + Sync {
    fn about(&self) -> &About;

    fn get<'a>(&self, args: &'a A) -> &'a dyn Any;

    fn assign(&self, args: &mut A, value: &Value);

    /// Whether the values are known to be equal.
    fn equal(&self, one: &A, other: &A) -> bool;
}

impl<A> dyn Access<A> {
    pub(crate) fn traits(&self) -> &Traits {
        &self.about().traits
    }

    /// Takes the value from what clap parsed; `None` if there is none of the field's type.
    pub(crate) fn take(&self, matches: &ArgMatches) -> Option<Value> {
        self.about().take(matches)
    }

    /// What the field's own checks have against the value.
    pub(crate) fn check(&self, value: &dyn Any) -> Vec<String> {
        self.about().check(value)
    }
}

impl<A, F: Flag> Access<A> for Field<A, F> {
    fn about(&self) -> &About {
        &self.about
    }

    fn get<'a>(&self, args: &'a A) -> &'a dyn Any {
        (self.get)(args)
    }

    fn assign(&self, args: &mut A, value: &Value) {
        if let Some(value) = value.downcast_ref::<F>() {
            (self.get_mut)(args).clone_from(value);
        }
    }

    fn equal(&self, one: &A, other: &A) -> bool {
        match self.equality {
            Some(equal) => equal((self.get)(one), (self.get)(other)),
            None => false,
        }
    }
}

/// A field of a struct `B` that is a field of `A`.
struct Nested<A, B> {
    inner: Box<dyn Access<B>>,
    get: fn(&A) -> &B,
    get_mut: fn(&mut A) -> &mut B,
}

impl<A, B: 'static> Access<A> for Nested<A, B> {
    fn about(&self) -> &About {
        self.inner.about()
    }

    fn get<'a>(&self, args: &'a A) -> &'a dyn Any {
        self.inner.get((self.get)(args))
    }

    fn assign(&self, args: &mut A, value: &Value) {
        self.inner.assign((self.get_mut)(args), value);
    }

    fn equal(&self, one: &A, other: &A) -> bool {
        self.inner.equal((self.get)(one), (self.get)(other))
    }
}
