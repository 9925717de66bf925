//! The model: a user's struct behind a face without its type.
//!
//! Everything that is not about the struct's type is written once, against this face.

use std::any::Any;
use std::sync::Arc;

use clap::ArgMatches;

use crate::chunks::Chunks;
use crate::field::Fields;
use crate::snapshot::{Args, State, Value, struct_of};

/// A struct of flags: what the command line made of it, and how to make another.
///
/// Flags are named by their index in the schema.
pub(crate) trait Model: Send + Sync {
    /// What the command line, the environment and the defaults gave.
    fn base(&self) -> Args;

    /// The base with the values of `states`, by flag, in the place of its own.
    fn assemble(&self, states: &Chunks<State>) -> Args;

    /// Takes a flag's value from what clap parsed.
    fn take(&self, flag: usize, matches: &ArgMatches) -> Option<Value>;

    /// What the flag's own checks have against a value.
    fn check(&self, flag: usize, value: &dyn Any) -> Vec<String>;

    /// What the flag's own checks have against its value in the base.
    fn check_base(&self, flag: usize) -> Vec<String>;

    /// What the rules across flags have against the whole.
    fn rules(&self, args: &Args) -> Vec<String>;

    /// Whether a flag's values are known to be equal.
    fn equal(&self, flag: usize, one: &Args, other: &Args) -> bool;
}

/// The model of a struct `A`.
pub(crate) struct Typed<A> {
    pub(crate) base: Arc<A>,
    pub(crate) fields: Fields<A>,
}

impl<A: Any + Clone + Send + Sync> Model for Typed<A> {
    fn base(&self) -> Args {
        Arc::clone(&self.base) as Args
    }

    fn assemble(&self, states: &Chunks<State>) -> Args {
        if states.iter().all(|state| state.value.is_none()) {
            return self.base();
        }
        let mut args = A::clone(&self.base);
        for (field, state) in self.fields.flags.iter().zip(states.iter()) {
            if let Some(value) = &state.value {
                field.assign(&mut args, value);
            }
        }
        Arc::new(args)
    }

    fn take(&self, flag: usize, matches: &ArgMatches) -> Option<Value> {
        self.fields.flags.get(flag)?.take(matches)
    }

    fn check(&self, flag: usize, value: &dyn Any) -> Vec<String> {
        let field = self.fields.flags.get(flag);
        field.map_or_else(Vec::new, |field| field.check(value))
    }

    fn check_base(&self, flag: usize) -> Vec<String> {
        let field = self.fields.flags.get(flag);
        field.map_or_else(Vec::new, |field| field.check(field.get(&self.base)))
    }

    fn rules(&self, args: &Args) -> Vec<String> {
        let args = struct_of(&**args);
        let rules = self.fields.rules.iter();
        rules.filter_map(|rule| rule(args).err()).collect()
    }

    fn equal(&self, flag: usize, one: &Args, other: &Args) -> bool {
        let field = self.fields.flags.get(flag);
        field.is_some_and(|field| field.equal(struct_of(&**one), struct_of(&**other)))
    }
}
