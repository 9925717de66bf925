//! Attempts: when a start asks the API again.

use std::time::{Duration, Instant};

use crate::client::Failure;

/// The pause after the first attempt. Each further one is twice as long.
const FIRST: Duration = Duration::from_millis(100);

/// The longest pause, unless the server asks for a longer one.
const LONGEST: Duration = Duration::from_secs(1);

/// The time that an attempt needs. With less time left, none is made.
const RESERVE: Duration = Duration::from_millis(100);

/// The attempts of one start to get an answer of the API. It is a pure function of what failed and when, and of random
/// numbers.
#[derive(Debug)]
pub(crate) struct Attempts {
    deadline: Instant,
    failed: u32,
    /// Whether the last attempt was one for which the whole pause would have been too long.
    is_over: bool,
}

impl Attempts {
    pub(crate) fn new(limit: Duration, now: Instant) -> Self {
        Self {
            deadline: now + limit,
            failed: 0,
            is_over: false,
        }
    }

    /// Until when the API is waited for.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// When to ask again after a failure; `None` if there is nothing to wait for. `random` is at least 0 and less than 1.
    ///
    /// The pause is up to twice as long as it has to be, since the pods of a fleet start together and a server tells all of
    /// them the same `Retry-After`. If it leads beyond the deadline, the last attempt is in the last quarter of what is left.
    pub(crate) fn after(
        &mut self,
        failure: &Failure,
        now: Instant,
        random: f64,
    ) -> Option<Instant> {
        let left = self.deadline.saturating_duration_since(now);
        let latest = left.checked_sub(RESERVE)?;
        if failure.is_final() || latest.is_zero() || self.is_over {
            return None;
        }
        let pause = (FIRST * (1 << self.failed.min(10))).min(LONGEST);
        self.failed += 1;
        let asked_for = failure.retry_after().unwrap_or_default().min(left);
        let pause = asked_for.max(pause).mul_f64(1.0 + random);
        self.is_over = pause > latest;
        let pause = if self.is_over {
            latest.mul_f64(1.0 - random / 4.0)
        } else {
            pause
        };
        Some(now + pause)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Attempts;
    use crate::client::Failure;

    /// When a start makes its attempts, in milliseconds, if each fails at once.
    fn attempts(limit: u64, failure: &Failure, random: f64) -> Vec<u128> {
        let start = Instant::now();
        let mut attempts = Attempts::new(Duration::from_millis(limit), start);
        let times = std::iter::successors(Some(start), |now| attempts.after(failure, *now, random));
        times
            .map(|at| at.duration_since(start).as_millis())
            .collect()
    }

    fn status(code: u16, seconds: Option<u64>) -> Failure {
        Failure::of(code, b"", seconds.map(Duration::from_secs))
    }

    #[test]
    fn attempts_are_as_in_the_table() {
        let refused = Failure::Connection("refused".into());
        for (limit, failure, expected) in [
            (1_000, &refused, vec![0, 100, 300, 700, 900]),
            (3_000, &refused, vec![0, 100, 300, 700, 1_500, 2_500, 2_900]),
            (1_000, &status(503, None), vec![0, 100, 300, 700, 900]),
            // What the server asks for is honoured as far as it fits.
            (1_000, &status(429, Some(1)), vec![0, 900]),
            (5_000, &status(429, Some(2)), vec![0, 2_000, 4_000, 4_900]),
            (10_000, &status(503, Some(3_600)), vec![0, 9_900]),
            // No time for another one.
            (100, &refused, vec![0]),
            // Final.
            (9_000, &Failure::Unauthorized, vec![0]),
            (9_000, &Failure::Forbidden(String::new()), vec![0]),
            (9_000, &Failure::Credentials(String::new()), vec![0]),
            (9_000, &status(404, None), vec![0]),
        ] {
            assert_eq!(
                attempts(limit, failure, 0.0),
                expected,
                "{limit} ms, {failure}"
            );
        }
    }

    #[test]
    fn attempts_of_a_fleet_are_spread() {
        let refused = Failure::Connection("refused".into());
        for (limit, failure, expected) in [
            (1_000, &refused, vec![0, 200, 600, 825]),
            (1_000, &status(429, Some(1)), vec![0, 675]),
            (5_000, &status(429, Some(2)), vec![0, 4_000, 4_675]),
        ] {
            assert_eq!(
                attempts(limit, failure, 1.0),
                expected,
                "{limit} ms, {failure}"
            );
        }
    }
}
