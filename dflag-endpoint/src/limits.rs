//! Limits on what one request, or all clients together, may use.
//!
//! Connections and idle time are the business of the server that the router is mounted in.

use std::time::Duration;

/// The longest request body, in bytes. A longer one is rejected with 413.
pub const BODY_BYTES: usize = 1 << 20;

/// The time within which a request's body has to arrive. A slower one is rejected with 408.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The most flags that one request may set or clear. More are rejected with 413.
pub const FLAGS_PER_REQUEST: usize = 1_000;

/// The most fields in a form: each flag has a name, a value, and perhaps a hidden value for an
/// unchecked checkbox and a duration, and the form a reason and a token. More are rejected with 413.
pub const FORM_FIELDS: usize = 4 * FLAGS_PER_REQUEST + 2;

/// The size of all headers together, names and values, in bytes. Larger ones are rejected with 431.
pub const HEADER_BYTES: usize = 16 << 10;

/// The longest path with its query, in bytes. A longer one is rejected with 414.
pub const URI_BYTES: usize = 8 << 10;

/// The largest token file, in bytes. With a larger one every request that edits flags is denied.
pub const TOKEN_FILE_BYTES: usize = 4 << 10;

/// The most clients that may follow the events at a time. Another one is rejected with 429.
pub const EVENT_CLIENTS: usize = 64;

/// The most publishes that wait for a client that follows the events.
/// A client that falls further behind gets the event `state` and has to read everything again.
pub const EVENT_BACKLOG: usize = 128;
