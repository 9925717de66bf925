//! Times in UTC, for people and for scripts.

use std::fmt::{self, Display, Formatter, Write as _};
use std::time::SystemTime;

/// A time in UTC, to the second.
#[derive(Debug)]
pub(super) struct Timestamp {
    rfc3339: String,
}

impl Timestamp {
    /// `None` for a time before 1970 or after 9999.
    pub(super) fn new(time: SystemTime) -> Option<Self> {
        // humantime panics for an earlier time, and its Display fails for a later one.
        time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let mut rfc3339 = String::new();
        write!(rfc3339, "{}", humantime::format_rfc3339_seconds(time)).ok()?;
        Some(Self { rfc3339 })
    }

    /// The value of an attribute `datetime`.
    pub(super) fn rfc3339(&self) -> &str {
        &self.rfc3339
    }
}

impl Display for Timestamp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = self.rfc3339.replacen('T', " ", 1);
        write!(f, "{} UTC", text.trim_end_matches('Z'))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::Timestamp;

    #[test]
    fn times_are_in_utc() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_750);
        let time = Timestamp::new(time).unwrap();
        assert_eq!(time.rfc3339(), "2023-11-14T22:13:20Z");
        assert_eq!(time.to_string(), "2023-11-14 22:13:20 UTC");
    }

    #[test]
    fn a_time_without_four_digits_of_a_year_is_none() {
        let early = SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(1));
        let late = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1_000_000_000_000));
        for time in [early, late].into_iter().flatten() {
            assert!(Timestamp::new(time).is_none(), "{time:?}");
        }
    }
}
