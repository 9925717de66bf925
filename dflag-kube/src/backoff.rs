//! The backoff: how long to wait before the next session.
//!
//! It is a pure function of what happened and of a random number.

use std::time::Duration;

use crate::watch::End;

/// The pause after a watch that ended as it should, at most.
const SHORT: Duration = Duration::from_secs(1);

/// The longest pause, in times of the spread.
const LONGEST: u32 = 2;

/// How the last sessions ended.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// A session lasted long enough to count as working.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// The pause after a session that ended so. `random` is at least 0 and less than 1.
    ///
    /// A restart of the API server ends all watches of a fleet in the same moment, so that the first pause is any time up to
    /// `spread`. Later ones are longer, and the server may ask for more.
    pub(crate) fn after(&mut self, end: &End, spread: Duration, random: f64) -> Duration {
        let failures = self.failures;
        let (from, to) = match end {
            End::Expected => (Duration::ZERO, SHORT),
            End::Failed(crate::client::Failure::Gone) if failures == 0 => (Duration::ZERO, SHORT),
            _ if failures == 0 => (Duration::ZERO, spread),
            _ => {
                let longest = spread * LONGEST;
                let to = (SHORT * (1 << failures.min(10))).clamp(SHORT, longest.max(SHORT));
                (to / 2, to)
            }
        };
        self.failures = match end {
            End::Expected => 0,
            _ => failures.saturating_add(1),
        };
        let pause = from + to.saturating_sub(from).mul_f64(random);
        match end {
            End::Failed(failure) => failure.retry_after().map_or(pause, |wait| {
                // The server tells all clients the same time.
                pause.max(wait.min(spread * LONGEST) + spread.mul_f64(random))
            }),
            _ => pause,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;
    use crate::client::Failure;
    use crate::watch::End;

    const SPREAD: Duration = Duration::from_secs(10);

    fn range(ends: &[End]) -> (f64, f64) {
        let pause = |random: f64| {
            let mut backoff = Backoff::default();
            let pauses = ends.iter().map(|end| backoff.after(end, SPREAD, random));
            pauses.last().unwrap().as_secs_f64()
        };
        (pause(0.0), pause(1.0))
    }

    #[test]
    fn pauses_are_as_in_the_table() {
        let broken = || End::Failed(Failure::Connection("reset".into()));
        let busy = |seconds| {
            End::Failed(Failure::Status {
                code: 429,
                message: String::new(),
                retry_after: Some(Duration::from_secs(seconds)),
            })
        };
        let gone = || End::Failed(Failure::Gone);
        for (ends, expected) in [
            (vec![End::Expected], (0.0, 1.0)),
            (vec![End::Expected, End::Expected], (0.0, 1.0)),
            (vec![gone()], (0.0, 1.0)),
            (vec![gone(), gone()], (1.0, 2.0)),
            (vec![End::Closed], (0.0, 10.0)),
            (vec![End::Idle(SPREAD)], (0.0, 10.0)),
            (vec![broken()], (0.0, 10.0)),
            (vec![broken(), broken()], (1.0, 2.0)),
            (vec![broken(), broken(), broken()], (2.0, 4.0)),
            (vec![broken(); 9], (10.0, 20.0)),
            (vec![busy(2)], (2.0, 12.0)),
            (vec![busy(3600)], (20.0, 30.0)),
        ] {
            assert_eq!(range(&ends), expected, "{ends:?}");
        }
    }

    #[test]
    fn working_session_makes_the_next_failure_the_first() {
        let mut backoff = Backoff::default();
        for _ in 0..9 {
            let _ = backoff.after(&End::Closed, SPREAD, 1.0);
        }
        backoff.reset();
        assert_eq!(backoff.after(&End::Closed, SPREAD, 1.0), SPREAD);
    }
}
