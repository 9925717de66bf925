//! The user's struct with its type erased, for code that does not depend on the type.

use std::any::Any;
use std::sync::Arc;

use crate::fields::duplicate::NotClone;
use crate::fields::field::{Access, Rule};
use crate::read::snapshot::{Args, FlagState, downcast_args};

/// The base struct, and how to build another one from it.
///
/// A flag is identified by its index in the schema.
pub(crate) trait ErasedArgs: Send + Sync {
    /// The struct that the command line, the environment and the defaults gave.
    fn base(&self) -> Args;

    /// The base, with the values of `states` in place of its own.
    ///
    /// # Errors
    /// A part of the base can't be copied.
    fn assemble(&self, states: &[FlagState]) -> Result<Args, NotClone>;

    /// A flag's value in a struct.
    fn value<'a>(&self, flag: usize, args: &'a Args) -> Option<&'a dyn Any>;

    /// The messages of the rules across flags that reject a struct.
    fn check_rules(&self, args: &Args) -> Vec<String>;
}

/// The base struct of type `A`.
pub(crate) struct TypedArgs<A> {
    pub(crate) base: Arc<A>,
    pub(crate) duplicate: fn(&A) -> Result<A, NotClone>,
    /// By flag.
    pub(crate) access: Vec<Box<dyn Access<A>>>,
    pub(crate) rules: Vec<Rule<A>>,
}

impl<A: Any + Send + Sync> ErasedArgs for TypedArgs<A> {
    fn base(&self) -> Args {
        Arc::clone(&self.base) as Args
    }

    fn assemble(&self, states: &[FlagState]) -> Result<Args, NotClone> {
        if states.iter().all(|state| state.value.is_none()) {
            return Ok(self.base());
        }
        let mut args = (self.duplicate)(&self.base)?;
        for (access, state) in self.access.iter().zip(states) {
            if let Some(value) = &state.value {
                access.assign(&mut args, value);
            }
        }
        Ok(Arc::new(args))
    }

    fn value<'a>(&self, flag: usize, args: &'a Args) -> Option<&'a dyn Any> {
        let access = self.access.get(flag)?;
        access.get(downcast_args(&**args))
    }

    fn check_rules(&self, args: &Args) -> Vec<String> {
        let args = downcast_args(&**args);
        let rules = self.rules.iter();
        rules.filter_map(|rule| rule(args).err()).collect()
    }
}
