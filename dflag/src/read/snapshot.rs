//! Snapshots: the published values of all flags, with their texts and origins.

use std::any::Any;
use std::sync::Arc;

use crate::error::Problem;
use crate::expiry::Deadline;
use crate::origin::Origin;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::value::volatile::FileContent;

/// The user's struct, with its type erased.
pub(crate) type Args = Arc<dyn Any + Send + Sync>;

/// A parsed value, with its type erased.
pub(crate) type Value = Arc<dyn Any + Send + Sync>;

/// All flags of one publish. Immutable, but for the [`Superseded`] mark.
pub(crate) struct Snapshot {
    pub(crate) superseded: Superseded,
    pub(crate) generation: u64,
    pub(crate) versions: Versions,
    /// Grows with each snapshot that a listing shows differently.
    pub(crate) revision: u64,
    pub(crate) revisions: Revisions,
    pub(crate) args: Args,
    /// By flag. A flag that nothing changed shares its state with the snapshot before.
    pub(crate) states: Vec<Arc<FlagState>>,
    /// The reasons for which a restart with the pending values would fail.
    pub(crate) restart_problems: Vec<Problem>,
    /// The derived values, if there are any.
    pub(crate) derived: Option<Value>,
}

/// The versions of a snapshot's values. That of a value is the generation that changed it last, and 0 if
/// it never changed.
#[derive(Clone, Default)]
pub(crate) struct Versions {
    /// That of all flags together.
    newest: u64,
    /// By flag, and then by derived value; those that are not in it never changed.
    flags: Arc<Vec<u64>>,
}

impl Versions {
    /// That of one flag, or the newest of all.
    pub(crate) fn get(&self, flag: Option<usize>) -> u64 {
        match flag {
            Some(flag) => self.flags.get(flag).copied().unwrap_or_default(),
            None => self.newest,
        }
    }

    /// Those after a publish that changes these values, in order, `flags` of which are those of flags.
    pub(crate) fn next(&self, generation: u64, changed: &[usize], flags: usize) -> Self {
        let Some(last) = changed.last() else {
            return self.clone();
        };
        let mut versions = self.flags.to_vec();
        if versions.len() <= *last {
            versions.resize(last + 1, 0);
        }
        for index in changed {
            if let Some(version) = versions.get_mut(*index) {
                *version = generation;
            }
        }
        Self {
            newest: if flags > 0 { generation } else { self.newest },
            flags: Arc::new(versions),
        }
    }
}

/// The revisions of a snapshot's flags. That of a flag is the snapshot's revision at which its value, origin or override
/// changed last, and 1 if none ever did.
#[derive(Clone, Default)]
pub(crate) struct Revisions(Versions);

impl Revisions {
    pub(crate) fn get(&self, flag: usize) -> u64 {
        self.0.get(Some(flag)).max(1)
    }

    /// Those after a publish that changes these flags, in order.
    pub(crate) fn next(&self, revision: u64, changed: &[usize]) -> Self {
        Self(self.0.next(revision, changed, changed.len()))
    }
}

/// What a snapshot holds for one flag.
#[derive(Clone)]
pub(crate) struct FlagState {
    /// The value as text; `None` for an optional flag that is not set.
    pub(crate) text: Option<Arc<str>>,
    /// The contents of the files that gave the value, if any did.
    pub(crate) file_contents: Option<Arc<[FileContent]>>,
    pub(crate) origin: Origin,
    /// Set if `finish` changed the value. `text` is then that of the new one.
    pub(crate) adjusted: Option<Adjusted>,
    /// The value that replaces the base's, before `finish`; `None` if the base's is current.
    pub(crate) value: Option<Value>,
    /// For a static flag that would change with a restart: the value it would have.
    pub(crate) pending: Option<PendingValue>,
    /// The values of the layers above the base, from the top down.
    pub(crate) layers: Vec<LayerText>,
}

/// A flag's value in one layer.
#[derive(Clone, PartialEq)]
pub(crate) struct LayerText {
    pub(crate) origin: Origin,
    /// `None` if the layer unsets the flag.
    pub(crate) text: Option<Arc<str>>,
    /// Of an override that expires.
    pub(crate) deadline: Option<Arc<Deadline>>,
}

/// A value that `finish` changed.
#[derive(Clone, PartialEq)]
pub(crate) struct Adjusted {
    /// The text of the value before.
    pub(crate) given: Option<Arc<str>>,
    /// Whether the new text is one that the flag's parser reads back. If not, it stands for any value.
    pub(crate) is_readable: bool,
}

/// The value that a static flag would have after a restart.
#[derive(Clone, PartialEq)]
pub(crate) struct PendingValue {
    /// `None` if an optional flag would not be set.
    pub(crate) text: Option<Arc<str>>,
}

impl FlagState {
    /// The text before `finish`.
    pub(crate) fn given_text(&self) -> Option<&str> {
        let given = self.adjusted.as_ref().map(|adjusted| &adjusted.given);
        given.unwrap_or(&self.text).as_deref()
    }

    /// When the override expires.
    pub(crate) fn deadline(&self) -> Option<&Deadline> {
        self.layers.first()?.deadline.as_deref()
    }

    /// Whether the two have the same value from the same place, and an override with the same expiry.
    pub(crate) fn has_value_like(&self, other: &Self) -> bool {
        self.text == other.text
            && self.file_contents == other.file_contents
            && self.origin == other.origin
            && self.adjusted == other.adjusted
            && self.deadline() == other.deadline()
    }

    /// Whether a listing shows no difference between the two, and no file changed.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        self.text == other.text
            && self.file_contents == other.file_contents
            && self.origin == other.origin
            && self.adjusted == other.adjusted
            && self.pending == other.pending
            && self.layers == other.layers
    }
}

/// Whether a newer snapshot has been published or is about to be. Once set, it stays set.
///
/// Relaxed: it orders nothing. A thread that observes a store which the publisher made after
/// setting this also observes this.
///
/// Every read loads it. The alignment gives it a cache line of its own, and the adjacent line that
/// processors prefetch with it, so that writes to the snapshot's reference count do not slow it down.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Superseded(AtomicBool);

impl Superseded {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Snapshot {
    pub(crate) fn new(generation: u64, args: Args, states: Vec<Arc<FlagState>>) -> Self {
        Self {
            superseded: Superseded(AtomicBool::new(false)),
            generation,
            versions: Versions::default(),
            revision: 1,
            revisions: Revisions::default(),
            args,
            states,
            restart_problems: Vec::new(),
            derived: None,
        }
    }

    /// The same flags, without derived values.
    pub(crate) fn copy(&self) -> Self {
        Self {
            versions: self.versions.clone(),
            revision: self.revision,
            revisions: self.revisions.clone(),
            restart_problems: self.restart_problems.clone(),
            ..Self::new(self.generation, Arc::clone(&self.args), self.states.clone())
        }
    }

    /// The user's struct.
    pub(crate) fn args<A: 'static>(&self) -> &A {
        downcast_args(&*self.args)
    }

    /// The user's struct, to keep.
    pub(crate) fn args_full<A: Any + Send + Sync>(&self) -> Arc<A> {
        match Arc::clone(&self.args).downcast() {
            Ok(args) => args,
            Err(_) => foreign(),
        }
    }
}

/// The user's struct behind the erased type.
pub(crate) fn downcast_args<A: 'static>(args: &(dyn Any + Send + Sync)) -> &A {
    match args.downcast_ref() {
        Some(args) => args,
        None => foreign(),
    }
}

/// A `Flags<A>` creates its own store and everything that reads from it, so the type is always `A`.
#[expect(
    clippy::unreachable,
    reason = "no value of another type is ever stored"
)]
fn foreign() -> ! {
    unreachable!("a flag store holds one type")
}
