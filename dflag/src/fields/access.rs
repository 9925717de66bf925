//! Access to the fields of a struct.

use std::any::Any;

/// Access to a field of `A`, with the field's type erased.
pub(crate) trait Access<A>: Send + Sync {
    /// The field's value; `None` if it belongs to a subcommand that was not chosen.
    fn get<'a>(&self, args: &'a A) -> Option<&'a dyn Any>;

    /// Assigns a value of the field's type. A value of another type changes nothing.
    fn assign(&self, args: &mut A, value: &dyn Any);
}

/// A field of type `F`.
pub(crate) struct Accessors<A, F> {
    pub(crate) get: fn(&A) -> &F,
    pub(crate) get_mut: fn(&mut A) -> &mut F,
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
pub(crate) struct PartAccess<B, G, M> {
    pub(crate) inner: Box<dyn Access<B>>,
    pub(crate) get: G,
    pub(crate) get_mut: M,
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
