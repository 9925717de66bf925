//! The schedule: when the files must be opened, and when to look next.
//!
//! A glance asks for metadata only and wakes nobody. It misses a write that leaves metadata alike,
//! which can happen for as long as the file system's clock has not ticked since the last change
//! that was seen. Neither a file system nor a clock is known here.

use std::time::{Duration, Instant};

/// The slowest clock of a file system in use (FAT): two writes in one tick look alike.
const SLOWEST_TICK: Duration = Duration::from_secs(2);

/// How often files are read although nothing tells that they changed. It is for file systems
/// that keep no times at all; the others would not need it.
const READ_ANYWAY: Duration = Duration::from_secs(30);

/// The shortest rest between two looks that events ask for.
const REST: Duration = Duration::from_millis(5);

/// The longest one: what took longer was somebody's subscriber.
const LONGEST_REST: Duration = Duration::from_millis(100);

/// When the directory was seen to change and when it was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Freshness {
    /// The look that found the newest change.
    pub(crate) changed: Instant,
    /// The look that read the files last.
    pub(crate) read: Instant,
}

impl Freshness {
    /// Whether files that look unchanged have to be read all the same.
    ///
    /// `told` is whether an event says that one of them changed.
    pub(crate) fn must_read(self, now: Instant, told: bool) -> bool {
        told || self.read < self.changed + SLOWEST_TICK || now >= self.read + READ_ANYWAY
    }
}

/// How long to rest after a look that took `cost`, so that a flood of events doesn't take a whole core.
pub(crate) fn rest(cost: Duration) -> Duration {
    cost.clamp(REST, LONGEST_REST)
}

/// When to look next, if no event arrives.
pub(crate) fn next(now: Instant, rescan_every: Duration, due: Option<Instant>) -> Instant {
    let timer = now.checked_add(rescan_every).unwrap_or(now + READ_ANYWAY);
    due.map_or(timer, |due| due.min(timer))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Freshness, next, rest};

    #[test]
    fn files_are_read_again_until_the_slowest_clock_has_ticked_and_then_rarely() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        for (changed, read, now, told, expected) in [
            (0, 0, 500, false, true),
            (0, 1_999, 2_500, false, true),
            (0, 2_000, 2_500, false, false),
            (0, 2_000, 2_500, true, true),
            (0, 2_000, 31_999, false, false),
            (0, 2_000, 32_000, false, true),
        ] {
            let freshness = Freshness {
                changed: at(changed),
                read: at(read),
            };
            assert_eq!(
                freshness.must_read(at(now), told),
                expected,
                "{changed} {read} {now} {told}"
            );
        }
    }

    #[test]
    fn the_timer_is_never_switched_off() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        assert_eq!(next(start, second, None), start + second);
        assert_eq!(
            next(start, second, Some(start + second * 2)),
            start + second
        );
        assert_eq!(
            next(start, second, Some(start + second / 2)),
            start + second / 2
        );
        assert!(next(start, Duration::MAX, None) > start);
    }

    #[test]
    fn a_costly_look_is_followed_by_as_long_a_rest_up_to_a_limit() {
        let ms = Duration::from_millis;
        assert_eq!(rest(Duration::ZERO), ms(5));
        assert_eq!(rest(ms(50)), ms(50));
        assert_eq!(rest(ms(5000)), ms(100));
    }
}
