//! Waiting: for a condition, with a deadline, and a panic that says what never came.

use std::thread;
use std::time::{Duration, Instant};

/// Time between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(2);

/// Waits until `condition` holds.
///
/// # Panics
/// When it does not hold `within` that time. The message names `what` was waited for.
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

/// Waits until `value` gives one.
///
/// # Panics
/// When it gives none `within` that time. The message names `what` was waited for.
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
        // The time is read first: a look that begins after the deadline is the last.
        let late = Instant::now() >= deadline;
        if let Some(value) = value() {
            return value;
        }
        if late {
            never_came(within, what);
        }
        thread::sleep(PAUSE);
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "this is how a test fails")]
fn never_came(within: Duration, what: &str) -> ! {
    panic!("waited {within:?} for {what}, which never came");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{until, until_some};

    #[test]
    fn it_looks_until_the_condition_holds() {
        let mut looks = 0;
        until(Duration::from_secs(10), "three looks", || {
            looks += 1;
            looks == 3
        });
        assert_eq!(looks, 3);
    }

    #[test]
    fn it_looks_once_even_without_time_to_wait() {
        assert_eq!(until_some(Duration::ZERO, "a value", || Some(7)), 7);
    }

    #[test]
    #[should_panic(expected = "waited 5ms for rain, which never came")]
    fn what_never_comes_is_named() {
        until(Duration::from_millis(5), "rain", || false);
    }
}
