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
    /// That of its flags.
    depth: usize,
}

impl<'s, A: Send + Sync + 'static> Scope<'s, A> {
    pub(crate) fn root(core: &'s Arc<Core>) -> Self {
        Self {
            core,
            projection: Arc::new(Snapshot::args),
            depth: 0,
        }
    }

    /// A handle on the dynamic flag with this clap id.
    pub fn handle<T: ThreadSafe + 'static>(
        &self,
        id: impl Into<clap::Id>,
        get: fn(&A) -> &T,
    ) -> Dynamic<T> {
        let flag = self.core.schema.find_id(self.depth, &id.into());
        Dynamic::live(self.core, flag, self.part(get))
    }

    /// The scope of a flattened struct.
    #[must_use]
    pub fn nested<B: 'static>(&self, get: fn(&A) -> &B) -> Scope<'s, B> {
        Scope {
            core: self.core,
            projection: self.part(get),
            depth: self.depth,
        }
    }

    /// The scope of a part that may be absent: the struct of a subcommand that may not have been chosen.
    #[must_use]
    pub fn chosen<B: 'static>(&self, get: fn(&A) -> Option<&B>) -> Option<Scope<'s, B>> {
        self.with(|whole| get(whole).is_some())
            .then(|| self.variant(get))
    }

    /// The scope of the variant that is current.
    #[must_use]
    pub fn variant<B: 'static>(&self, get: fn(&A) -> Option<&B>) -> Scope<'s, B> {
        let whole = Arc::clone(&self.projection);
        Scope {
            core: self.core,
            projection: Arc::new(move |snapshot| get(whole(snapshot)).unwrap_or_else(unchosen)),
            depth: self.depth,
        }
    }

    /// Makes the flags those of a subcommand.
    #[must_use]
    pub fn subcommand(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }

    /// Runs `code` with the current value.
    pub fn with<T>(&self, code: impl FnOnce(&A) -> T) -> T {
        code((self.projection)(&self.core.broadcast.store.load()))
    }

    fn part<T: 'static>(&self, get: fn(&A) -> &T) -> Projection<T> {
        let whole = Arc::clone(&self.projection);
        Arc::new(move |snapshot| get(whole(snapshot)))
    }
}

/// Every snapshot is a copy of the base whose flags alone were assigned, so the subcommand that was
/// chosen at the start is chosen in all of them.
#[expect(clippy::unreachable, reason = "the chosen subcommand never changes")]
fn unchosen<T>() -> T {
    unreachable!("a program's subcommand does not change")
}

impl<A> fmt::Debug for Scope<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}
