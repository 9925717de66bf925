//! Checks of a field's value, with the field's type erased.

use std::fmt::{self, Display};
use std::marker::PhantomData;

use crate::schema::bounds::{self, Bounds};
use crate::schema::flag_def::Check;

/// Makes checks of values of type `F`.
#[derive(Debug)]
pub struct Checks<F>(PhantomData<fn(F)>);

impl<F: 'static> Checks<F> {
    /// For the field that `get` borrows.
    pub fn of<A>(_get: fn(&A) -> &F) -> Self {
        bounds::begin();
        Self(PhantomData)
    }

    /// A check that runs `check` on every value of the field's type.
    pub fn check<E: Display>(
        self,
        check: impl Fn(&F) -> Result<(), E> + Send + Sync + 'static,
    ) -> BoundedCheck {
        BoundedCheck {
            bounds: bounds::end(&check),
            check: Box::new(move |value| {
                let Some(value) = value.downcast_ref() else {
                    return Ok(());
                };
                check(value).map_err(|error| error.to_string())
            }),
        }
    }
}

/// A check and its bounds, as far as they are known.
pub struct BoundedCheck {
    pub(crate) check: Check,
    pub(crate) bounds: Bounds,
}

impl fmt::Debug for BoundedCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bounds.fmt(f)
    }
}
