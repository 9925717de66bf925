//! Times as numbers: seconds with a fraction, as Prometheus has them.

use std::time::{Duration, SystemTime};

use serde::{Serialize as _, Serializer};

/// What is serialized in seconds.
pub(crate) trait Seconds {
    /// `None` is `null`.
    fn seconds(&self) -> Option<f64>;
}

impl Seconds for Duration {
    fn seconds(&self) -> Option<f64> {
        Some(self.as_secs_f64())
    }
}

/// Since 1970; 0 for an earlier time.
impl Seconds for SystemTime {
    fn seconds(&self) -> Option<f64> {
        let since = self.duration_since(Self::UNIX_EPOCH);
        since.unwrap_or_default().seconds()
    }
}

impl<T: Seconds> Seconds for Option<T> {
    fn seconds(&self) -> Option<f64> {
        self.as_ref()?.seconds()
    }
}

/// For serde's `serialize_with`.
pub(crate) fn serialize<S: Serializer>(
    time: &impl Seconds,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.seconds().serialize(serializer)
}
