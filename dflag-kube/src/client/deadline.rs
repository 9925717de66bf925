//! Deadlines: how long a request may take, including the reading of credentials.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::access::Access;
use super::connection::Connection;
use super::failure::Failure;
use crate::name::ObjectName;

/// When a request has to be answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    limit: Duration,
    at: Instant,
}

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self {
            limit,
            at: Instant::now() + limit,
        }
    }

    /// A new connection. Only reading the credentials takes time, so a timeout is theirs.
    pub(crate) async fn connect(
        self,
        access: &Access,
        name: &Arc<ObjectName>,
    ) -> Result<Connection, Failure> {
        let connection = timeout_at(self.at, Connection::new(access, name)).await;
        connection.unwrap_or(Err(Failure::SlowCredentials(self.limit)))
    }

    /// The answer to a request on a connection.
    pub(crate) async fn answer<T>(
        self,
        request: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let answer = timeout_at(self.at, request).await;
        answer.unwrap_or(Err(Failure::TimedOut(self.limit)))
    }
}
