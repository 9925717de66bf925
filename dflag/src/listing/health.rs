//! The health of a source: whether its flags may be used, and what an operator should know.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::listing::source::SourceStatus;

/// The health of a source, in the sense of Kubernetes' probes.
///
/// Only a source that has not been scanned yet is not [ready](Self::is_ready). Flags that keep their last good values
/// are as good as they were before, so one bad ConfigMap must not take a whole fleet out of service.
///
/// [`Display`](fmt::Display) writes the state and the reasons in one line.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use dflag::{Health, SourceStatus};
///
/// let now = SystemTime::now();
/// let five_minutes = Duration::from_secs(300);
/// let mut status = SourceStatus::new("remote", "https://flags.example.com");
/// assert_eq!(status.health(five_minutes, now), Health::NotScanned);
///
/// status.last_scan = Some(now);
/// status.last_read = Some(now);
/// assert_eq!(status.health(five_minutes, now), Health::Ready);
///
/// status.degraded = vec!["the last update was rejected".to_owned()];
/// let health = status.health(five_minutes, now);
/// assert_eq!(health.to_string(), "degraded: the last update was rejected");
/// assert!(health.is_ready());
///
/// let health = status.health(five_minutes, now + Duration::from_secs(301));
/// assert!(matches!(health, Health::Stale { .. }));
/// assert!(health.is_ready());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "state", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Health {
    /// The first scan has not ended: the source may still change what the program starts with.
    NotScanned,
    /// The flags have what the source has.
    Ready,
    /// The flags have valid values, but not those of the source's newest layer.
    Degraded {
        /// [`SourceStatus::degraded`].
        reasons: Vec<String>,
    },
    /// The source has not been read for longer than the chosen time. The flags keep their last good values, and a
    /// change in the source does not reach them. It may be degraded as well.
    Stale {
        /// The time since the source was last read; `None` if it never was.
        #[cfg_attr(
            feature = "serde",
            serde(serialize_with = "crate::listing::seconds::serialize")
        )]
        unread_for: Option<Duration>,
        /// [`SourceStatus::degraded`].
        reasons: Vec<String>,
    },
}

impl Health {
    /// Whether a readiness probe should succeed: so it is in every state but [`NotScanned`](Self::NotScanned).
    pub fn is_ready(&self) -> bool {
        !matches!(self, Self::NotScanned)
    }

    /// [`SourceStatus::health`].
    pub(crate) fn of(status: &SourceStatus, stale_after: Duration, now: SystemTime) -> Self {
        if status.last_scan.is_none() {
            return Self::NotScanned;
        }
        let reasons = status.degraded.clone();
        // A source that knows no more than its last success was read then.
        let read = status.last_read.max(status.last_success);
        // After a step of the system's clock, the time may be in the future.
        let unread_for = read.map(|read| now.duration_since(read).unwrap_or_default());
        if unread_for.is_none_or(|time| time > stale_after) {
            Self::Stale {
                unread_for,
                reasons,
            }
        } else if reasons.is_empty() {
            Self::Ready
        } else {
            Self::Degraded { reasons }
        }
    }
}

/// Formats as `ready`, `degraded: …`, `stale: …` or `not scanned yet`, with all reasons.
impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons = match self {
            Self::NotScanned => return f.write_str("not scanned yet"),
            Self::Ready => return f.write_str("ready"),
            Self::Degraded { reasons } => {
                f.write_str("degraded: ")?;
                return f.write_str(&reasons.join("; "));
            }
            Self::Stale {
                unread_for,
                reasons,
            } => {
                match unread_for {
                    Some(time) => write!(f, "stale: last read {} s ago", time.as_secs())?,
                    None => f.write_str("stale: never read")?,
                }
                reasons
            }
        };
        for reason in reasons {
            f.write_str("; ")?;
            f.write_str(reason)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::Health;
    use crate::listing::source::SourceStatus;

    const STALE_AFTER: Duration = Duration::from_secs(60);

    /// A time in seconds.
    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// The health at the second 1,000, by what is known of the last scans.
    fn health(
        [scan, read, success]: [Option<u64>; 3],
        reasons: &[&str],
        now: SystemTime,
    ) -> Health {
        let mut status = SourceStatus::new("remote", "there");
        status.last_scan = scan.map(at);
        status.last_read = read.map(at);
        status.last_success = success.map(at);
        status.degraded = reasons.iter().map(ToString::to_string).collect();
        status.health(STALE_AFTER, now)
    }

    #[test]
    fn health_follows_the_last_scans_and_the_reasons() {
        let rejected: &[&str] = &["it was rejected"];
        for (times, reasons, expected) in [
            ([None, None, None], &[][..], "not scanned yet"),
            ([Some(999), Some(999), Some(999)], &[], "ready"),
            (
                [Some(999), Some(999), Some(10)],
                rejected,
                "degraded: it was rejected",
            ),
            (
                [Some(999), Some(999), None],
                &["one", "two"],
                "degraded: one; two",
            ),
            ([Some(999), Some(940), Some(940)], &[], "ready"),
            (
                [Some(999), Some(939), Some(939)],
                &[],
                "stale: last read 61 s ago",
            ),
            (
                [Some(999), Some(900), Some(10)],
                rejected,
                "stale: last read 100 s ago; it was rejected",
            ),
            ([Some(999), None, None], &[], "stale: never read"),
            ([Some(999), None, Some(999)], &[], "ready"),
        ] {
            let health = health(times, reasons, at(1_000));
            assert_eq!(health.to_string(), expected);
            assert_eq!(health.is_ready(), expected != "not scanned yet");
        }
    }

    #[test]
    fn a_step_of_the_clock_to_an_earlier_time_makes_nothing_stale() {
        let times = [Some(1_000); 3];
        assert_eq!(health(times, &[], at(10)), Health::Ready);
    }
}
