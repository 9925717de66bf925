//! The callback for static flags that are pending restart, and how long it is put off.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use dflag::PendingRestart;

/// The default jitter. The pods of a fleet see an update within a minute or so, and most of them in the same seconds.
const JITTER: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(60);

/// The longest jitter, so that sums with it do not overflow.
const MAX_JITTER: Duration = Duration::from_secs(24 * 3600);

type Callback = dyn Fn(&[PendingRestart]) + Send + Sync;

/// What the program does about pending restarts.
#[derive(Clone)]
pub(crate) struct OnPendingRestart {
    callback: Option<Arc<Callback>>,
    jitter: RangeInclusive<Duration>,
}

impl Default for OnPendingRestart {
    fn default() -> Self {
        Self {
            callback: None,
            jitter: JITTER,
        }
    }
}

impl OnPendingRestart {
    pub(crate) fn set_callback(&mut self, callback: Arc<Callback>) {
        self.callback = Some(callback);
    }

    pub(crate) fn set_jitter(&mut self, jitter: &RangeInclusive<Duration>) {
        let [start, end] = [jitter.start(), jitter.end()].map(|bound| (*bound).min(MAX_JITTER));
        self.jitter = start..=end;
    }

    /// Whether the program wants to know of pending restarts.
    pub(crate) fn is_set(&self) -> bool {
        self.callback.is_some()
    }

    /// A random time within the jitter.
    pub(crate) fn delay(&self) -> Duration {
        // Each state has its own keys, which differ from process to process.
        between(&self.jitter, RandomState::new().hash_one(0))
    }

    /// Calls the callback. Its panic does not end the thread.
    pub(crate) fn call(&self, pending: &[PendingRestart]) {
        let Some(callback) = &self.callback else {
            return;
        };
        if catch_unwind(AssertUnwindSafe(|| callback(pending))).is_err() {
            tracing::error!("the callback for pending restarts panicked; updates go on");
        }
    }
}

impl fmt::Debug for OnPendingRestart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnPendingRestart")
            .field("is_set", &self.is_set())
            .field("jitter", &self.jitter)
            .finish_non_exhaustive()
    }
}

/// The point of a range at `random` of 2^64. If the range is empty, it is its start.
fn between(range: &RangeInclusive<Duration>, random: u64) -> Duration {
    let width = range.end().saturating_sub(*range.start()).as_nanos();
    // No overflow: a day has fewer than 2^47 nanoseconds.
    let nanos = (width * u128::from(random)) >> u64::BITS;
    *range.start() + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MAX_JITTER, OnPendingRestart, between};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_delay_is_within_the_jitter() {
        for (range, random, expected) in [
            (Duration::ZERO..=SECOND, 0, Duration::ZERO),
            (Duration::ZERO..=SECOND, 1 << 63, SECOND / 2),
            (SECOND..=SECOND * 3, 1 << 63, SECOND * 2),
            (SECOND..=SECOND, u64::MAX, SECOND),
            (SECOND * 2..=SECOND, u64::MAX, SECOND * 2),
        ] {
            assert_eq!(between(&range, random), expected, "{range:?}");
        }
        let day = Duration::ZERO..=MAX_JITTER;
        assert!(between(&day, u64::MAX) + SECOND > MAX_JITTER);
    }

    #[test]
    fn delays_differ_and_an_endless_jitter_is_cut_to_a_day() {
        let mut options = OnPendingRestart::default();
        assert_ne!(options.delay(), options.delay());
        options.set_jitter(&(Duration::MAX..=Duration::MAX));
        assert_eq!(options.delay(), MAX_JITTER);
    }
}
