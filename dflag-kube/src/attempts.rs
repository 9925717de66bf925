//! Attempts: when a start asks the API again.

use std::time::{Duration, Instant};

use crate::client::Failure;

/// The pause after the first attempt. Each further one is twice as long.
const FIRST: Duration = Duration::from_millis(100);

/// The longest pause, unless the server asks for a longer one.
const LONGEST: Duration = Duration::from_secs(1);

/// The time that an attempt needs. With less than that left there is none.
const RESERVE: Duration = Duration::from_millis(100);

/// The attempts of one start to get an answer of the API. It is a pure function of what failed and when.
#[derive(Debug)]
pub(crate) struct Attempts {
    deadline: Instant,
    failed: u32,
}

impl Attempts {
    pub(crate) fn new(limit: Duration, now: Instant) -> Self {
        Self {
            deadline: now + limit,
            failed: 0,
        }
    }

    /// Until when the API is waited for.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// When to ask again after a failure; `None` if there is nothing to wait for.
    ///
    /// It honours `Retry-After`. If that leads beyond the deadline, the last attempt is just before it.
    pub(crate) fn after(&mut self, failure: &Failure, now: Instant) -> Option<Instant> {
        let left = self.deadline.saturating_duration_since(now);
        let latest = left.checked_sub(RESERVE)?;
        if failure.is_final() || latest.is_zero() {
            return None;
        }
        let pause = (FIRST * (1 << self.failed.min(10))).min(LONGEST);
        self.failed += 1;
        let pause = failure.retry_after().unwrap_or_default().max(pause);
        Some(now + pause.min(latest))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Attempts;
    use crate::client::Failure;

    /// When the attempts of a start are that fail at once, in milliseconds.
    fn attempts(limit: u64, failure: &Failure) -> Vec<u128> {
        let start = Instant::now();
        let mut attempts = Attempts::new(Duration::from_millis(limit), start);
        let times = std::iter::successors(Some(start), |now| attempts.after(failure, *now));
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
            assert_eq!(attempts(limit, failure), expected, "{limit} ms, {failure}");
        }
    }
}
