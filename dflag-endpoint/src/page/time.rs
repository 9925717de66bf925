//! Times: as people read them anywhere, and as a script reads them.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, SystemTime};

/// A time, in UTC and to the second. `None` for one that no calendar holds.
pub(super) struct Time {
    text: String,
}

impl Time {
    /// The time so many seconds after 1970 began.
    pub(super) fn at(seconds: f64) -> Option<Self> {
        let since = Duration::try_from_secs_f64(seconds).ok()?;
        let time = SystemTime::UNIX_EPOCH.checked_add(since)?;
        // Its Display fails for a year past 9999.
        let mut text = String::new();
        fmt::write(
            &mut text,
            format_args!("{}", humantime::format_rfc3339_seconds(time)),
        )
        .ok()?;
        Some(Self { text })
    }

    /// As an attribute `datetime` has it.
    pub(super) fn machine(&self) -> &str {
        &self.text
    }
}

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = self.text.replacen('T', " ", 1);
        write!(f, "{} UTC", text.trim_end_matches('Z'))
    }
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn a_time_is_told_in_utc() {
        let time = Time::at(1_700_000_000.75).unwrap();
        assert_eq!(time.machine(), "2023-11-14T22:13:20Z");
        assert_eq!(time.to_string(), "2023-11-14 22:13:20 UTC");
    }

    #[test]
    fn a_time_of_no_calendar_is_none() {
        for seconds in [-1.0, 1e15, 1e300, f64::NAN] {
            assert!(Time::at(seconds).is_none(), "{seconds}");
        }
    }
}
