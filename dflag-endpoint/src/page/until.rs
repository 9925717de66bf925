//! The time until an override expires.

use std::time::{Duration, SystemTime};

use super::timestamp::Timestamp;

/// The time left, as text, and when that is.
#[derive(Debug)]
pub(super) struct Until {
    pub(super) text: String,
    /// `None` for a time after 9999.
    pub(super) time: Option<Timestamp>,
}

impl Until {
    pub(super) fn new(remaining: Duration, now: SystemTime) -> Self {
        Self {
            text: format!("in {}", about(remaining.as_secs())),
            time: now.checked_add(remaining).and_then(Timestamp::new),
        }
    }
}

/// Seconds in the largest unit of which there are two. The script does the same.
fn about(seconds: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(size, _)| seconds >= 2 * size);
    let (size, unit) = unit.unwrap_or((1, "s"));
    format!("{} {unit}", seconds / size)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Until, about};

    #[test]
    fn time_left_is_in_a_unit_that_fits() {
        for (seconds, text) in [
            (0, "0 s"),
            (119, "119 s"),
            (14 * 60 + 59, "14 min"),
            (119 * 60, "119 min"),
            (7200, "2 h"),
            (86_400, "24 h"),
            (u64::MAX, "213503982334601 d"),
        ] {
            assert_eq!(about(seconds), text);
        }
    }

    #[test]
    fn time_that_no_calendar_has_is_left_out() {
        let until = |seconds| Until::new(Duration::from_secs(seconds), SystemTime::UNIX_EPOCH);
        let time = until(60).time.unwrap();
        assert_eq!(time.rfc3339(), "1970-01-01T00:01:00Z");
        for seconds in [1_000_000_000_000, u64::MAX] {
            assert!(until(seconds).time.is_none());
        }
    }
}
