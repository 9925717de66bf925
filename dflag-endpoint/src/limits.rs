//! Limits on what one request, or all clients together, may use.
//!
//! Connections and idle time are the business of the server that the router is mounted in.

use std::time::Duration;

/// The longest request body, in bytes. A longer one is rejected with 413.
pub const BODY_BYTES: usize = 1 << 20;

/// The time within which a request's body has to arrive. A slower one is rejected with 408.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The part of a form, in bytes, that is read to find the token before the caller is authenticated. Of other requests
/// nothing is read before.
pub const FORM_TOKEN_BYTES: usize = 8 << 10;

/// The most bodies that are in memory at a time of those which are longer than [`FORM_TOKEN_BYTES`], or do not declare
/// their length. Further ones wait, for at most
/// [`BODY_TIMEOUT`], and are then rejected with 503 and `Retry-After`.
pub const LONG_BODIES: usize = 4;

/// The most flags that one request may set or clear. More are rejected with 413.
pub const FLAGS_PER_REQUEST: usize = 1_000;

/// The most fields in a form: each flag has a name, a value, and perhaps a hidden value for an
/// unchecked checkbox, a duration, a revision and a mark, and the form a reason and a token. More are rejected with 413.
pub const FORM_FIELDS: usize = 6 * FLAGS_PER_REQUEST + 2;

/// The size of all headers together, names and values, in bytes. Larger ones are rejected with 431.
pub const HEADER_BYTES: usize = 16 << 10;

/// The longest path with its query, in bytes. A longer one is rejected with 414.
pub const URI_BYTES: usize = 8 << 10;

/// The largest token file, in bytes. With a larger one every request that edits flags is denied.
pub const TOKEN_FILE_BYTES: usize = 4 << 10;

/// The most clients that may follow the events at a time. Another one takes the place of one that has not read an event
/// for 10 s, or else of the one that has followed longest, if that is for a minute; or it is rejected with 429 and
/// `Retry-After`.
pub const EVENT_CLIENTS: usize = 64;

/// The most publishes that wait for a client that follows the events.
/// A client that falls further behind gets the event `state` and has to read everything again.
pub const EVENT_BACKLOG: usize = 128;
