//! Bounds: between which values a valid one lies, as far as that is known.
//!
//! A check is a closure, which hides what it compares with. So the checks of
//! [`validate`](crate::validate) record their bounds for the thread when they are made, which the derive
//! does directly before it passes one on.

use std::any::type_name_of_val;
use std::cell::RefCell;
use std::fmt::Debug;
use std::ops::{Bound, RangeBounds};

/// Every valid value is within these, but not every value within them need be valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) min: Option<String>,
    pub(crate) max: Option<String>,
    pub(crate) min_len: Option<usize>,
    pub(crate) max_len: Option<usize>,
}

impl Bounds {
    pub(crate) fn range<T: Debug>(range: &impl RangeBounds<T>) -> Self {
        Self {
            min: inclusive(range.start_bound(), 1),
            max: inclusive(range.end_bound(), -1),
            ..Self::default()
        }
    }

    /// The bounds of values that are within both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            min: tighter(self.min, other.min, |one, other| one > other),
            max: tighter(self.max, other.max, |one, other| one < other),
            min_len: self.min_len.max(other.min_len),
            max_len: match (self.max_len, other.max_len) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
        }
    }
}

/// The text of a bound. That of an integer is inclusive; `step` leads into the range.
fn inclusive<T: Debug>(bound: Bound<&T>, step: i64) -> Option<String> {
    let (value, is_excluded) = match bound {
        Bound::Included(value) => (value, false),
        Bound::Excluded(value) => (value, true),
        Bound::Unbounded => return None,
    };
    let text = format!("{value:?}");
    let next = text.parse().ok().and_then(|n: i64| n.checked_add(step));
    Some(match next {
        Some(next) if is_excluded => next.to_string(),
        _ => text,
    })
}

/// The bound that is `better`; of texts that are not numbers, the second.
fn tighter(
    one: Option<String>,
    other: Option<String>,
    better: fn(f64, f64) -> bool,
) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let is_better = match (one.parse(), other.parse()) {
                (Ok(one), Ok(other)) => better(one, other),
                _ => false,
            };
            Some(if is_better { one } else { other })
        }
        (one, other) => one.or(other),
    }
}

thread_local! {
    /// Set while the derive makes a check.
    static MADE: RefCell<Option<Vec<Bounds>>> = const { RefCell::new(None) };
}

/// Begins to collect the bounds of the check that is made next.
pub(crate) fn begin() {
    MADE.set(Some(Vec::new()));
}

/// Records the bounds of a check that is made.
pub(crate) fn record(bounds: impl FnOnce() -> Bounds) {
    MADE.with_borrow_mut(|made| {
        if let Some(made) = made {
            made.push(bounds());
        }
    });
}

/// Records that `check` is made part of another one of [`validate`](crate::validate), which changes its
/// bounds so.
pub(crate) fn adapt<C>(check: &C, change: impl Fn(&mut Bounds)) {
    MADE.with_borrow_mut(|made| {
        let Some(made) = made else {
            return;
        };
        if is_own(check) {
            made.iter_mut().for_each(change);
        } else {
            made.clear();
        }
    });
}

/// Ends to collect. Returns the bounds of `check`.
pub(crate) fn end<C>(check: &C) -> Bounds {
    let mut made = MADE.take().unwrap_or_default();
    // The program's own code may combine several checks in its own ways.
    match (made.pop(), made.is_empty()) {
        (Some(bounds), true) if is_own(check) => bounds,
        _ => Bounds::default(),
    }
}

/// Whether a function of [`validate`](crate::validate) made the check. If the name of its type does not
/// say so, its bounds are not known.
fn is_own<C>(check: &C) -> bool {
    type_name_of_val(check).starts_with("dflag::validate::")
}

#[cfg(test)]
mod tests {
    use super::Bounds;

    fn texts(bounds: &Bounds) -> (Option<&str>, Option<&str>) {
        (bounds.min.as_deref(), bounds.max.as_deref())
    }

    #[test]
    fn excluded_integers_become_included_ones() {
        let bounds = Bounds::range(&(1..10));
        assert_eq!(texts(&bounds), (Some("1"), Some("9")));
        let bounds = Bounds::range(&(1..=10_u64));
        assert_eq!(texts(&bounds), (Some("1"), Some("10")));
        let bounds = Bounds::range(&(0.5..1.5));
        assert_eq!(texts(&bounds), (Some("0.5"), Some("1.5")));
        assert_eq!(texts(&Bounds::range::<u8>(&..)), (None, None));
    }

    #[test]
    fn tighter_bound_counts() {
        let [one, other] = [&(1..=20), &(5..=100)].map(Bounds::range);
        assert_eq!(
            texts(&one.clone().and(other.clone())),
            (Some("5"), Some("20"))
        );
        assert_eq!(texts(&other.and(one)), (Some("5"), Some("20")));
        let length = |min_len, max_len| Bounds {
            min_len,
            max_len,
            ..Bounds::default()
        };
        let both = length(Some(1), Some(5)).and(length(Some(2), None));
        assert_eq!(both, length(Some(2), Some(5)));
    }
}
