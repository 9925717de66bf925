//! Scalars: values that fit into one atomic word, and the mirror that such a word is.
//!
//! A number is read more often than anything else, and needs no snapshot to be held for it. So
//! beside the store each handle on one has a copy. The store stays the truth: while the two may
//! differ, the copy counts as stale, and the store is read.

use std::any::{Any, TypeId};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A copy of a scalar that each publish renews.
///
/// A publish goes [stale](Self::go_stale) → store → [fresh](Self::refresh). So a thread that has seen
/// the new snapshot, in whichever way, sees the mirror stale or new; and one that has seen the mirror
/// new finds the new snapshot in the store.
#[derive(Debug)]
pub(crate) struct Mirror(AtomicU64);

/// The bits that say: the value is not to be had here. A number that has them is always read from
/// the store, so they are those of a number that hardly anyone uses.
const STALE: u64 = (-61_803_399_i64).cast_unsigned();

impl Mirror {
    pub(crate) fn of<T: Any>(value: &T) -> Self {
        Self(AtomicU64::new(to_bits(value).unwrap_or(STALE)))
    }

    /// The value, if it is to be had here.
    #[inline]
    pub(crate) fn get<T: Any + Clone>(&self) -> Option<T> {
        if !is_scalar::<T>() {
            return None;
        }
        from_bits(self.0.load(Ordering::Acquire))
    }

    /// Before the store: the value is not to be had here.
    pub(crate) fn go_stale(&self) {
        // Whoever sees what is stored after this sees this, too.
        self.0.store(STALE, Ordering::Release);
    }

    /// After the store: the value is to be had here, if it fits.
    pub(crate) fn refresh<T: Any>(&self, value: &T) {
        self.0
            .store(to_bits(value).unwrap_or(STALE), Ordering::Release);
    }
}

/// For each type, how its values become bits, if they fit, and what bits become, if they are not
/// the stale ones: a type that has no value with these need not look for them.
/// The comparisons of types are gone once the compiler knows the type.
macro_rules! scalars {
    ($($type:ty: |$value:ident| $to:expr, |$bits:ident| $from:expr;)*) => {
        /// Whether values of the type are mirrored.
        #[inline]
        pub(crate) fn is_scalar<T: Any>() -> bool {
            $(TypeId::of::<T>() == TypeId::of::<$type>())||*
        }

        #[expect(clippy::cast_lossless, clippy::cast_sign_loss, reason = "bits are bits")]
        fn to_bits<T: Any>(value: &T) -> Option<u64> {
            let value = value as &dyn Any;
            $(
                if let Some($value) = value.downcast_ref::<$type>() {
                    return $to;
                }
            )*
            None
        }

        #[inline]
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "what was widened is narrowed again"
        )]
        fn from_bits<T: Any + Clone>(bits: u64) -> Option<T> {
            $(
                if TypeId::of::<T>() == TypeId::of::<$type>() {
                    let $bits = bits;
                    let value: $type = $from;
                    return (&value as &dyn Any).downcast_ref().cloned();
                }
            )*
            None
        }
    };
}

scalars! {
    i64: |v| Some(*v as u64), |bits| fresh(bits)? as i64;
    u64: |v| Some(*v), |bits| fresh(bits)?;
    f64: |v| Some(v.to_bits()), |bits| f64::from_bits(fresh(bits)?);
    bool: |v| Some(*v as u64), |bits| fresh(bits)? & 1 == 1;
    usize: |v| Some(*v as u64), |bits| fresh(bits)? as usize;
    isize: |v| Some(*v as u64), |bits| fresh(bits)? as isize;
    i32: |v| Some(*v as u64), |bits| fresh(bits)? as i32;
    u32: |v| Some(*v as u64), |bits| fresh(bits)? as u32;
    f32: |v| Some(v.to_bits() as u64), |bits| f32::from_bits(fresh(bits)? as u32);
    i16: |v| Some(*v as u64), |bits| fresh(bits)? as i16;
    u16: |v| Some(*v as u64), |bits| fresh(bits)? as u16;
    i8: |v| Some(*v as u64), |bits| fresh(bits)? as i8;
    u8: |v| Some(*v as u64), |bits| fresh(bits)? as u8;
    char: |v| Some(*v as u64), |bits| char::from_u32(bits as u32)?;
    Duration: |v| duration_to_bits(*v), |bits| duration_from_bits(bits)?;
}

/// The bits, unless they are the stale ones.
#[inline]
fn fresh(bits: u64) -> Option<u64> {
    (bits != STALE).then_some(bits)
}

/// A second's nanoseconds fit into so many bits, and leave some of them unused.
const NANOS: u32 = 30;
const NANOS_MASK: u64 = (1 << NANOS) - 1;
const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// Up to 544 years fit.
fn duration_to_bits(value: Duration) -> Option<u64> {
    let seconds = value.as_secs();
    (seconds.leading_zeros() >= NANOS).then_some(seconds << NANOS | u64::from(value.subsec_nanos()))
}

#[inline]
fn duration_from_bits(bits: u64) -> Option<Duration> {
    let nanos = (bits & NANOS_MASK) as u32;
    (nanos < NANOS_PER_SECOND).then(|| Duration::new(bits >> NANOS, nanos))
}

#[cfg(test)]
mod tests {
    use super::{Mirror, STALE, is_scalar};
    use std::any::Any;
    use std::fmt::Debug;
    use std::time::Duration;

    fn mirrored<T: Any + Clone>(value: &T) -> Option<T> {
        Mirror::of(value).get()
    }

    fn come_back<T: Any + Clone + PartialEq + Debug>(values: &[T]) {
        assert!(is_scalar::<T>());
        for value in values {
            assert_eq!(mirrored(value).as_ref(), Some(value));
        }
    }

    #[test]
    fn each_scalar_comes_back_as_it_was() {
        come_back(&[i64::MIN, -1, 0, i64::MAX]);
        come_back(&[0, u64::MAX]);
        come_back(&[isize::MIN, -1, isize::MAX]);
        come_back(&[0, usize::MAX]);
        come_back(&[i32::MIN, -1, i32::MAX]);
        come_back(&[0, u32::MAX]);
        come_back(&[i16::MIN, -1, i16::MAX]);
        come_back(&[0, u16::MAX]);
        come_back(&[i8::MIN, -1, i8::MAX]);
        come_back(&[0, u8::MAX]);
        come_back(&[f64::MIN, 0.1, f64::INFINITY]);
        come_back(&[f32::MIN, 0.1, f32::INFINITY]);
        come_back(&[false, true]);
        come_back(&['\0', 'x', char::MAX]);
        come_back(&[
            Duration::ZERO,
            Duration::new(1, 999_999_999),
            Duration::new((1 << 34) - 1, 999_999_999),
        ]);
        assert!(mirrored(&f64::NAN).is_some_and(f64::is_nan));
        assert!(mirrored(&-0.0_f64).is_some_and(f64::is_sign_negative));
    }

    #[test]
    fn what_does_not_fit_is_not_to_be_had_here() {
        assert_eq!(mirrored(&Duration::new(1 << 34, 0)), None);
        assert_eq!(mirrored(&Duration::MAX), None);
        assert_eq!(mirrored(&String::new()), None);
        assert_eq!(mirrored(&1_u128), None);
    }

    #[test]
    fn a_number_that_looks_stale_is_not_to_be_had_here_and_its_neighbours_are() {
        assert_eq!((mirrored(&STALE), mirrored(&-61_803_399_i64)), (None, None));
        come_back(&[STALE - 1, STALE + 1]);
        let mirror = Mirror::of(&1_u64);
        mirror.refresh(&STALE);
        assert_eq!(mirror.get::<u64>(), None);
        mirror.refresh(&2_u64);
        assert_eq!(mirror.get::<u64>(), Some(2));
    }

    #[test]
    fn a_stale_mirror_has_nothing_of_any_type() {
        fn goes_stale<T: Any + Clone + PartialEq + Debug>(value: T) {
            let mirror = Mirror::of(&value);
            mirror.go_stale();
            assert_eq!(mirror.get::<T>(), None);
            mirror.refresh(&value);
            assert_eq!(mirror.get(), Some(value));
        }
        goes_stale(1_i64);
        goes_stale(1_u64);
        goes_stale(1_isize);
        goes_stale(1_usize);
        goes_stale(1_i32);
        goes_stale(1_u32);
        goes_stale(1_i16);
        goes_stale(1_u16);
        goes_stale(1_i8);
        goes_stale(1_u8);
        goes_stale(1.0_f64);
        goes_stale(1.0_f32);
        goes_stale(true);
        goes_stale('x');
        goes_stale(Duration::from_millis(1));
    }
}
