//! The declaration of a struct's fields, which the derive generates.

use std::any::Any;
use std::fmt::{self, Display};
use std::mem;

use clap::Id;

use crate::fields::access::{Access, Accessors, NoField, PartAccess};
use crate::fields::field::{Declared, Field};
use crate::fields::finish::{Finish, Finished};
use crate::fields::value::FlagValue;
use crate::schema::flag_def::{Augment, FlagDef};
use crate::schema::help_marks;

/// The fields of a struct, in the order of declaration, and the rules across them.
pub struct Fields<A> {
    pub(crate) defs: Vec<FlagDef>,
    /// The access to each.
    pub(crate) access: Vec<Box<dyn Access<A>>>,
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
            defs: Vec::new(),
            access: Vec::new(),
            rules: Vec::new(),
            finish: Vec::new(),
            shown: Vec::new(),
            has_subcommand: false,
            augment: None,
        }
    }

    /// Adds a field that always has one value.
    pub fn one<F: FlagValue>(
        &mut self,
        id: impl Into<Id>,
        get: fn(&A) -> &F,
        get_mut: fn(&mut A) -> &mut F,
    ) -> Field<'_, F> {
        Field::one(self.declare(get, get_mut), id.into())
    }

    /// Adds a field that has at most one value.
    pub fn optional<T: FlagValue>(
        &mut self,
        id: impl Into<Id>,
        get: fn(&A) -> &Option<T>,
        get_mut: fn(&mut A) -> &mut Option<T>,
    ) -> Field<'_, Option<T>> {
        Field::optional(self.declare(get, get_mut), id.into())
    }

    /// Adds a field whose flag takes an optional value.
    pub fn optional_optional<T: FlagValue>(
        &mut self,
        id: impl Into<Id>,
        get: fn(&A) -> &Option<Option<T>>,
        get_mut: fn(&mut A) -> &mut Option<Option<T>>,
    ) -> Field<'_, Option<Option<T>>> {
        Field::optional_optional(self.declare(get, get_mut), id.into())
    }

    /// Adds a field that has any number of values.
    pub fn many<T: FlagValue>(
        &mut self,
        id: impl Into<Id>,
        get: fn(&A) -> &Vec<T>,
        get_mut: fn(&mut A) -> &mut Vec<T>,
    ) -> Field<'_, Vec<T>> {
        Field::many(self.declare(get, get_mut), id.into())
    }

    /// Adds a field that has any number of values, or is not set.
    pub fn optional_many<T: FlagValue>(
        &mut self,
        id: impl Into<Id>,
        get: fn(&A) -> &Option<Vec<T>>,
        get_mut: fn(&mut A) -> &mut Option<Vec<T>>,
    ) -> Field<'_, Option<Vec<T>>> {
        Field::optional_many(self.declare(get, get_mut), id.into())
    }

    /// Adds the fields and rules of a flattened struct.
    pub fn nested<B: 'static>(
        &mut self,
        nested: Fields<B>,
        get: fn(&A) -> &B,
        get_mut: fn(&mut A) -> &mut B,
    ) {
        self.part(
            nested,
            move |args| Some(get(args)),
            move |args| Some(get_mut(args)),
        );
    }

    /// Adds the fields and rules of a part that may be absent: the struct of a subcommand that may not
    /// have been chosen.
    pub fn chosen<B: 'static>(
        &mut self,
        nested: Fields<B>,
        get: fn(&A) -> Option<&B>,
        get_mut: fn(&mut A) -> Option<&mut B>,
    ) {
        self.part(nested, get, get_mut);
    }

    fn part<B: 'static>(
        &mut self,
        nested: Fields<B>,
        get: impl Fn(&A) -> Option<&B> + Copy + Send + Sync + 'static,
        get_mut: impl Fn(&mut A) -> Option<&mut B> + Copy + Send + Sync + 'static,
    ) {
        self.defs.extend(nested.defs);
        for inner in nested.access {
            self.access.push(Box::new(PartAccess {
                inner,
                get,
                get_mut,
            }));
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
    }

    /// Makes the fields those of a subcommand.
    #[must_use]
    pub fn subcommand(mut self) -> Self {
        for def in &mut self.defs {
            def.depth += 1;
        }
        for shown in &mut self.shown {
            shown.depth += 1;
        }
        self.has_subcommand = true;
        self
    }

    /// Makes `--help` say which of the fields are dynamic.
    pub fn mark_dynamic(&mut self) {
        for def in &mut self.defs {
            def.mark_help = Some(help_marks::MARKS);
        }
    }

    /// Shows the values of the arguments that `augment` adds: those of a flattened struct that has no fields
    /// here.
    pub fn shown(&mut self, augment: Augment) {
        self.shown.push(Shown {
            depth: 0,
            augment,
            is_part: Box::new(|_| true),
        });
    }

    /// Adds a rule across the fields.
    pub fn rule<E: Display>(&mut self, rule: impl Fn(&A) -> Result<(), E> + Send + Sync + 'static) {
        self.rules.push(Box::new(move |args| {
            rule(args).map_err(|error| error.to_string())
        }));
    }

    /// Adds a function that edits each candidate before it is judged.
    pub fn finish<R: Finished>(&mut self, finish: impl Fn(&mut A) -> R + Send + Sync + 'static) {
        self.finish
            .push(Box::new(move |args| finish(args).outcome()));
    }

    /// Adds an argument that no field declares.
    pub(crate) fn uncovered(&mut self, def: FlagDef) {
        self.defs.push(def);
        self.access.push(Box::new(NoField));
    }

    /// Drops the fields that `is_kept` rejects.
    pub(crate) fn retain(&mut self, mut is_kept: impl FnMut(&FlagDef) -> bool) {
        (self.defs, self.access) = mem::take(&mut self.defs)
            .into_iter()
            .zip(mem::take(&mut self.access))
            .filter(|(def, _)| is_kept(def))
            .unzip();
    }

    /// Drops the fields of subcommands that were not chosen, and moves those of the chosen ones after
    /// the others.
    pub(crate) fn retain_chosen(&mut self, args: &A) {
        self.shown.retain(|shown| (shown.is_part)(args));
        let access = mem::take(&mut self.access);
        for (def, access) in mem::take(&mut self.defs).into_iter().zip(access) {
            if access.get(args).is_some() {
                let after = |other: &FlagDef| other.depth <= def.depth;
                let position = self.defs.partition_point(after);
                self.defs.insert(position, def);
                self.access.insert(position, access);
            }
        }
    }

    fn declare<F: Any + Clone>(
        &mut self,
        get: fn(&A) -> &F,
        get_mut: fn(&mut A) -> &mut F,
    ) -> Declared<'_> {
        self.access.push(Box::new(Accessors { get, get_mut }));
        Declared {
            defs: &mut self.defs,
            augment: self.augment,
        }
    }
}

impl<A> fmt::Debug for Fields<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.defs.iter().map(|def| &def.id);
        f.debug_list().entries(ids).finish()
    }
}
