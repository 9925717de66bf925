//! The declaration of a struct's fields, which the derive generates.

use std::any::{Any, TypeId, type_name};
use std::fmt::{self, Display};
use std::mem;
use std::sync::Arc;

use clap::{ArgMatches, Id};

use crate::fields::check::BoundedCheck;
use crate::fields::compare::{Equality, Texts};
use crate::fields::finish::{Finish, Finished};
use crate::fields::value::{FlagValue, TakesSalt};
use crate::read::snapshot::Value;
use crate::schema::bounds::Bounds;
use crate::schema::flag_def::{Augment, Equal, FlagDef, FlagKind, Shape, Take, Texts as AnyTexts};
use crate::schema::help_marks;

/// The fields of a struct, in the order of declaration, and the rules across them.
pub struct Fields<A> {
    pub(crate) flags: Vec<(FlagDef, Box<dyn Access<A>>)>,
    pub(crate) rules: Vec<Rule<A>>,
    /// Those of flattened structs come before that of the struct that has them.
    pub(crate) finish: Vec<Finish<A>>,
    /// Flattened structs without fields of their own whose values may be shown.
    pub(crate) shown: Vec<Shown<A>>,
    /// Whether some belong to a subcommand.
    pub(crate) has_subcommand: bool,
    /// Adds the arguments of `A` to a command; `None` for an enum of subcommands.
    augment: Option<Augment>,
}

/// A flattened struct that does not derive `DynamicFlags`, and whose values may be shown.
pub(crate) struct Shown<A> {
    pub(crate) depth: usize,
    pub(crate) augment: Augment,
    /// Whether it is a part of the struct: its subcommand may not have been chosen.
    pub(crate) is_part: Box<dyn Fn(&A) -> bool>,
}

/// A rule across the fields of `A`.
pub(crate) type Rule<A> = Box<dyn Fn(&A) -> Result<(), String> + Send + Sync>;

impl<A: clap::Args + 'static> Fields<A> {
    /// Starts with no fields of a struct.
    pub fn of_struct() -> Self {
        Self {
            augment: Some(A::augment_args),
            ..Self::new()
        }
    }
}

impl<A: 'static> Fields<A> {
    /// Starts with no fields.
    #[expect(clippy::new_without_default, reason = "only the derive makes one")]
    pub fn new() -> Self {
        Self {
            flags: Vec::new(),
            rules: Vec::new(),
            finish: Vec::new(),
            shown: Vec::new(),
            has_subcommand: false,
            augment: None,
        }
    }

    /// Adds a field that is a clap argument.
    #[must_use]
    pub fn field<F: Any + Clone>(mut self, field: Field<A, F>) -> Self {
        let def = FlagDef {
            augment: self.augment,
            ..field.def
        };
        self.flags.push((def, Box::new(field.accessors)));
        self
    }

    /// Adds the fields and rules of a flattened struct.
    #[must_use]
    pub fn nested<B: 'static>(
        self,
        nested: Fields<B>,
        get: fn(&A) -> &B,
        get_mut: fn(&mut A) -> &mut B,
    ) -> Self {
        self.part(
            nested,
            move |args| Some(get(args)),
            move |args| Some(get_mut(args)),
        )
    }

    /// Adds the fields and rules of a part that may be absent: the struct of a subcommand that may not
    /// have been chosen.
    #[must_use]
    pub fn chosen<B: 'static>(
        self,
        nested: Fields<B>,
        get: fn(&A) -> Option<&B>,
        get_mut: fn(&mut A) -> Option<&mut B>,
    ) -> Self {
        self.part(nested, get, get_mut)
    }

    fn part<B: 'static>(
        mut self,
        nested: Fields<B>,
        get: impl Fn(&A) -> Option<&B> + Copy + Send + Sync + 'static,
        get_mut: impl Fn(&mut A) -> Option<&mut B> + Copy + Send + Sync + 'static,
    ) -> Self {
        for (def, inner) in nested.flags {
            let access = PartAccess {
                inner,
                get,
                get_mut,
            };
            self.flags.push((def, Box::new(access)));
        }
        self.has_subcommand |= nested.has_subcommand;
        for rule in nested.rules {
            self.rules
                .push(Box::new(move |args| get(args).map_or(Ok(()), &rule)));
        }
        for finish in nested.finish {
            self.finish
                .push(Box::new(move |args| get_mut(args).map_or(Ok(()), &finish)));
        }
        for Shown {
            depth,
            augment,
            is_part,
        } in nested.shown
        {
            self.shown.push(Shown {
                depth,
                augment,
                is_part: Box::new(move |args| get(args).is_some_and(&is_part)),
            });
        }
        self
    }

    /// Makes the fields those of a subcommand.
    #[must_use]
    pub fn subcommand(mut self) -> Self {
        for (def, _) in &mut self.flags {
            def.depth += 1;
        }
        for shown in &mut self.shown {
            shown.depth += 1;
        }
        self.has_subcommand = true;
        self
    }

    /// Makes `--help` say which of the fields are dynamic.
    #[must_use]
    pub fn mark_dynamic(mut self) -> Self {
        for (def, _) in &mut self.flags {
            def.mark_help = Some(help_marks::MARKS);
        }
        self
    }

    /// Shows the values of the arguments that `augment` adds: those of a flattened struct that has no fields
    /// here.
    #[must_use]
    pub fn shown(mut self, augment: Augment) -> Self {
        self.shown.push(Shown {
            depth: 0,
            augment,
            is_part: Box::new(|_| true),
        });
        self
    }

    /// Drops the fields of subcommands that were not chosen, and moves those of the chosen ones after
    /// the others.
    pub(crate) fn retain_chosen(&mut self, args: &A) {
        self.shown.retain(|shown| (shown.is_part)(args));
        for flag in mem::take(&mut self.flags) {
            let (def, access) = &flag;
            if access.get(args).is_some() {
                let after = |(other, _): &(FlagDef, _)| other.depth <= def.depth;
                let position = self.flags.partition_point(after);
                self.flags.insert(position, flag);
            }
        }
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

    /// Adds a function that edits each candidate before it is judged.
    #[must_use]
    pub fn finish<R: Finished>(
        mut self,
        finish: impl Fn(&mut A) -> R + Send + Sync + 'static,
    ) -> Self {
        self.finish
            .push(Box::new(move |args| finish(args).outcome()));
        self
    }
}

impl<A> fmt::Debug for Fields<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.flags.iter().map(|(def, _)| &def.id);
        f.debug_list().entries(ids).finish()
    }
}

/// A field of type `F` in a struct `A`.
///
/// Only the accessors depend on both types: the compiler would instantiate anything else that
/// does once for each pair.
pub struct Field<A, F> {
    def: FlagDef,
    accessors: Accessors<A, F>,
}

impl<A, F: FlagValue> Field<A, F> {
    /// A field that always has one value.
    pub fn one(id: impl Into<Id>, get: fn(&A) -> &F, get_mut: fn(&mut A) -> &mut F) -> Self {
        Self::new::<F>(id, take_one::<F>, get, get_mut)
    }
}

// `'static` alone: the constructor reports a type that is no `FlagValue`, once.
impl<A, F: 'static> Field<A, F> {
    /// Makes the flag dynamic.
    #[must_use]
    pub fn dynamic(mut self) -> Self {
        self.def.kind = FlagKind::Dynamic;
        self
    }

    /// Sets how values are compared and written, if their type allows it.
    #[must_use]
    pub fn compared(mut self, equality: Option<Equality<F>>, texts: Option<Texts<F>>) -> Self {
        self.def.equal = equality.map(any_equality);
        self.def.texts = texts.map(any_texts);
        self
    }

    /// Marks the flag as secret: its value is never shown.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.def.secret = true;
        self
    }

    /// Marks the parser as the program's own, which is not asked for bounds.
    #[must_use]
    pub fn own_parser(mut self) -> Self {
        self.def.own_parser = true;
        self
    }

    /// Keeps the white space around a value.
    #[must_use]
    pub fn keep_white_space(mut self) -> Self {
        self.def.trim = false;
        self
    }

    /// Sets the salt of a fraction, which is otherwise the flag's name.
    #[must_use]
    pub fn salt(mut self, salt: &'static str) -> Self
    where
        F: TakesSalt,
    {
        self.def.metadata_mut().salt = Some(salt);
        self
    }

    /// Sets the unit of the value, for people.
    #[must_use]
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.def.metadata_mut().unit = Some(unit);
        self
    }

    /// Marks the flag as deprecated, and says what to use instead.
    #[must_use]
    pub fn deprecated(mut self, remedy: &'static str) -> Self {
        self.def.metadata_mut().deprecated = Some(remedy);
        self
    }

    /// Adds a check of the value.
    #[must_use]
    pub fn check(mut self, check: BoundedCheck) -> Self {
        self.def.checks.push(check.check);
        if check.bounds != Bounds::default() {
            let bounds = &mut self.def.metadata_mut().bounds;
            *bounds = mem::take(bounds).and(check.bounds);
        }
        self
    }

    fn new<T: 'static>(
        id: impl Into<Id>,
        take: Take,
        get: fn(&A) -> &F,
        get_mut: fn(&mut A) -> &mut F,
    ) -> Self {
        Self {
            def: FlagDef::new(id.into(), Some(type_name::<F>()), TypeId::of::<T>(), take),
            accessors: Accessors { get, get_mut },
        }
    }
}

impl<A, T: FlagValue> Field<A, Option<T>> {
    /// A field that has at most one value.
    pub fn optional(
        id: impl Into<Id>,
        get: fn(&A) -> &Option<T>,
        get_mut: fn(&mut A) -> &mut Option<T>,
    ) -> Self {
        let take: Take = |matches, id| {
            let value: Option<&T> = matches.try_get_one(id).ok()?;
            Some(Arc::new(value.cloned()))
        };
        let mut field = Self::new::<T>(id, take, get, get_mut);
        field.def.shape = Shape::Optional;
        field.def.unset = Some(|| Arc::new(None::<T>));
        field.def.is_unset = is_unset::<T>;
        field
    }
}

impl<A, T: FlagValue> Field<A, Option<Option<T>>> {
    /// A field whose flag takes an optional value.
    pub fn optional_optional(
        id: impl Into<Id>,
        get: fn(&A) -> &Option<Option<T>>,
        get_mut: fn(&mut A) -> &mut Option<Option<T>>,
    ) -> Self {
        let take: Take = |matches, id| {
            let value: Option<&T> = matches.try_get_one(id).ok()?;
            Some(Arc::new(Some(value.cloned())))
        };
        let mut field = Self::new::<T>(id, take, get, get_mut);
        field.def.unset = Some(|| Arc::new(None::<Option<T>>));
        field.def.is_unset = is_unset::<Option<T>>;
        field
    }
}

impl<A, T: FlagValue> Field<A, Vec<T>> {
    /// A field that has any number of values.
    pub fn many(
        id: impl Into<Id>,
        get: fn(&A) -> &Vec<T>,
        get_mut: fn(&mut A) -> &mut Vec<T>,
    ) -> Self {
        let take: Take = |matches, id| Some(Arc::new(take_many::<T>(matches, id)?));
        let mut field = Self::new::<T>(id, take, get, get_mut);
        field.def.shape = Shape::Many;
        field.def.split = Some(|value| split(value.downcast_ref(), |one: Vec<T>| one));
        field
    }
}

impl<A, T: FlagValue> Field<A, Option<Vec<T>>> {
    /// A field that has any number of values, or is not set.
    pub fn optional_many(
        id: impl Into<Id>,
        get: fn(&A) -> &Option<Vec<T>>,
        get_mut: fn(&mut A) -> &mut Option<Vec<T>>,
    ) -> Self {
        let take: Take = |matches, id| Some(Arc::new(Some(take_many::<T>(matches, id)?)));
        let mut field = Self::new::<T>(id, take, get, get_mut);
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

impl<A, F> fmt::Debug for Field<A, F> {
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

/// Access to a field of `A`, with the field's type erased.
pub(crate) trait Access<A>: Send + Sync {
    /// The field's value; `None` if it belongs to a subcommand that was not chosen.
    fn get<'a>(&self, args: &'a A) -> Option<&'a dyn Any>;

    /// Assigns a value of the field's type. A value of another type changes nothing.
    fn assign(&self, args: &mut A, value: &dyn Any);
}

struct Accessors<A, F> {
    get: fn(&A) -> &F,
    get_mut: fn(&mut A) -> &mut F,
}

impl<A, F: Any + Clone> Access<A> for Accessors<A, F> {
    fn get<'a>(&self, args: &'a A) -> Option<&'a dyn Any> {
        Some((self.get)(args))
    }

    fn assign(&self, args: &mut A, value: &dyn Any) {
        if let Some(value) = value.downcast_ref::<F>() {
            (self.get_mut)(args).clone_from(value);
        }
    }
}

/// No field: an argument that no field of `A` declares.
pub(crate) struct NoField;

impl<A> Access<A> for NoField {
    fn get<'a>(&self, _: &'a A) -> Option<&'a dyn Any> {
        Some(&())
    }

    fn assign(&self, _: &mut A, _: &dyn Any) {}
}

/// A field of a struct `B` that is a part of `A`, unless its subcommand was not chosen.
struct PartAccess<B, G, M> {
    inner: Box<dyn Access<B>>,
    get: G,
    get_mut: M,
}

impl<A, B, G, M> Access<A> for PartAccess<B, G, M>
where
    B: 'static,
    G: Fn(&A) -> Option<&B> + Send + Sync,
    M: Fn(&mut A) -> Option<&mut B> + Send + Sync,
{
    fn get<'a>(&self, args: &'a A) -> Option<&'a dyn Any> {
        self.inner.get((self.get)(args)?)
    }

    fn assign(&self, args: &mut A, value: &dyn Any) {
        if let Some(part) = (self.get_mut)(args) {
            self.inner.assign(part, value);
        }
    }
}
