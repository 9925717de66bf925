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
    /// Regular expressions, each of which matches a part of the text; of a list, of each member's.
    pub(crate) patterns: Vec<String>,
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
        let mut patterns = self.patterns;
        patterns.extend(other.patterns);
        Self {
            min: tighter(self.min, other.min, |one, other| one > other),
            max: tighter(self.max, other.max, |one, other| one < other),
            min_len: self.min_len.max(other.min_len),
            max_len: match (self.max_len, other.max_len) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            patterns,
        }
    }
}

/// The text of a bound. That of an integer is inclusive; `step` leads into the range.
fn inclusive<T: Debug>(bound: Bound<&T>, step: i128) -> Option<String> {
    let (value, is_excluded) = match bound {
        Bound::Included(value) => (value, false),
        Bound::Excluded(value) => (value, true),
        Bound::Unbounded => return None,
    };
    let text = format!("{value:?}");
    let next = text.parse().ok().and_then(|n: i128| n.checked_add(step));
    Some(match next {
        Some(next) if is_excluded => next.to_string(),
        _ => unquoted(text),
    })
}

/// A value as a flag takes it: of a text, what is between the quotes.
pub(crate) fn text(value: &dyn Debug) -> String {
    unquoted(format!("{value:?}"))
}

/// The text that its [`Debug`] is, or another type's as it is.
fn unquoted(debug: String) -> String {
    let quote = |quote: char| debug.strip_prefix(quote)?.strip_suffix(quote);
    match quote('"').or_else(|| quote('\'')).and_then(unescaped) {
        Some(text) => text,
        None => debug,
    }
}

/// Resolves the escapes of [`char::escape_debug`].
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut chars = escape.chars();
        plain.push(match chars.next()? {
            '0' => '\0',
            't' => '\t',
            'r' => '\r',
            'n' => '\n',
            'u' => {
                let (code, after) = chars.as_str().strip_prefix('{')?.split_once('}')?;
                chars = after.chars();
                char::from_u32(u32::from_str_radix(code, 16).ok()?)?
            }
            other => other,
        });
        rest = chars.as_str();
    }
    plain.push_str(rest);
    Some(plain)
}

/// A range as it is written in Rust, with the texts of its ends.
pub(crate) fn range_text<T: Debug>(range: &(impl RangeBounds<T> + Debug)) -> String {
    let start = match range.start_bound() {
        Bound::Included(start) => text(start),
        Bound::Unbounded => String::new(),
        // Rust has no notation for it.
        Bound::Excluded(_) => return format!("{range:?}"),
    };
    match range.end_bound() {
        Bound::Included(end) => format!("{start}..={}", text(end)),
        Bound::Excluded(end) => format!("{start}..{}", text(end)),
        Bound::Unbounded => format!("{start}.."),
    }
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
    use std::ops::Bound;

    use super::{Bounds, range_text};

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
        let bounds = Bounds::range(&(..18_446_744_073_709_551_615_u64));
        assert_eq!(texts(&bounds), (None, Some("18446744073709551614")));
    }

    #[test]
    fn texts_have_no_quotes() {
        for text in [
            "",
            "a",
            "1",
            "größe",
            "a\n\t\r\0\\\"'\u{301}\u{202e}😀",
            "\"",
            "\\",
        ] {
            assert_eq!(super::text(&text), text, "{text:?}");
            for c in text.chars() {
                assert_eq!(super::text(&c), c.to_string(), "{c:?}");
            }
        }
        let bounds = Bounds::range(&("1".."5"));
        assert_eq!(texts(&bounds), (Some("1"), Some("5")));
        assert_eq!(range_text(&('a'..='f')), "a..=f");
        assert_eq!(range_text(&(..0.5)), "..0.5");
        assert_eq!(range_text::<u8>(&..), "..");
        let above = (Bound::Excluded(0.0), Bound::Unbounded);
        assert_eq!(range_text(&above), "(Excluded(0.0), Unbounded)");
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
