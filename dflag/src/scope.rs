//! Scopes: where in the whole a struct's handles find their values.

use std::fmt;
use std::sync::Arc;

use crate::core::Core;
use crate::lens::Lens;
use crate::schema::InOrder;
use crate::snapshot::Snapshot;
use crate::{Dynamic, DynamicFlags};

/// A struct `A` within a set of flags: the whole, or flattened somewhere in it.
pub struct Scope<'s, A> {
    core: &'s Arc<Core>,
    places: &'s InOrder,
    lens: Lens<A>,
}

impl<'s, A: Send + Sync + 'static> Scope<'s, A> {
    /// The whole.
    pub(crate) fn root(core: &'s Arc<Core>, places: &'s InOrder) -> Self {
        Self {
            core,
            places,
            lens: Arc::new(Snapshot::args),
        }
    }

    /// A handle on the dynamic flag with this clap id.
    pub fn handle<T: Send + Sync + 'static>(
        &self,
        id: impl Into<clap::Id>,
        get: fn(&A) -> &T,
    ) -> Dynamic<T> {
        let flag = self.core.schema.find_id(&id.into(), self.places);
        Dynamic::live(self.core, flag, self.part(get))
    }

    /// The handles of a flattened struct.
    pub fn nested<B: DynamicFlags>(&self, get: fn(&A) -> &B) -> B::Handles {
        B::handles(&Scope {
            core: self.core,
            places: self.places,
            lens: self.part(get),
        })
    }

    fn part<T: 'static>(&self, get: fn(&A) -> &T) -> Lens<T> {
        let whole = Arc::clone(&self.lens);
        Arc::new(move |snapshot| get(whole(snapshot)))
    }
}

impl<A> fmt::Debug for Scope<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}
