//! How long an override lasts, as people write it.

use std::time::Duration;

pub(super) const INVALID_DURATION: &str = "the duration until the override expires is not valid; write numbers with their units, \
                                           such as `90s`, `15m`, `1h 30m` or `2days`, or leave it out for an override that \
                                           stays until it is cleared";

/// `None` also for `15M`, which means months to the parser, and to most people minutes.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let mut units = text.split(|character: char| !character.is_ascii_alphabetic());
    if units.any(|unit| unit == "M") {
        return None;
    }
    humantime::parse_duration(text).ok()
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn a_duration_has_units_and_no_months() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("15m"), Some(900));
        assert_eq!(seconds("1h 30min"), Some(5400));
        for text in ["", "15", "15M", "-1s", "soon", "99999999999999999999s"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
