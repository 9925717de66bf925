//! Checks for `#[flag(validate = …)]`.
//!
//! A check is a function or closure `Fn(&T) -> Result<(), E>` where `T` is the field's type and `E`
//! implements [`Display`](std::fmt::Display). This module has the common ones. A value must pass
//! every check of its flag. [`some`] and [`each`] apply a check to an `Option` and to the members of
//! a list.
//!
//! A flag's description has the bounds of these checks: [`FlagInfo::min`](crate::FlagInfo::min) and its
//! neighbours.
//!
//! A check runs under the writer lock of its set of flags. It may read flags, but an attempt to
//! set one of the same set is rejected ([`Problem::Reentrant`](crate::Problem::Reentrant)).
//!
//! ```
//! use clap::Parser;
//! use dflag::DynamicFlags;
//! use dflag::validate::{each, min_len, range, some};
//!
//! #[derive(Clone, Parser, DynamicFlags)]
//! struct Args {
//!     #[arg(long, default_value_t = 4)]
//!     #[flag(dynamic, validate = range(1..=64), validate = power_of_two)]
//!     shards: u32,
//!
//!     #[arg(long)]
//!     #[flag(dynamic, validate = some(range(1..)))]
//!     limit: Option<u32>,
//!
//!     #[arg(long, value_delimiter = ',', default_value = "a,b")]
//!     #[flag(dynamic, validate = min_len(1), validate = each(min_len(1)))]
//!     zones: Vec<String>,
//! }
//!
//! fn power_of_two(n: &u32) -> Result<(), String> {
//!     if n.is_power_of_two() { Ok(()) } else { Err(format!("{n} is not a power of two")) }
//! }
//!
//! let args = Args::try_parse_dynamic_from(["server"])?;
//! assert!(args.set("shards", "8").is_ok());
//! assert!(args.set("shards", "7").unwrap_err().to_string().contains("not a power of two"));
//! assert!(args.set("limit", "0").is_err());
//! assert!(args.set("zones", "").unwrap_err().to_string().contains("shorter than 1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fmt::Debug;
use std::ops::RangeBounds;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use crate::schema::bounds::{self, Bounds};

/// The value lies within `bounds`. NaN lies within none.
///
/// Messages and listings show values as their [`Debug`] does, without the quotes of a text: `5% is not in 10%..=50%`,
/// `x is not in a..=f`.
///
/// clap does not know of a check, so `--help` does not show the bounds; nor does it show those of clap's
/// own `value_parser!(u16).range(1..=64)`. Write them into the field's doc comment, which is the help.
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use clap::CommandFactory;
/// use dflag::validate::range;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// Fraction of requests that take the new path, from 0 to 1.
///     #[arg(long, default_value_t = 0.0)]
///     #[flag(dynamic, validate = range(0.0..=1.0))]
///     rollout: f64,
/// }
///
/// let help = Args::command().render_help().to_string();
/// assert!(help.contains("from 0 to 1"));
///
/// let args = Args::try_parse_dynamic_from(["server"])?;
/// let rejected = args.set("rollout", "25").unwrap_err();
/// assert!(rejected.to_string().contains("25.0 is not in 0.0..=1.0"));
/// # Ok::<(), clap::Error>(())
/// ```
pub fn range<T, R>(bounds: R) -> impl Fn(&T) -> Result<(), String>
where
    T: PartialOrd + Debug,
    R: RangeBounds<T> + Debug,
{
    bounds::record(|| Bounds::range(&bounds));
    move |value| {
        if bounds.contains(value) {
            return Ok(());
        }
        let (value, bounds) = (bounds::text(value), bounds::range_text(&bounds));
        Err(format!("{value} is not in {bounds}"))
    }
}

/// The value has at least `least` characters, bytes or members; see [`Length`].
///
/// ```
/// let check = dflag::validate::min_len(2);
/// assert!(check("ab").is_ok());
/// assert_eq!(check("a").unwrap_err(), "shorter than 2");
/// ```
pub fn min_len<T: Length + ?Sized>(least: usize) -> impl Fn(&T) -> Result<(), String> {
    bounds::record(|| Bounds {
        min_len: Some(least),
        ..Bounds::default()
    });
    move |value| {
        if value.length() >= least {
            return Ok(());
        }
        Err(format!("shorter than {least}"))
    }
}

/// The value has at most `most` characters, bytes or members; see [`Length`].
///
/// ```
/// let check = dflag::validate::max_len(2);
/// assert!(check(&vec![1, 2]).is_ok());
/// assert_eq!(check(&vec![1, 2, 3]).unwrap_err(), "longer than 2");
/// ```
pub fn max_len<T: Length + ?Sized>(most: usize) -> impl Fn(&T) -> Result<(), String> {
    bounds::record(|| Bounds {
        max_len: Some(most),
        ..Bounds::default()
    });
    move |value| {
        if value.length() <= most {
            return Ok(());
        }
        Err(format!("longer than {most}"))
    }
}

/// Part of the text matches the regular expression. Anchor the expression with `^` and `$` to
/// match the whole text.
///
/// An invalid expression rejects every value, the default included, so the program does not start.
///
/// ```
/// let check = dflag::validate::matches("^[a-z]+$");
/// assert!(check(&"abc").is_ok());
/// assert_eq!(check(&"a1").unwrap_err(), "does not match ^[a-z]+$");
/// ```
#[cfg(feature = "regex")]
pub fn matches<T: AsRef<str>>(pattern: &str) -> impl Fn(&T) -> Result<(), String> + use<T> {
    bounds::record(|| Bounds {
        patterns: vec![pattern.to_owned()],
        ..Bounds::default()
    });
    let regex = regex::Regex::new(pattern).map_err(|error| error.to_string());
    move |value| {
        let regex = regex.as_ref().map_err(Clone::clone)?;
        if regex.is_match(value.as_ref()) {
            return Ok(());
        }
        Err(format!("does not match {regex}"))
    }
}

/// The value, if there is one, passes `check`.
///
/// ```
/// use dflag::validate::{range, some};
///
/// let check = some(range(1..));
/// assert!(check(&None).is_ok());
/// assert!(check(&Some(0)).is_err());
/// ```
pub fn some<T, E>(check: impl Fn(&T) -> Result<(), E>) -> impl Fn(&Option<T>) -> Result<(), E> {
    bounds::adapt(&check, |_| ());
    move |value| value.as_ref().map_or(Ok(()), &check)
}

/// Every member passes `check`. The error is that of the first member that does not.
///
/// ```
/// use dflag::validate::{each, range};
///
/// let check = each(range(1..));
/// assert!(check(&vec![1, 2]).is_ok());
/// assert_eq!(check(&vec![1, 0]).unwrap_err(), "0 is not in 1..");
/// ```
pub fn each<T, C, E>(check: impl Fn(&T) -> Result<(), E>) -> impl Fn(&C) -> Result<(), E>
where
    T: 'static,
    for<'a> &'a C: IntoIterator<Item = &'a T>,
{
    // The length of a member is not that of the list.
    bounds::adapt(&check, |bounds| {
        bounds.min_len = None;
        bounds.max_len = None;
    });
    move |members| members.into_iter().try_for_each(&check)
}

/// A type with a length that [`min_len`] and [`max_len`] can bound.
///
/// | type | unit |
/// |---|---|
/// | `str`, `String` | characters: Unicode scalar values |
/// | `OsStr`, `OsString`, `Path`, `PathBuf` | bytes, as the limits of operating systems are |
/// | `dflag::value::Bytes` | bytes |
/// | slices, arrays, and the collections of the standard library | members; entries of a map |
/// | references, `Box`, `Rc`, `Arc`, `Cow` | that of the type within |
///
/// Implement it for a type of your own to use the checks on it. For an `Option`, use [`some`].
///
/// ```
/// use dflag::validate::{Length, max_len};
///
/// assert_eq!("größe".length(), 5);
/// assert_eq!(std::path::Path::new("größe").length(), 7);
/// assert_eq!(vec!["a", "b"].length(), 2);
///
/// let check = max_len(2);
/// assert_eq!(check(&[1, 2, 3]), Err("longer than 2".to_owned()));
/// ```
#[diagnostic::on_unimplemented(
    note = "write `some(…)` around a check of what an `Option` has, and `each(…)` around one of the members of a list"
)]
pub trait Length {
    /// The number of characters, bytes or members.
    fn length(&self) -> usize;
}

impl Length for str {
    fn length(&self) -> usize {
        self.chars().count()
    }
}

impl Length for String {
    fn length(&self) -> usize {
        self.as_str().length()
    }
}

impl Length for Path {
    fn length(&self) -> usize {
        self.as_os_str().len()
    }
}

impl Length for PathBuf {
    fn length(&self) -> usize {
        self.as_os_str().len()
    }
}

/// Types with a `len` that counts members or bytes.
macro_rules! by_len {
    ($($type:ty $(, $parameter:ident)*;)*) => {
        $(
            impl<$($parameter),*> Length for $type {
                fn length(&self) -> usize {
                    self.len()
                }
            }
        )*
    };
}

by_len! {
    OsStr;
    OsString;
    [T], T;
    Vec<T>, T;
    VecDeque<T>, T;
    LinkedList<T>, T;
    BinaryHeap<T>, T;
    HashSet<T, S>, T, S;
    BTreeSet<T>, T;
    HashMap<K, V, S>, K, V, S;
    BTreeMap<K, V>, K, V;
}

impl<T, const N: usize> Length for [T; N] {
    fn length(&self) -> usize {
        N
    }
}

#[cfg(feature = "bytes")]
impl Length for crate::value::Bytes {
    fn length(&self) -> usize {
        self.len()
    }
}

/// Types that point to one with a length.
macro_rules! by_target {
    ($($type:ty),*) => {
        $(
            impl<T: Length + ?Sized> Length for $type {
                fn length(&self) -> usize {
                    T::length(self)
                }
            }
        )*
    };
}

by_target!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: Length + ToOwned + ?Sized> Length for Cow<'_, T> {
    fn length(&self) -> usize {
        T::length(self)
    }
}
