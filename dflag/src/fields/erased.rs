//! The user's struct with its type erased, for everything that does not depend on the type.

use std::any::Any;
use std::sync::Arc;

use crate::fields::field::{Access, Rule};
use crate::read::snapshot::{Args, FlagState, downcast_args};

/// What the command line made of the user's struct, and how to make another one from it.
///
/// Flags are named by their index in the schema.
pub(crate) trait ErasedArgs: Send + Sync {
    /// What the command line, the environment and the defaults gave.
    fn base(&self) -> Args;

    /// The base, with the values of `states` in place of its own.
    fn assemble(&self, states: &[FlagState]) -> Args;

    /// A flag's value in a struct.
    fn value<'a>(&self, flag: usize, args: &'a Args) -> Option<&'a dyn Any>;

    /// The reasons for which the rules across flags reject a struct.
    fn check_rules(&self, args: &Args) -> Vec<String>;
}

/// A user's struct of type `A`.
pub(crate) struct TypedArgs<A> {
    pub(crate) base: Arc<A>,
    /// By flag.
    pub(crate) access: Vec<Box<dyn Access<A>>>,
    pub(crate) rules: Vec<Rule<A>>,
}

impl<A: Any + Clone + Send + Sync> ErasedArgs for TypedArgs<A> {
    fn base(&self) -> Args {
        Arc::clone(&self.base) as Args
    }

    fn assemble(&self, states: &[FlagState]) -> Args {
        if states.iter().all(|state| state.value.is_none()) {
            return self.base();
        }
        let mut args = A::clone(&self.base);
        for (access, state) in self.access.iter().zip(states) {
            if let Some(value) = &state.value {
                access.assign(&mut args, value);
            }
        }
        Arc::new(args)
    }

    fn value<'a>(&self, flag: usize, args: &'a Args) -> Option<&'a dyn Any> {
        let access = self.access.get(flag)?;
        Some(access.get(downcast_args(&**args)))
    }

    fn check_rules(&self, args: &Args) -> Vec<String> {
        let args = downcast_args(&**args);
        let rules = self.rules.iter();
        rules.filter_map(|rule| rule(args).err()).collect()
    }
}
