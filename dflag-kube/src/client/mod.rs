//! The client: connections to the API server, and the requests that are made.
//!
//! Each connection is a new one, with the credentials that are on disk then. [`Deadline`] bounds a request, and [`Failure`]
//! says why it has no answer.

mod access;
mod connection;
mod deadline;
mod error_text;
mod failure;
mod reading;

pub(crate) use access::Access;
pub(crate) use connection::{Body, MAX_RESPONSE, malformed_key};
pub(crate) use deadline::Deadline;
pub(crate) use error_text::chain;
pub(crate) use failure::Failure;
