//! When an override expires.

use std::time::{Duration, Instant};

/// When an override [expires](crate::Edit::expires_in), as [`FlagInfo::expiry`](crate::FlagInfo::expiry) has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Expiry {
    /// The time until then; zero if the override is overdue.
    #[cfg_attr(feature = "serde", serde(serialize_with = "seconds"))]
    pub remaining: Duration,
    /// Why an overdue override stays: what is wrong with the flags without it. Each later publish tries again. `None`
    /// before the override is due.
    pub reason: Option<String>,
}

/// In seconds, as the times of a source.
#[cfg(feature = "serde")]
fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

/// The instant at which an override is due.
#[derive(Clone, PartialEq)]
pub(crate) struct Deadline {
    pub(crate) at: Instant,
    /// Why the override stays although it is overdue.
    pub(crate) reason: Option<String>,
}

impl Deadline {
    pub(crate) fn expiry(&self, now: Instant) -> Expiry {
        Expiry {
            remaining: self.at.saturating_duration_since(now),
            reason: self.reason.clone(),
        }
    }
}
