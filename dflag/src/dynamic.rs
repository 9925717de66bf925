//! The handle on one dynamic flag.

use std::fmt;
use std::sync::Arc;

use crate::core::{Core, Mirrored};
use crate::found::Place;
use crate::guard::Guard;
use crate::lens::Lens;
use crate::scalar::{Mirror, is_scalar};
use crate::snapshot::Snapshot;
use crate::{Reader, Subscription};

/// A handle on one dynamic flag, cheap to clone and to hand around.
///
/// A library that takes a `Dynamic<T>` needs to know nothing of the program's flags;
/// [`constant`](Self::constant) serves callers that have none.
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
    source: Source<T>,
}

enum Source<T> {
    Constant(Arc<T>),
    Live(Live<T>),
}

/// A flag of a set.
struct Live<T> {
    place: Place<T>,
    core: Arc<Core>,
    /// Its index in the schema.
    flag: Option<usize>,
}

impl<T: Send + Sync + 'static> Dynamic<T> {
    /// A handle whose value never changes.
    pub fn constant(value: T) -> Self {
        Self(Arc::new(Inner {
            mirror: Mirror::of(&value),
            source: Source::Constant(Arc::new(value)),
        }))
    }

    pub(crate) fn live(core: &Arc<Core>, flag: Option<usize>, lens: Lens<T>) -> Self {
        let place = Place::new(Arc::clone(&core.store), lens);
        let inner = Arc::new(Inner {
            mirror: Mirror::of(&*place.newest_shared()),
            source: Source::Live(Live {
                place,
                core: Arc::clone(core),
                flag,
            }),
        });
        if is_scalar::<T>() {
            let mirrored: Arc<dyn Mirrored> = Arc::clone(&inner) as _;
            core.mirror(flag, &mirrored);
        }
        Self(inner)
    }

    /// A copy of the value that holds now.
    #[inline]
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.0.mirror.get().unwrap_or_else(|| self.load().clone())
    }

    /// The value that holds now, without a copy.
    ///
    /// The guard keeps this value, also when another is published while it is held: hold it
    /// for a moment, not for long. It stays on its thread, so it can't be held across an
    /// `.await` of a task that moves between threads.
    ///
    /// ```
    /// # use dflag::Dynamic;
    /// let names = Dynamic::constant(vec!["a", "b"]);
    /// assert_eq!(names.load().len(), 2);
    /// ```
    #[inline]
    pub fn load(&self) -> Guard<'_, T> {
        match &self.0.source {
            Source::Constant(value) => Guard::constant(value),
            Source::Live(live) => Guard::newest(&live.place),
        }
    }

    /// A reader that remembers what it last saw, for a loop that reads all the time.
    ///
    /// ```
    /// # use dflag::Dynamic;
    /// let limit = Dynamic::constant(3);
    /// let mut reader = limit.reader();
    /// let admitted = (0..10).filter(|n| n < reader.load()).count();
    /// assert_eq!(admitted, 3);
    /// ```
    pub fn reader(&self) -> Reader<T> {
        match &self.0.source {
            Source::Constant(value) => Reader::constant(Arc::clone(value)),
            Source::Live(live) => Reader::live(live.place.clone()),
        }
    }

    /// Calls `callback` with the old value and the new one after each publish that changes this flag.
    ///
    /// It runs after the publish, on the thread that made the change, so a slow callback delays
    /// what that thread does next. Subscribers are called one after the other, in the order in
    /// which they subscribed, and see every publish in the order in which it happened.
    /// Where one sets a flag itself, or another thread does at that moment,
    /// the thread that is calling back calls for that publish next.
    /// One that panics is logged; the others are called all the same.
    ///
    /// A value whose type is [`PartialEq`] has changed when it is not equal any more;
    /// another, when its text is another one.
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
    /// let (sender, seen) = mpsc::channel();
    /// let subscription = args.rollout.on_change(move |old, new| {
    ///     sender.send((*old, *new)).ok();
    /// });
    ///
    /// args.set("rollout", "0.5")?;
    /// assert_eq!(seen.try_recv(), Ok((0.0, 0.5)));
    ///
    /// drop(subscription);
    /// args.set("rollout", "1")?;
    /// assert!(seen.try_recv().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_change(&self, callback: impl Fn(&T, &T) + Send + Sync + 'static) -> Subscription {
        let Source::Live(Live { place, core, flag }) = &self.0.source else {
            return Subscription::default();
        };
        let Some(flag) = *flag else {
            return Subscription::default();
        };
        let lens = Arc::clone(place.lens());
        core.notifier.subscribe(
            Some(flag),
            self.name().unwrap_or_default(),
            Box::new(move |notice| callback(lens(&notice.old), lens(&notice.new))),
        )
    }

    /// The flag's name; a constant has none.
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }
}

impl<T> Inner<T> {
    fn name(&self) -> Option<&str> {
        match &self.source {
            Source::Constant(_) => None,
            Source::Live(live) => {
                let spec = live.core.schema.flags.get(live.flag?)?;
                Some(&spec.name)
            }
        }
    }
}

impl<T: Send + Sync + 'static> Mirrored for Inner<T> {
    fn go_stale(&self) {
        self.mirror.go_stale();
    }

    fn refresh(&self, snapshot: &Snapshot) {
        if let Source::Live(live) = &self.source {
            self.mirror.refresh(live.place.lens()(snapshot));
        }
    }
}

impl<T> Clone for Dynamic<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The name only: the value may be a secret's.
impl<T> fmt::Debug for Dynamic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dynamic({})", self.0.name().unwrap_or("constant"))
    }
}
