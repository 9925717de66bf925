//! The handle on one dynamic flag.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use crate::publish::core::Core;
use crate::read::guard::Guard;
use crate::read::mirror::{Mirror, Mirrored, is_scalar};
use crate::read::pinned::{Projection, Slot};
use crate::read::reader::Reader;
use crate::read::snapshot::Snapshot;
use crate::read::thread_cache::Masking;
use crate::subscribers::Subscription;

/// A handle on one dynamic flag, cheap to clone and to pass around.
///
/// Code that takes a `Dynamic<T>` need not know the program's flags. Callers without flags, such as
/// tests, pass a [`constant`](Self::constant).
///
/// ```
/// use dflag::Dynamic;
///
/// struct Limiter {
///     at_most: Dynamic<usize>,
/// }
///
/// impl Limiter {
///     fn admits(&self, in_flight: usize) -> bool {
///         in_flight < self.at_most.get()
///     }
/// }
///
/// let limiter = Limiter { at_most: Dynamic::constant(2) };
/// assert!(limiter.admits(1));
/// assert!(!limiter.admits(2));
/// ```
pub struct Dynamic<T>(Arc<Inner<T>>);

struct Inner<T> {
    mirror: Mirror,
    backing: Backing<T>,
}

/// Where a handle's value comes from.
enum Backing<T> {
    Constant(Arc<T>),
    Flag(FlagBacking<T>),
}

/// The value of a flag, in every snapshot of its set.
struct FlagBacking<T> {
    slot: Slot<T>,
    core: Arc<Core>,
    /// The flag's index in the schema.
    index: Option<usize>,
}

impl<T: Send + Sync + 'static> Dynamic<T> {
    /// A handle on a value that never changes.
    pub fn constant(value: T) -> Self {
        Self(Arc::new(Inner {
            mirror: Mirror::of(&value),
            backing: Backing::Constant(Arc::new(value)),
        }))
    }

    pub(crate) fn live(core: &Arc<Core>, index: Option<usize>, projection: Projection<T>) -> Self {
        let spec = index.and_then(|index| core.schema.flags.get(index));
        let masking = if spec.is_none_or(|spec| spec.def.secret) {
            Masking::Masked
        } else {
            Masking::Shown
        };
        let slot = Slot::new(Arc::clone(&core.store), projection, masking);
        let inner = Arc::new(Inner {
            mirror: Mirror::of(&*slot.load_shared()),
            backing: Backing::Flag(FlagBacking {
                slot,
                core: Arc::clone(core),
                index,
            }),
        });
        if let Some(index) = index
            && is_scalar::<T>()
        {
            let mirrored: Arc<dyn Mirrored> = Arc::clone(&inner) as _;
            core.add_mirror(index, &mirrored);
        }
        Self(inner)
    }

    /// A copy of the current value.
    ///
    /// For a number, a `bool`, a `char` or a `Duration` this costs about as much as reading an atomic.
    #[inline]
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.0.mirror.get().unwrap_or_else(|| self.load().clone())
    }

    /// The current value, without a copy.
    ///
    /// The guard keeps this value even if a newer one is published, so drop it soon. It is not
    /// [`Send`]: a task that moves between threads can't hold it across an `.await` and uses
    /// [`get`](Self::get) or [`Flags::load_full`](crate::Flags::load_full) instead.
    ///
    /// ```
    /// # use dflag::Dynamic;
    /// let names = Dynamic::constant(vec!["a", "b"]);
    /// assert_eq!(names.load().len(), 2);
    /// ```
    #[inline]
    pub fn load(&self) -> Guard<'_, T> {
        match &self.0.backing {
            Backing::Constant(value) => Guard::constant(value),
            Backing::Flag(flag) => Guard::load(&flag.slot),
        }
    }

    /// A [`Reader`] of this flag, for code that reads it in a loop.
    ///
    /// ```
    /// # use dflag::Dynamic;
    /// let limit = Dynamic::constant(3);
    /// let mut reader = limit.reader();
    /// let admitted = (0..10).filter(|n| n < reader.load()).count();
    /// assert_eq!(admitted, 3);
    /// ```
    pub fn reader(&self) -> Reader<T> {
        match &self.0.backing {
            Backing::Constant(value) => Reader::constant(Arc::clone(value)),
            Backing::Flag(flag) => Reader::live(flag.slot.clone()),
        }
    }

    /// Calls `callback` with the old and the new value after each publish that changes this flag.
    ///
    /// The callback runs on the thread that made the change, so a slow callback delays that thread.
    /// Callbacks run one at a time, in the order of subscription, and each gets the publishes in the
    /// order in which they happened. If a callback sets a flag, or another thread does so in the
    /// meantime, the thread that is running callbacks delivers that publish next.
    /// A panic in a callback is logged, and the other callbacks are still called.
    ///
    /// A value has changed if it is not equal to the previous one. Values of a type without
    /// [`PartialEq`] are compared by their texts.
    ///
    /// The callback stays registered until the returned subscription is dropped. On a
    /// [`constant`](Self::constant) it is never called.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 0.0)]
    /// #     #[flag(dynamic)]
    /// #     rollout: f64,
    /// # }
    /// use std::sync::mpsc;
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let (sender, changes) = mpsc::channel();
    /// let subscription = args.rollout.on_change(move |old, new| {
    ///     sender.send((*old, *new)).ok();
    /// });
    ///
    /// args.set("rollout", "0.5")?;
    /// assert_eq!(changes.try_recv(), Ok((0.0, 0.5)));
    ///
    /// drop(subscription);
    /// args.set("rollout", "1")?;
    /// assert!(changes.try_recv().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_change(&self, callback: impl Fn(&T, &T) + Send + Sync + 'static) -> Subscription {
        let Backing::Flag(flag) = &self.0.backing else {
            return Subscription::default();
        };
        let Some(index) = flag.index else {
            return Subscription::default();
        };
        let value = Arc::clone(flag.slot.projection());
        flag.core.subscribers.subscribe(
            Some(index),
            self.name().unwrap_or_default(),
            Box::new(move |notice| callback(value(&notice.old), value(&notice.new))),
        )
    }

    /// The flag's long name, or `None` for a [`constant`](Self::constant).
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }
}

impl<T> Inner<T> {
    fn name(&self) -> Option<&str> {
        match &self.backing {
            Backing::Constant(_) => None,
            Backing::Flag(flag) => {
                let spec = flag.core.schema.flags.get(flag.index?)?;
                Some(&spec.name)
            }
        }
    }
}

impl<T: Send + Sync + 'static> Mirrored for Inner<T> {
    fn invalidate(&self) {
        self.mirror.invalidate();
    }

    fn refresh(&self, snapshot: &Snapshot) {
        if let Backing::Flag(flag) = &self.backing {
            self.mirror.refresh(flag.slot.projection()(snapshot));
        }
    }
}

impl<T> Clone for Dynamic<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

// A handle gives out shared references to the value. Of the flags it can change nothing but who is
// notified, which is one assignment.
impl<T: RefUnwindSafe> UnwindSafe for Dynamic<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Dynamic<T> {}

/// A [constant](Dynamic::constant), which follows no flag. It lets a struct that holds handles derive
/// `Default`.
///
/// ```
/// # use dflag::Dynamic;
/// #[derive(Debug, Default)]
/// struct Limiter {
///     at_most: Dynamic<usize>,
/// }
///
/// let limiter = Limiter::default();
/// assert_eq!(limiter.at_most.get(), 0);
/// assert_eq!(format!("{limiter:?}"), "Limiter { at_most: Dynamic(constant) }");
/// ```
impl<T: Default + Send + Sync + 'static> Default for Dynamic<T> {
    fn default() -> Self {
        Self::constant(T::default())
    }
}

/// A [constant](Dynamic::constant), which follows no flag.
///
/// ```
/// # use dflag::Dynamic;
/// let limit: Dynamic<u32> = 100.into();
/// assert_eq!(limit.get(), 100);
/// ```
impl<T: Send + Sync + 'static> From<T> for Dynamic<T> {
    fn from(value: T) -> Self {
        Self::constant(value)
    }
}

/// Shows the flag's name only, because the value may be a secret's. A handle that follows no flag is
/// shown as `constant`.
impl<T> fmt::Debug for Dynamic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dynamic({})", self.0.name().unwrap_or("constant"))
    }
}
