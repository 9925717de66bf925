//! Limits: the most that one request, or all of them together, may ask for.
//!
//! How many connections there are, and how long one may stay idle, is the server's to say that
//! the router is mounted in.

use std::time::Duration;

/// The most bytes of a request's body. A longer one is rejected with 413.
pub const BODY_BYTES: usize = 1 << 20;

/// The longest time that a body may take to arrive. A slower one is rejected with 408.
pub const BODY_WITHIN: Duration = Duration::from_secs(10);

/// The most flags that one request sets or clears. More are rejected with 413.
pub const FLAGS: usize = 1_000;

/// The most fields of a form: a flag has a name, a value, and perhaps one that a checkbox hides.
pub const FIELDS: usize = 4 * FLAGS;

/// The most bytes of all headers, names and values together. More are rejected with 431.
pub const HEADER_BYTES: usize = 16 << 10;

/// The most bytes of a path with its query. A longer one is rejected with 414.
pub const URI_BYTES: usize = 8 << 10;

/// The most bytes of a token's file. A larger one lets nobody in.
pub const TOKEN_BYTES: usize = 4 << 10;

/// The most clients that may follow the events at a time. One more is rejected with 429.
pub const LISTENERS: usize = 64;

/// The most publishes that wait for a client that follows the events.
/// One that falls further behind is told to read everything anew.
pub const WAITING_EVENTS: usize = 128;
