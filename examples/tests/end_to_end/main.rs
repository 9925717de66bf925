//! End to end: the built programs, a directory that changes, and what is then to be seen.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "../common/mod.rs"]
mod common;
mod follow;
mod manifests;
mod reject;
mod simple;
