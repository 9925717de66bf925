//! A derived value: from what it is built, and when it is built again.

use std::any::Any;
use std::fmt::Display;
use std::panic::Location;
use std::sync::Arc;

use crate::error::Problem;
use crate::read::pinned::Projection;
use crate::read::snapshot::{Snapshot, Value};
use crate::user_code::catch_panic;

/// A derived value, with its types erased.
///
/// Whatever reads the value holds the node, so a node that is gone has no readers.
pub(crate) struct Node {
    /// Where the program registered it.
    location: &'static Location<'static>,
    /// The flag or derived value that it is mapped from.
    pub(crate) parent: Option<usize>,
    build: Box<Build>,
}

/// Builds the value, or returns `None` if the previous one stays.
type Build = dyn Fn(&Inputs<'_>) -> Result<Option<Value>, String> + Send + Sync;

/// The inputs of a build.
pub(crate) struct Inputs<'a> {
    /// The flags, and the derived values that were registered earlier.
    pub(crate) candidate: &'a Snapshot,
    /// The published value; `None` for the first build.
    pub(crate) previous: Option<&'a Value>,
    pub(crate) parent_changed: bool,
}

/// A derived value in a snapshot.
pub(crate) struct Built<U> {
    /// `()` if it is mapped.
    key: Box<dyn Any + Send + Sync>,
    pub(crate) value: U,
}

/// A build that failed.
pub(crate) struct Failure {
    location: &'static Location<'static>,
    pub(crate) reason: String,
}

impl Node {
    /// A value that is built from the struct `A`, again whenever its key differs.
    pub(crate) fn keyed<A, K, U, E>(
        location: &'static Location<'static>,
        key: impl Fn(&A) -> K + Send + Sync + 'static,
        build: impl Fn(&K, Option<&U>) -> Result<U, E> + Send + Sync + 'static,
    ) -> Self
    where
        A: 'static,
        K: PartialEq + Send + Sync + 'static,
        U: Send + Sync + 'static,
        E: Display,
    {
        let build = move |inputs: &Inputs<'_>| {
            let key = key(inputs.candidate.args());
            let previous = inputs
                .previous
                .and_then(|value| value.downcast_ref::<Built<U>>());
            if previous.is_some_and(|previous| previous.key.downcast_ref() == Some(&key)) {
                return Ok(None);
            }
            match build(&key, previous.map(|previous| &previous.value)) {
                Ok(value) => Ok(Some(built(key, value))),
                Err(error) => Err(error.to_string()),
            }
        };
        Self {
            location,
            parent: None,
            build: Box::new(build),
        }
    }

    /// A value that is built from another one, again whenever that one changes.
    pub(crate) fn mapped<T, U>(
        location: &'static Location<'static>,
        parent: Option<usize>,
        value: Projection<T>,
        map: impl Fn(&T) -> U + Send + Sync + 'static,
    ) -> Self
    where
        T: 'static,
        U: Send + Sync + 'static,
    {
        let build = move |inputs: &Inputs<'_>| {
            let is_built = inputs.previous.is_some() && !inputs.parent_changed;
            Ok((!is_built).then(|| built((), map(value(inputs.candidate)))))
        };
        Self {
            location,
            parent,
            build: Box::new(build),
        }
    }

    /// The value of the candidate, or `None` if the previous one stays.
    pub(crate) fn build(&self, inputs: &Inputs<'_>) -> Result<Option<Value>, Failure> {
        let built = catch_panic(|| (self.build)(inputs));
        built
            .and_then(|built| built)
            .map_err(|reason| Failure::new(self.location, reason))
    }
}

impl Failure {
    pub(crate) fn new(location: &'static Location<'static>, reason: String) -> Self {
        Self { location, reason }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Derived {
            location: failure.location.to_string(),
            reason: failure.reason,
        }
    }
}

fn built<K, U>(key: K, value: U) -> Value
where
    K: Send + Sync + 'static,
    U: Send + Sync + 'static,
{
    Arc::new(Built {
        key: Box::new(key),
        value,
    })
}
