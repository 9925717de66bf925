//! End to end: the built programs, a directory that changes, and what is then to be seen.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

mod follow;
mod manifests;
mod program;
mod refuse;
mod server;
mod simple;
