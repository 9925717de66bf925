//! Snapshots: a published whole, and where each part of it came from.

use std::any::Any;
use std::sync::Arc;

use crate::Origin;
use crate::chunks::Chunks;
use crate::mark::Mark;

/// A user's struct, whatever its type.
pub(crate) type Args = Arc<dyn Any + Send + Sync>;

/// A parsed value of a type that only its field knows.
pub(crate) type Value = Arc<dyn Any + Send + Sync>;

/// All flags as of one publish. Nothing of it changes but its mark.
pub(crate) struct Snapshot {
    /// Whether another one has taken its place, or is about to.
    pub(crate) superseded: Mark,
    pub(crate) generation: u64,
    pub(crate) args: Args,
    /// By flag.
    pub(crate) states: Chunks<State>,
}

/// What a snapshot says of one flag.
#[derive(Clone)]
pub(crate) struct State {
    /// The value as text; `None` for an optional flag that is not set.
    pub(crate) text: Option<Arc<str>>,
    pub(crate) origin: Origin,
    /// The value that the layers ask for now. A static flag gets it after a restart.
    pub(crate) wanted: Option<Arc<str>>,
    /// What holds in the place of the base's value.
    pub(crate) value: Option<Value>,
}

impl State {
    /// Whether one sees the same.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        self.text == other.text && self.origin == other.origin && self.wanted == other.wanted
    }
}

impl Snapshot {
    /// One of the generation `generation`, which is the newest until it is marked.
    pub(crate) fn new(generation: u64, args: Args, states: Chunks<State>) -> Self {
        Self {
            superseded: Mark::new(),
            generation,
            args,
            states,
        }
    }

    /// The user's struct, which is an `A` for every snapshot of a `Flags<A>`.
    pub(crate) fn args<A: 'static>(&self) -> &A {
        struct_of(&*self.args)
    }

    /// The user's struct, to keep.
    pub(crate) fn args_full<A: Any + Send + Sync>(&self) -> Arc<A> {
        match Arc::clone(&self.args).downcast() {
            Ok(args) => args,
            Err(_) => foreign(),
        }
    }
}

/// The struct behind the erased type.
pub(crate) fn struct_of<A: 'static>(args: &(dyn Any + Send + Sync)) -> &A {
    match args.downcast_ref() {
        Some(args) => args,
        None => foreign(),
    }
}

/// A `Flags<A>` makes its own store, and everything that reads from the store is made by it.
#[expect(
    clippy::unreachable,
    reason = "no value of another type is ever stored"
)]
fn foreign() -> ! {
    unreachable!("a flag store holds one type")
}
