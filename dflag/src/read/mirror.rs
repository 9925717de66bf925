//! Mirrors: a copy of a scalar flag's value in one atomic word beside its handle.
//!
//! Scalars are the most common flags, and a copy of one is read without a snapshot. The store
//! remains authoritative: while the two may differ, the mirror is stale and readers use the store.

use std::any::{Any, TypeId};
use std::time::Duration;

use crate::read::snapshot::Snapshot;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A handle with a mirror, as the publisher uses it.
pub(crate) trait Mirrored: Send + Sync {
    /// Makes the mirror stale. Called before the store.
    fn invalidate(&self);

    /// Copies the value from the new snapshot. Called after the store.
    fn refresh(&self, snapshot: &Snapshot);
}

/// A copy of a scalar that each publish refreshes.
///
/// A publish is [`invalidate`](Self::invalidate) → store → [`refresh`](Self::refresh). So a thread
/// that has observed the new snapshot, in any way, observes a stale or a new mirror; and a thread
/// that has read the new value here loads the new snapshot from the store.
#[derive(Debug)]
pub(crate) struct Mirror(AtomicU64);

/// The bits of a stale mirror. A number with these bits is always read from the store, so they are
/// the bits of a number that is rarely used.
const STALE: u64 = (-61_803_399_i64).cast_unsigned();

impl Mirror {
    pub(crate) fn of<T: Any>(value: &T) -> Self {
        Self(AtomicU64::new(to_bits(value).unwrap_or(STALE)))
    }

    /// The mirrored value, or `None` if the mirror is stale or the type is not a scalar.
    #[inline]
    pub(crate) fn get<T: Any + Clone>(&self) -> Option<T> {
        if !is_scalar::<T>() {
            return None;
        }
        // Acquire: a thread that reads a new value here also loads the new snapshot from the store.
        from_bits(self.0.load(Ordering::Acquire))
    }

    /// Makes the mirror stale.
    pub(crate) fn invalidate(&self) {
        // Release: a reader that observes the later store also observes this one.
        self.0.store(STALE, Ordering::Release);
    }

    /// Copies a published value if it fits, or else stays stale.
    pub(crate) fn refresh<T: Any>(&self, value: &T) {
        self.0
            .store(to_bits(value).unwrap_or(STALE), Ordering::Release);
    }
}

/// For each type: the conversion of a value to bits, if it fits, and of bits to a value, unless they
/// are the stale ones. A type that has no value with the stale bits need not check for them.
/// The compiler evaluates the comparisons of types at compile time.
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
            reason = "the value was widened before"
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

/// The bits, or `None` if they are the stale ones.
#[inline]
fn fresh(bits: u64) -> Option<u64> {
    (bits != STALE).then_some(bits)
}

/// The number of bits for the nanoseconds of a second. Patterns from 10⁹ on are unused.
const NANOS: u32 = 30;
const NANOS_MASK: u64 = (1 << NANOS) - 1;
const NANOS_PER_SECOND: u32 = 1_000_000_000;

/// Durations of up to 544 years fit.
fn duration_to_bits(value: Duration) -> Option<u64> {
    let seconds = value.as_secs();
    (seconds.leading_zeros() >= NANOS).then_some(seconds << NANOS | u64::from(value.subsec_nanos()))
}

#[inline]
fn duration_from_bits(bits: u64) -> Option<Duration> {
    let nanos = (bits & NANOS_MASK) as u32;
    (nanos < NANOS_PER_SECOND).then(|| Duration::new(bits >> NANOS, nanos))
}

#[cfg(all(test, not(dflag_loom)))]
mod tests {
    use super::{Mirror, STALE, is_scalar};
    use std::any::Any;
    use std::fmt::Debug;
    use std::time::Duration;

    fn mirrored<T: Any + Clone>(value: &T) -> Option<T> {
        Mirror::of(value).get()
    }

    fn round_trips<T: Any + Clone + PartialEq + Debug>(values: &[T]) {
        assert!(is_scalar::<T>());
        for value in values {
            assert_eq!(mirrored(value).as_ref(), Some(value));
        }
    }

    #[test]
    fn each_scalar_round_trips() {
        round_trips(&[i64::MIN, -1, 0, i64::MAX]);
        round_trips(&[0, u64::MAX]);
        round_trips(&[isize::MIN, -1, isize::MAX]);
        round_trips(&[0, usize::MAX]);
        round_trips(&[i32::MIN, -1, i32::MAX]);
        round_trips(&[0, u32::MAX]);
        round_trips(&[i16::MIN, -1, i16::MAX]);
        round_trips(&[0, u16::MAX]);
        round_trips(&[i8::MIN, -1, i8::MAX]);
        round_trips(&[0, u8::MAX]);
        round_trips(&[f64::MIN, 0.1, f64::INFINITY]);
        round_trips(&[f32::MIN, 0.1, f32::INFINITY]);
        round_trips(&[false, true]);
        round_trips(&['\0', 'x', char::MAX]);
        round_trips(&[
            Duration::ZERO,
            Duration::new(1, 999_999_999),
            Duration::new((1 << 34) - 1, 999_999_999),
        ]);
        assert!(mirrored(&f64::NAN).is_some_and(f64::is_nan));
        assert!(mirrored(&-0.0_f64).is_some_and(f64::is_sign_negative));
    }

    #[test]
    fn value_that_does_not_fit_is_not_mirrored() {
        assert_eq!(mirrored(&Duration::new(1 << 34, 0)), None);
        assert_eq!(mirrored(&Duration::MAX), None);
        assert_eq!(mirrored(&String::new()), None);
        assert_eq!(mirrored(&1_u128), None);
    }

    #[test]
    fn number_with_the_stale_bits_is_not_mirrored() {
        assert_eq!((mirrored(&STALE), mirrored(&-61_803_399_i64)), (None, None));
        round_trips(&[STALE - 1, STALE + 1]);
        let mirror = Mirror::of(&1_u64);
        mirror.refresh(&STALE);
        assert_eq!(mirror.get::<u64>(), None);
        mirror.refresh(&2_u64);
        assert_eq!(mirror.get::<u64>(), Some(2));
    }

    #[test]
    fn stale_mirror_has_no_value_of_any_type() {
        fn is_invalidated<T: Any + Clone + PartialEq + Debug>(value: T) {
            let mirror = Mirror::of(&value);
            mirror.invalidate();
            assert_eq!(mirror.get::<T>(), None);
            mirror.refresh(&value);
            assert_eq!(mirror.get(), Some(value));
        }
        is_invalidated(1_i64);
        is_invalidated(1_u64);
        is_invalidated(1_isize);
        is_invalidated(1_usize);
        is_invalidated(1_i32);
        is_invalidated(1_u32);
        is_invalidated(1_i16);
        is_invalidated(1_u16);
        is_invalidated(1_i8);
        is_invalidated(1_u8);
        is_invalidated(1.0_f64);
        is_invalidated(1.0_f32);
        is_invalidated(true);
        is_invalidated('x');
        is_invalidated(Duration::from_millis(1));
    }
}
