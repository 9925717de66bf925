//! The user's struct with its type erased, for code that does not depend on the type.

use std::any::Any;
use std::ptr;
use std::sync::Arc;

use crate::fields::access::Access;
use crate::fields::declaration::Rule;
use crate::fields::duplicate::NotClone;
use crate::fields::finish::Finish;
use crate::read::snapshot::{Args, FlagState, downcast_args};
use crate::user_code::catch_panic;

/// The base struct, and how to build another one from it.
///
/// A flag is identified by its index in the schema.
pub(crate) trait ErasedArgs: Send + Sync {
    /// The struct that the command line, the environment and the defaults gave.
    fn base(&self) -> Args;

    /// The same, after `finish`.
    fn finished(&self) -> Args;

    /// Whether the program edits each struct.
    fn has_finish(&self) -> bool;

    /// The base, with the values of `states` in place of its own, after `finish`. The flags in `kept`
    /// have their values of another struct.
    ///
    /// # Errors
    /// A part of the base can't be copied.
    fn assemble(
        &self,
        states: &[Arc<FlagState>],
        kept: Option<&Kept<'_>>,
    ) -> Result<Assembled, NotClone>;

    /// A flag's value in a struct.
    fn value<'a>(&self, flag: usize, args: &'a Args) -> Option<&'a dyn Any>;

    /// The messages of the rules across flags that reject a struct.
    fn check_rules(&self, args: &Args) -> Vec<String>;
}

/// A struct that was assembled.
pub(crate) struct Assembled {
    pub(crate) args: Args,
    /// Why `finish` rejects it.
    pub(crate) outcome: Result<(), String>,
}

/// Flags that keep their values, whatever `finish` makes of them.
pub(crate) struct Kept<'a> {
    pub(crate) args: &'a Args,
    /// In order.
    pub(crate) flags: Vec<usize>,
}

/// The base struct of type `A`.
pub(crate) struct TypedArgs<A> {
    base: Arc<A>,
    /// The base itself if there is no `finish`.
    finished: Arc<A>,
    duplicate: fn(&A) -> Result<A, NotClone>,
    /// By flag.
    access: Vec<Box<dyn Access<A>>>,
    rules: Vec<Rule<A>>,
    finish: Vec<Finish<A>>,
}

impl<A> TypedArgs<A> {
    /// The base, not yet [finished](Self::finish_base).
    pub(crate) fn new(
        base: A,
        duplicate: fn(&A) -> Result<A, NotClone>,
        access: Vec<Box<dyn Access<A>>>,
        rules: Vec<Rule<A>>,
        finish: Vec<Finish<A>>,
    ) -> Self {
        let base = Arc::new(base);
        Self {
            finished: Arc::clone(&base),
            base,
            duplicate,
            access,
            rules,
            finish,
        }
    }

    /// Finishes a copy of the base. `copy` makes one if the type can't: such a struct never changes.
    /// Returns why `finish` rejects it.
    ///
    /// # Errors
    /// `copy` fails.
    pub(crate) fn finish_base<E>(
        &mut self,
        copy: impl FnOnce() -> Result<A, E>,
    ) -> Result<Result<(), String>, E> {
        if self.finish.is_empty() {
            return Ok(Ok(()));
        }
        let mut args = match (self.duplicate)(&self.base) {
            Ok(args) => args,
            Err(_) => copy()?,
        };
        let outcome = self.finish(&mut args);
        self.finished = Arc::new(args);
        Ok(outcome)
    }

    fn finish(&self, args: &mut A) -> Result<(), String> {
        for finish in &self.finish {
            catch_panic(|| finish(args))??;
        }
        let mut access = self.access.iter();
        // Handles of another subcommand would have no values.
        if access.any(|access| access.get(args).is_none()) {
            return Err("`finish` replaces the chosen subcommand, which never changes".to_owned());
        }
        Ok(())
    }
}

impl<A: Any + Send + Sync> ErasedArgs for TypedArgs<A> {
    fn base(&self) -> Args {
        Arc::clone(&self.base) as Args
    }

    fn finished(&self) -> Args {
        Arc::clone(&self.finished) as Args
    }

    fn has_finish(&self) -> bool {
        !self.finish.is_empty()
    }

    fn assemble(
        &self,
        states: &[Arc<FlagState>],
        kept: Option<&Kept<'_>>,
    ) -> Result<Assembled, NotClone> {
        let finished = self.finished();
        let keeps_others =
            kept.is_some_and(|kept| !ptr::addr_eq(Arc::as_ptr(kept.args), Arc::as_ptr(&finished)));
        if !keeps_others && states.iter().all(|state| state.value.is_none()) {
            return Ok(Assembled {
                args: finished,
                outcome: Ok(()),
            });
        }
        let mut args = (self.duplicate)(&self.base)?;
        for (access, state) in self.access.iter().zip(states) {
            if let Some(value) = &state.value {
                access.assign(&mut args, &**value);
            }
        }
        let outcome = if self.has_finish() {
            self.finish(&mut args)
        } else {
            Ok(())
        };
        if let Some(kept) = kept {
            let current = downcast_args(&**kept.args);
            for flag in &kept.flags {
                if let Some(access) = self.access.get(*flag)
                    && let Some(value) = access.get(current)
                {
                    access.assign(&mut args, value);
                }
            }
        }
        Ok(Assembled {
            args: Arc::new(args),
            outcome,
        })
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
