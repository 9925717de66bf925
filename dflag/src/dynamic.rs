//! The handle on one dynamic flag.

use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::derived::node::{Failure, Node};
use crate::derived::registry::Registered;
use crate::error::{Problem, Rejected};
use crate::flag_set::{Applied, FlagSet as _};
use crate::layers::edit::Edit;
use crate::origin::Origin;
use crate::publish::broadcast::Broadcast;
use crate::publish::core::{Core, DERIVED};
use crate::read::guard::Guard;
use crate::read::mirror::{Mirror, Mirrored, is_scalar};
use crate::read::pinned::{Projection, Slot};
use crate::read::reader::Reader;
use crate::read::snapshot::Snapshot;
use crate::read::thread_cache::Masking;
use crate::schema::FlagSpec;
use crate::settable::{self, Settable, Setter};
use crate::subscribers::Subscription;
use crate::user_code::catch_panic;
use crate::value::Fraction;
use crate::waiting::changes::Changes;
use crate::waiting::watch::{TimedOut, wait_for};

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
///
/// To react to changes, [`subscribe`](Self::subscribe) a callback, or follow the [`changes`](Self::changes) in a
/// task. Tests use [`settable`](Self::settable).
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

/// The value of a flag, or one derived from flags, in every snapshot of a set.
struct FlagBacking<T> {
    slot: Slot<T>,
    broadcast: Arc<Broadcast>,
    publisher: Publisher,
    /// The flag's index in the schema, or one after them for a derived value.
    index: Option<usize>,
}

/// Who publishes the snapshots.
#[derive(Clone)]
pub(crate) enum Publisher {
    Flags(Arc<Core>),
    Settable(Arc<Settable>),
}

impl Publisher {
    fn broadcast(&self) -> &Arc<Broadcast> {
        match self {
            Self::Flags(core) => &core.broadcast,
            Self::Settable(settable) => &settable.broadcast,
        }
    }

    /// The index of the first derived value.
    fn first_derived(&self) -> usize {
        match self {
            Self::Flags(core) => core.schema.flags.len(),
            Self::Settable(_) => settable::INDEX + 1,
        }
    }

    fn derive<T>(
        &self,
        node: &Arc<Node>,
        handle: impl FnOnce(Registered) -> T,
    ) -> Result<T, Rejected> {
        match self {
            Self::Flags(core) => core.derive(node, handle),
            Self::Settable(settable) => settable.derive(node, handle),
        }
    }
}

impl<T: Send + Sync + 'static> Dynamic<T> {
    /// A handle on a value that never changes.
    pub fn constant(value: T) -> Self {
        Self(Arc::new(Inner {
            mirror: Mirror::of(&value),
            backing: Backing::Constant(Arc::new(value)),
        }))
    }

    /// A handle whose value a test changes, through the setter.
    ///
    /// Reads, callbacks, [`changes`](Self::changes) and [`wait_for`](Self::wait_for) behave as on a flag. Only
    /// [`set`](Self::set) and [`clear`](Self::clear) are errors, as on a [`constant`](Self::constant), since there
    /// is no flag.
    ///
    /// ```
    /// # use dflag::Dynamic;
    /// struct Limiter {
    ///     at_most: Dynamic<usize>,
    /// }
    ///
    /// let (setter, at_most) = Dynamic::settable(2);
    /// let limiter = Limiter { at_most };
    /// setter.set(5);
    /// assert_eq!(limiter.at_most.get(), 5);
    /// ```
    pub fn settable(value: T) -> (Setter<T>, Self) {
        let setter = Setter::new(value);
        let publisher = Publisher::Settable(Arc::clone(setter.settable()));
        let projection = Arc::new(Snapshot::args);
        let index = Some(settable::INDEX);
        let handle = Self::follow(publisher, index, projection, Masking::Shown);
        (setter, handle)
    }

    pub(crate) fn live(core: &Arc<Core>, index: Option<usize>, projection: Projection<T>) -> Self {
        let spec = index.and_then(|index| core.schema.flags.get(index));
        let masking = if spec.is_none_or(|spec| spec.def.secret) {
            Masking::Masked
        } else {
            Masking::Shown
        };
        Self::follow(
            Publisher::Flags(Arc::clone(core)),
            index,
            projection,
            masking,
        )
    }

    /// Registers a derived value.
    pub(crate) fn derived(
        publisher: &Publisher,
        node: Node,
        masking: Masking,
    ) -> Result<Self, Rejected> {
        publisher.derive(&Arc::new(node), |registered| {
            let index = Some(registered.index);
            let projection: Projection<T> = Arc::new(move |snapshot| registered.value(snapshot));
            Self::follow(publisher.clone(), index, projection, masking)
        })
    }

    fn follow(
        publisher: Publisher,
        index: Option<usize>,
        projection: Projection<T>,
        masking: Masking,
    ) -> Self {
        let broadcast = Arc::clone(publisher.broadcast());
        let flag = FlagBacking {
            slot: Slot::new(Arc::clone(&broadcast.store), projection, masking),
            broadcast: Arc::clone(&broadcast),
            publisher,
            index,
        };
        let inner = Arc::new(Inner {
            mirror: Mirror::of(&*flag.slot.load_shared()),
            backing: Backing::Flag(flag),
        });
        if let Some(index) = index
            && is_scalar::<T>()
        {
            let mirrored: Arc<dyn Mirrored> = Arc::clone(&inner) as _;
            broadcast.add_mirror(index, &mirrored);
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
    /// The callback is not in an async runtime: `tokio::spawn` panics in it, because the updater's thread has no
    /// runtime. Follow the [`changes`](Self::changes) in a task instead, or capture a `tokio::runtime::Handle` and
    /// call its `spawn`.
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
        let Some((flag, index)) = self.flag() else {
            return Subscription::default();
        };
        let value = Arc::clone(flag.slot.projection());
        flag.broadcast.subscribers.subscribe(
            Some(index),
            self.0.label(),
            Box::new(move |notice| callback(value(&notice.old), value(&notice.new))),
        )
    }

    /// Calls `callback` with the current value, and then with the new one after each publish that changes this
    /// flag.
    ///
    /// The first call is made on this thread before this returns. Between it and the later ones, no change is
    /// missed and none is delivered twice, whatever other threads set meanwhile: [`get`](Self::get) followed by
    /// [`on_change`](Self::on_change) could miss one.
    ///
    /// The later calls are as those of [`on_change`](Self::on_change): on the thread that makes the change, in
    /// order, one at a time, and with panics logged, also one in the first call. For a change that is made while
    /// the first call runs, this thread makes the call, too, before this returns. Meanwhile another thread may
    /// run other callbacks.
    ///
    /// A callback may call this: the first call is nested in it. On a [`constant`](Self::constant) the first call
    /// is the only one.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     workers: usize,
    /// # }
    /// # #[derive(Default)]
    /// # struct Pool(std::sync::atomic::AtomicUsize);
    /// # impl Pool {
    /// #     fn resize(&self, size: usize) {
    /// #         self.0.store(size, std::sync::atomic::Ordering::Relaxed);
    /// #     }
    /// #     fn size(&self) -> usize {
    /// #         self.0.load(std::sync::atomic::Ordering::Relaxed)
    /// #     }
    /// # }
    /// use std::sync::Arc;
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let pool = Arc::new(Pool::default());
    /// let _subscription = args.workers.subscribe({
    ///     let pool = Arc::clone(&pool);
    ///     move |workers| pool.resize(*workers)
    /// });
    /// assert_eq!(pool.size(), 3);
    ///
    /// args.set("workers", "5")?;
    /// assert_eq!(pool.size(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn subscribe(&self, callback: impl Fn(&T) + Send + Sync + 'static) -> Subscription {
        let Some((flag, index)) = self.flag() else {
            if catch_panic(|| callback(&self.load())).is_err() {
                tracing::error!("a callback panicked");
            }
            return Subscription::default();
        };
        let value = Arc::clone(flag.slot.projection());
        flag.broadcast.subscribers.subscribe_from_now(
            Some(index),
            self.0.label(),
            Box::new(move |notice| callback(value(&notice.new))),
            &flag.broadcast.store,
        )
    }

    /// The changes of this flag from now on, for a task that waits for them. With the feature `stream`, this is
    /// a `Stream`.
    ///
    /// This is the way to react to a change in async code. See [`Changes`] for which changes it yields, and when
    /// it ends.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// # pollster::block_on(async {
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let mut changes = args.limit.changes();
    /// args.set("limit", "5")?;
    /// assert_eq!(changes.changed().await, Some(5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn changes(&self) -> Changes<T>
    where
        T: Clone,
    {
        match &self.0.backing {
            Backing::Constant(value) => {
                let value = Arc::clone(value);
                Changes::new(None, move |_| T::clone(&value))
            }
            Backing::Flag(flag) => {
                let value = Arc::clone(flag.slot.projection());
                let watch = self
                    .flag()
                    .map(|(flag, index)| flag.broadcast.watch(Some(index)));
                Changes::new(watch, move |snapshot| value(snapshot).clone())
            }
        }
    }

    /// Blocks the thread until `condition` holds, and returns the value for which it does: at once, if it holds
    /// already.
    ///
    /// `condition` gets the current value and then each newer one, the newest of several that change while
    /// it runs. [`Duration::MAX`] is no timeout. A [`constant`](Self::constant) waits as well.
    ///
    /// Do not call this in a parser, a check or a rule of the same flags: no flag can change before it returns. In a
    /// callback it delays the other callbacks. Tasks use [`changes`](Self::changes).
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// use std::{thread, time::Duration};
    ///
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// thread::scope(|scope| {
    ///     scope.spawn(|| args.set("limit", "5"));
    ///     let limit = args.limit.wait_for(|limit| *limit > 3, Duration::from_secs(10));
    ///     assert_eq!(limit, Ok(5));
    /// });
    /// # Ok::<(), clap::Error>(())
    /// ```
    ///
    /// # Errors
    /// The condition did not hold within `timeout`.
    pub fn wait_for(
        &self,
        condition: impl FnMut(&T) -> bool,
        timeout: Duration,
    ) -> Result<T, TimedOut>
    where
        T: Clone,
    {
        let watch = self
            .flag()
            .map(|(flag, index)| flag.broadcast.watch(Some(index)));
        let guard = wait_for(watch, || self.load(), condition, timeout)?;
        Ok(T::clone(&guard))
    }

    /// Overrides the flag with a value. It is judged as the text of the value is by
    /// [`Flags::set`](crate::Flags::set): clap's parser with its bounds, the flag's checks, and the rules across
    /// flags.
    ///
    /// The text is the one that [`Display`](fmt::Display) writes, if the flag's parser reads it as an equal value;
    /// of an `Option` or a list, the texts of what is in it, and `None` [unsets](crate::Edit::unset) the flag. A
    /// `ValueEnum`, a path in UTF-8 and what the parsers of [`value`](crate::value) return need no `Display`. What a
    /// type's own text is cannot be known when this is compiled, so a value without one is [`Problem::NoText`].
    ///
    /// A program's `finish` edits the result, so [`get`](Self::get) may return another value.
    ///
    /// If the flag has an override with an equal value, nothing is published; one that
    /// [expires](Self::set_for) becomes permanent. An override with the value that
    /// is there anyway keeps it from changing with the layers below, and is no change to callbacks.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[arg(long, default_value_t = 0.0)]
    ///     #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    ///     rollout: f64,
    ///
    ///     #[arg(long)]
    ///     #[flag(dynamic)]
    ///     limit: Option<u32>,
    /// }
    ///
    /// let args = Args::try_parse_dynamic_from(["server", "--limit=7"])?;
    /// args.rollout.set(0.5)?;
    /// args.limit.set(None)?;
    /// assert_eq!((args.rollout.get(), args.limit.get()), (0.5, None));
    ///
    /// let rejected = args.rollout.set(25.0).unwrap_err();
    /// assert!(rejected.to_string().contains("`rollout`: 25.0 is not in 0.0..=1.0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The value is invalid, has no text, or a rule across flags rejects the result; or this is not the handle of a
    /// flag but a constant or a derived value ([`Problem::NoFlag`]). All flags keep their values.
    pub fn set(&self, value: T) -> Result<Applied, Rejected> {
        let (core, flag) = self.core()?;
        core.set_value(flag, &value, None)
    }

    /// Overrides the flag with a value as [`set`](Self::set) does, and clears the override after `duration`. See
    /// [`Edit::expires_in`](crate::Edit::expires_in).
    ///
    /// If the flag has an override with an equal value, this sets when it expires.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// use std::time::Duration;
    ///
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 0.0)]
    /// #     #[flag(dynamic)]
    /// #     rollout: f64,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// args.rollout.set_for(0.5, Duration::from_millis(20))?;
    /// assert_eq!(args.rollout.wait_for(|rollout| *rollout == 0.0, Duration::from_secs(60)), Ok(0.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`set`](Self::set); the duration is zero or too long for the clock; or the thread that waits for the
    /// time can't be started. All flags keep their values.
    pub fn set_for(&self, value: T, duration: Duration) -> Result<Applied, Rejected> {
        let (core, flag) = self.core()?;
        core.set_value(flag, &value, Some(duration))
    }

    /// Clears the flag's override. The flag then has the value of the layers below. Without an override, it keeps
    /// its value.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value_t = 3)]
    /// #     #[flag(dynamic)]
    /// #     limit: u8,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server", "--limit=4"])?;
    /// args.limit.set(5)?;
    /// args.limit.clear()?;
    /// assert_eq!(args.limit.get(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A rule across flags rejects the result, or this is not the handle of a flag ([`Problem::NoFlag`]). All flags
    /// keep their values.
    pub fn clear(&self) -> Result<Applied, Rejected> {
        let (core, flag) = self.core()?;
        let name = core.schema.flags.get(flag).map(|spec| spec.name.as_str());
        core.edit(&[Edit::clear(name.unwrap_or_default())])
    }

    /// A value that is computed from this one, and again whenever this one changes. See
    /// [derived values](crate::Flags::derive), of which this is the form for one flag.
    ///
    /// This changes if a new value does not equal the old one, as for [`on_change`](Self::on_change). To follow every
    /// value of a type whose equality ignores a part of it, [derive](crate::Flags::derive) from that part.
    ///
    /// `map` must be quick and free of effects: it runs under the lock that orders changes, and the update may still be
    /// rejected. If it panics, the update is rejected.
    ///
    /// This is a publish, so make a handle once, not per request. A derived value can be mapped as well. The result of
    /// a [`constant`](Self::constant) is a constant. Guards of the result mask `Debug` and `Display` if those of this
    /// handle do: a value that is mapped from a secret may be one.
    ///
    /// ```
    /// # use clap::Parser;
    /// # use dflag::DynamicFlags;
    /// # #[derive(Clone, Parser, DynamicFlags)]
    /// # struct Args {
    /// #     #[arg(long, default_value = "eu,us")]
    /// #     #[flag(dynamic)]
    /// #     zones: String,
    /// # }
    /// let args = Args::try_parse_dynamic_from(["server"])?;
    /// let zones = args.zones.map(|zones| zones.split(',').map(str::to_owned).collect::<Vec<_>>())?;
    /// let count = zones.map(Vec::len)?;
    /// assert_eq!((zones.get(), count.get()), (vec!["eu".to_owned(), "us".to_owned()], 2));
    ///
    /// args.set("zones", "eu")?;
    /// assert_eq!(count.get(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `map` panics for the current value ([`Problem::Derived`]), or this is called by a parser, a check, a rule or a
    /// derived value of the same flags ([`Problem::Reentrant`]).
    #[track_caller]
    pub fn map<U: Send + Sync + 'static>(
        &self,
        map: impl Fn(&T) -> U + Send + Sync + 'static,
    ) -> Result<Dynamic<U>, Rejected> {
        let location = Location::caller();
        match &self.0.backing {
            Backing::Constant(value) => match catch_panic(|| map(value)) {
                Ok(value) => Ok(Dynamic::constant(value)),
                Err(reason) => Err(Rejected {
                    source: DERIVED.to_owned(),
                    problems: vec![Failure::new(location, reason).into()],
                    unknown: Vec::new(),
                    volatile: false,
                }),
            },
            Backing::Flag(flag) => {
                let value = Arc::clone(flag.slot.projection());
                let node = Node::mapped(location, flag.index, value, map);
                Dynamic::derived(&flag.publisher, node, flag.slot.masking())
            }
        }
    }

    /// The flag's long name; `None` for a [`constant`](Self::constant) or a derived value.
    pub fn name(&self) -> Option<&str> {
        self.0.name()
    }

    /// What it follows, and the index of the value; `None` for a constant.
    fn flag(&self) -> Option<(&FlagBacking<T>, usize)> {
        match &self.0.backing {
            Backing::Constant(_) => None,
            Backing::Flag(flag) => Some((flag, flag.index?)),
        }
    }

    /// The set of the flag, and the flag.
    fn core(&self) -> Result<(&Arc<Core>, usize), Rejected> {
        if let Some((flag, index)) = self.flag()
            && let Publisher::Flags(core) = &flag.publisher
            && index < core.schema.flags.len()
        {
            return Ok((core, index));
        }
        Err(Rejected {
            source: Origin::Override.to_string(),
            problems: vec![Problem::NoFlag],
            unknown: Vec::new(),
            volatile: false,
        })
    }
}

impl Dynamic<Fraction> {
    /// Whether the key belongs to the current fraction. See [`Fraction::includes`] for keys, and for what
    /// stays the same between processes and versions.
    ///
    /// The salt is the flag's long name, so that other flags of the program include other keys. To keep
    /// it when the flag is renamed, declare the old name: `#[flag(dynamic, salt = "old-name")]`. A handle
    /// that follows no flag, such as a [`constant`](Self::constant), has the empty salt.
    ///
    /// ```
    /// use clap::Parser;
    /// use dflag::{Dynamic, DynamicFlags, value::Fraction};
    ///
    /// #[derive(Clone, Parser, DynamicFlags)]
    /// struct Args {
    ///     #[arg(long, default_value = "25%")]
    ///     #[flag(dynamic)]
    ///     new_checkout: Fraction,
    ///
    ///     // It was named `fast-search`, and the same users stay in.
    ///     #[arg(long, default_value = "25%")]
    ///     #[flag(dynamic, salt = "fast-search")]
    ///     quick_search: Fraction,
    /// }
    ///
    /// let args = Args::try_parse_dynamic_from(["shop"])?;
    /// let quarter: Fraction = "25%".parse()?;
    /// for user in ["user-1", "user-2", "user-3"] {
    ///     assert_eq!(args.new_checkout.includes(user), quarter.includes("new-checkout", user));
    ///     assert_eq!(args.quick_search.includes(user), quarter.includes("fast-search", user));
    /// }
    ///
    /// let everyone = Dynamic::constant(Fraction::ONE);
    /// assert!(everyone.includes("user-1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn includes(&self, key: impl AsRef<[u8]>) -> bool {
        self.load().includes(self.0.salt(), key)
    }
}

impl<T> Inner<T> {
    /// What distinguishes a fraction's keys from those of other flags.
    fn salt(&self) -> &str {
        self.spec().map_or("", |spec| {
            let metadata = spec.def.metadata.as_ref();
            metadata
                .and_then(|metadata| metadata.salt)
                .unwrap_or(&spec.name)
        })
    }

    fn name(&self) -> Option<&str> {
        Some(&self.spec()?.name)
    }

    /// The flag; `None` if the handle is not that of one.
    fn spec(&self) -> Option<&FlagSpec> {
        match &self.backing {
            Backing::Flag(FlagBacking {
                publisher: Publisher::Flags(core),
                index: Some(index),
                ..
            }) => core.schema.flags.get(*index),
            _ => None,
        }
    }

    /// The name, or what it is that has none.
    fn label(&self) -> &str {
        let label = match &self.backing {
            Backing::Flag(FlagBacking {
                publisher,
                index: Some(index),
                ..
            }) if *index >= publisher.first_derived() => "derived",
            _ => "constant",
        };
        self.name().unwrap_or(label)
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
/// shown as `constant`, that of a derived value as `derived`.
impl<T> fmt::Debug for Dynamic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dynamic({})", self.0.label())
    }
}
