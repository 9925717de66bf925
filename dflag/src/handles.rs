//! Handles: how the derive creates the handles of a struct and of those flattened into it.

use std::fmt;
use std::sync::Arc;

use crate::dynamic::Dynamic;
use crate::fields::value::ThreadSafe;
use crate::publish::core::Core;
use crate::read::pinned::Projection;
use crate::read::snapshot::Snapshot;

/// A struct `A` within a set of flags: the root, or one flattened into it.
pub struct Scope<'s, A> {
    core: &'s Arc<Core>,
    projection: Projection<A>,
}

impl<'s, A: Send + Sync + 'static> Scope<'s, A> {
    pub(crate) fn root(core: &'s Arc<Core>) -> Self {
        Self {
            core,
            projection: Arc::new(Snapshot::args),
        }
    }

    /// A handle on the dynamic flag with this clap id.
    pub fn handle<T: ThreadSafe + 'static>(
        &self,
        id: impl Into<clap::Id>,
        get: fn(&A) -> &T,
    ) -> Dynamic<T> {
        let flag = self.core.schema.find_id(&id.into());
        Dynamic::live(self.core, flag, self.part(get))
    }

    /// The scope of a flattened struct.
    #[must_use]
    pub fn nested<B: 'static>(&self, get: fn(&A) -> &B) -> Scope<'s, B> {
        Scope {
            core: self.core,
            projection: self.part(get),
        }
    }

    fn part<T: 'static>(&self, get: fn(&A) -> &T) -> Projection<T> {
        let whole = Arc::clone(&self.projection);
        Arc::new(move |snapshot| get(whole(snapshot)))
    }
}

impl<A> fmt::Debug for Scope<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}
