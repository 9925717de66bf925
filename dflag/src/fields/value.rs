//! The bounds on a field's type.

use std::any::Any;
use std::marker::PhantomData;

use crate::value::Fraction;

/// A type that threads can share, or the compiler says that it must be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must be `Send` and `Sync`, because every thread can read the flags",
    label = "threads cannot share this type"
)]
pub trait ThreadSafe: Send + Sync {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync> ThreadSafe for T {}

/// The bounds that clap puts on a value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` must be `Send` and `Sync`, because every thread can read the flags",
    label = "threads cannot share this type"
)]
pub trait FlagValue: Any + Clone + ThreadSafe {}

#[diagnostic::do_not_recommend]
impl<T: Any + Clone + ThreadSafe> FlagValue for T {}

/// A type whose values take a salt, or the compiler says that the attribute has no effect.
#[diagnostic::on_unimplemented(
    message = "`salt` applies only to a flag of type `dflag::value::Fraction`",
    label = "the flag is of type `{Self}`"
)]
pub trait TakesSalt {}

impl TakesSalt for Fraction {}

/// Names the type of a field that must be `Send` and `Sync`.
#[derive(Debug)]
pub struct Shared<T: ThreadSafe>(PhantomData<T>);
