//! The client: connections to the API server, and the requests that are made.
//!
//! Each connection is a new one, with the credentials that are on disk then. [`Failure`] says why a request has no answer.

mod access;
mod connection;
mod error_text;
mod failure;

pub(crate) use access::Access;
pub(crate) use connection::{Body, Connection, MAX_RESPONSE, malformed_key};
pub(crate) use error_text::chain;
pub(crate) use failure::Failure;
