//! Guards: references to values that keep the values' snapshots alive.

use std::fmt;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::read::pinned::{Owner, Pinned, Slot};
use crate::read::thread_cache::Masking;
use crate::text::mask::MASK;

/// A reference to the value that was current when it was loaded.
///
/// A guard is not [`Send`], so a task that moves between threads can't hold it across an `.await`.
///
/// ```
/// let limit = dflag::Dynamic::constant(3);
/// let guard = limit.load();
/// assert_eq!(*guard, 3);
/// ```
///
/// ```compile_fail
/// let limit = dflag::Dynamic::constant(3);
/// let guard = limit.load();
/// std::thread::scope(|scope| {
///     scope.spawn(move || *guard);
/// });
/// ```
///
/// It compares and displays as its value does, and is an [`AsRef`] wherever the value is:
///
/// ```
/// let name = dflag::Dynamic::constant("eu".to_owned());
/// assert_eq!(name.load(), "eu");
/// assert_eq!(name.load(), name.load());
/// assert_eq!(format!("zone {}", name.load()), "zone eu");
/// assert!(!std::path::Path::new("/etc/zones").join(name.load()).is_dir());
/// ```
///
/// # Secrets
///
/// `Display` and `Debug` show [`MASK`] in place of the value of a secret flag, and of
/// the whole struct that [`Flags::load`](crate::Flags::load) gives, which may hold secrets. So do
/// guards that [`map`](Self::map) makes of these. Only dereferencing shows the value.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[arg(long, default_value = "")]
///     #[flag(dynamic, secret)]
///     token: String,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server", "--token=hunter2"])?;
/// assert_eq!(args.token.load().to_string(), dflag::MASK);
/// assert_eq!(*args.token.load(), "hunter2");
/// # Ok::<(), clap::Error>(())
/// ```
#[must_use = "a guard that is dropped at once gives no value"]
pub struct Guard<'a, T: ?Sized>(Pinned<T, Owner<'a>>)
where
    // Needed for `map` to be sound; see `Pinned::map`.
    T: 'a;

impl<'a, T> Guard<'a, T> {
    pub(crate) fn constant(value: &'a T) -> Self {
        Self(Pinned::borrowed(value))
    }

    #[inline]
    pub(crate) fn load(slot: &'a Slot<T>) -> Self {
        Self(slot.load())
    }
}

impl<'a, T: ?Sized> Guard<'a, T> {
    /// A guard on a part of the value, like [`std::cell::Ref::map`].
    ///
    /// This is an associated function, `Guard::map(guard, …)`, so that it does not hide a method of the
    /// value. The new guard keeps the same snapshot, and masks its part if the whole was masked.
    ///
    /// ```
    /// use dflag::{Dynamic, Guard};
    ///
    /// struct Limits {
    ///     zones: Vec<String>,
    /// }
    ///
    /// fn first_zone(limits: &Dynamic<Limits>) -> Guard<'_, str> {
    ///     Guard::map(limits.load(), |limits| limits.zones.first().map_or("", |zone| zone))
    /// }
    ///
    /// let limits = Dynamic::constant(Limits { zones: vec!["eu".to_owned()] });
    /// assert_eq!(&*first_zone(&limits), "eu");
    /// ```
    ///
    /// A part does not outlive its guard:
    ///
    /// ```compile_fail,E0521
    /// use dflag::{Dynamic, Guard};
    ///
    /// let limit = Dynamic::constant("3".to_owned());
    /// let mut kept: Option<&str> = None;
    /// let guard = Guard::map(limit.load(), |text| {
    ///     kept = Some(text);
    ///     text
    /// });
    /// ```
    pub fn map<U: ?Sized>(guard: Self, part: impl FnOnce(&T) -> &U) -> Guard<'a, U> {
        Guard(guard.0.map(part))
    }

    fn is_masked(&self) -> bool {
        self.0.owner().masking() == Masking::Masked
    }
}

impl<T: ?Sized> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// As the documentation of [`AsRef`] asks of types that dereference: `guard.as_ref()` means what
/// `value.as_ref()` means.
impl<T: AsRef<U> + ?Sized, U: ?Sized> AsRef<U> for Guard<'_, T> {
    fn as_ref(&self) -> &U {
        T::as_ref(self)
    }
}

/// Compares values; of two different snapshots, too.
impl<T: PartialEq + ?Sized> PartialEq for Guard<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        T::eq(self, other)
    }
}

impl<T: Eq + ?Sized> Eq for Guard<'_, T> {}

impl<T: PartialEq> PartialEq<T> for Guard<'_, T> {
    fn eq(&self, other: &T) -> bool {
        T::eq(self, other)
    }
}

impl PartialEq<str> for Guard<'_, String> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Guard<'_, String> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

/// The value's own; [`MASK`] where it may be a secret's.
impl<T: fmt::Display + ?Sized> fmt::Display for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_masked() {
            return f.pad(MASK);
        }
        T::fmt(self, f)
    }
}

/// The value's own; [`MASK`] where it may be a secret's.
impl<T: fmt::Debug + ?Sized> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_masked() {
            return f.pad(MASK);
        }
        T::fmt(self, f)
    }
}

// A guard gives out shared references to the value and does nothing else with it.
impl<T: RefUnwindSafe + ?Sized> UnwindSafe for Guard<'_, T> {}
impl<T: RefUnwindSafe + ?Sized> RefUnwindSafe for Guard<'_, T> {}
