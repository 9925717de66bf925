//! Checks of a field's value, with the field's type erased.

use std::fmt::Display;
use std::marker::PhantomData;

use crate::schema::flag_def::Check;

/// Makes checks of values of type `F`.
#[derive(Debug)]
pub struct Checks<F>(PhantomData<fn(F)>);

impl<F: 'static> Checks<F> {
    /// For the field that `get` borrows.
    pub fn of<A>(_get: fn(&A) -> &F) -> Self {
        Self(PhantomData)
    }

    /// A check that runs `check` on every value of the field's type.
    pub fn check<E: Display>(
        self,
        check: impl Fn(&F) -> Result<(), E> + Send + Sync + 'static,
    ) -> Check {
        Box::new(move |value| {
            let Some(value) = value.downcast_ref() else {
                return Ok(());
            };
            check(value).map_err(|error| error.to_string())
        })
    }
}
