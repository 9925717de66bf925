//! Waiting for a condition, with a deadline.

use std::thread;
use std::time::{Duration, Instant};

/// Time between two checks of a condition.
const PAUSE: Duration = Duration::from_millis(2);

/// Waits until `condition` returns `true`.
///
/// # Panics
/// If it does not `within` that time. The message contains `what`, the awaited event.
///
/// ```
/// use std::time::{Duration, Instant};
/// use dflag_tests::wait;
///
/// let start = Instant::now();
/// wait::until(Duration::from_secs(5), "a millisecond", || start.elapsed().as_millis() > 0);
/// ```
#[track_caller]
pub fn until(within: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    until_some(within, what, || condition().then_some(()));
}

/// Waits until `value` returns `Some`, and returns the value in it.
///
/// # Panics
/// If it does not `within` that time. The message contains `what`, the awaited value.
///
/// ```
/// use std::time::Duration;
/// use dflag_tests::wait;
///
/// let mut numbers = 0..;
/// let third = wait::until_some(Duration::from_secs(5), "a three", || {
///     numbers.next().filter(|number| *number == 3)
/// });
/// assert_eq!(third, 3);
/// ```
#[track_caller]
pub fn until_some<T>(within: Duration, what: &str, mut value: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        // Read before the check, so that one check begins after the deadline.
        let is_last = Instant::now() >= deadline;
        if let Some(value) = value() {
            return value;
        }
        if is_last {
            time_out(within, what);
        }
        thread::sleep(PAUSE);
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a test fails by a panic")]
fn time_out(within: Duration, what: &str) -> ! {
    panic!("timed out after {within:?}, waiting for {what}");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{until, until_some};

    #[test]
    fn checks_the_condition_until_it_is_true() {
        let mut checks = 0;
        until(Duration::from_secs(10), "three checks", || {
            checks += 1;
            checks == 3
        });
        assert_eq!(checks, 3);
    }

    #[test]
    fn checks_once_even_without_time_to_wait() {
        assert_eq!(until_some(Duration::ZERO, "a value", || Some(7)), 7);
    }

    #[test]
    #[should_panic(expected = "timed out after 5ms, waiting for rain")]
    fn the_panic_names_the_awaited_event() {
        until(Duration::from_millis(5), "rain", || false);
    }
}
