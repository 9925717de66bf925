//! The target: what is followed through the API, and within which limits.

use std::sync::Arc;
use std::time::Duration;

use crate::client::Access;
use crate::name::ObjectName;

/// What is followed through the API.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) access: Access,
    pub(crate) name: Arc<ObjectName>,
    pub(crate) limits: Limits,
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// For the answer to a request, including the reading of the credentials.
    pub(crate) request: Duration,
    /// For the answer to a list that a swap of the mount asks for.
    pub(crate) doubt: Duration,
    /// For an event or a bookmark.
    pub(crate) idle: Duration,
    /// The first reconnect of a fleet is spread over this time.
    pub(crate) spread: Duration,
    /// From one check of the object's revision to the next.
    pub(crate) check_every: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(10),
            doubt: Duration::from_secs(5),
            // Bookmarks arrive every 60 s.
            idle: Duration::from_secs(150),
            spread: Duration::from_secs(10),
            check_every: Duration::from_secs(600),
        }
    }
}
