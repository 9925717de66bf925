//! Lenses: how to find one flag in a snapshot.

use std::sync::Arc;

use crate::snapshot::Snapshot;

/// Finds a part in a snapshot.
pub(crate) type Lens<T> = Arc<Find<T>>;

/// What a [`Lens`] points to.
pub(crate) type Find<T> = dyn for<'a> Fn(&'a Snapshot) -> &'a T + Send + Sync;
