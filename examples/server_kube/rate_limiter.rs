//! A rate limiter that is derived from the flags.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Admits a number of requests a second. After a pause it admits that many at once.
pub(crate) struct RateLimiter {
    rate: f64,
    bucket: Arc<Mutex<Bucket>>,
}

/// The requests that may be admitted now.
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl RateLimiter {
    /// A limiter with this rate. What `previous` has admitted counts, so a new rate admits no burst.
    pub(crate) fn new(rate: u32, previous: Option<&Self>) -> Result<Self, &'static str> {
        if rate == 0 {
            return Err("a rate of 0 admits no request: write the policy `deny` instead");
        }
        let rate = f64::from(rate);
        let full = || {
            Arc::new(Mutex::new(Bucket {
                tokens: rate,
                filled: Instant::now(),
            }))
        };
        let bucket = previous.map_or_else(full, |previous| Arc::clone(&previous.bucket));
        Ok(Self { rate, bucket })
    }

    /// Whether a request is admitted now.
    pub(crate) fn admits(&self) -> bool {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let pause = now.saturating_duration_since(bucket.filled);
        bucket.tokens = (bucket.tokens + pause.as_secs_f64() * self.rate).min(self.rate);
        bucket.filled = now;
        let is_admitted = bucket.tokens >= 1.0;
        if is_admitted {
            bucket.tokens -= 1.0;
        }
        is_admitted
    }
}
