//! The built example programs with a directory that changes.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "../common/mod.rs"]
mod common;
mod follow;
mod health;
mod manifests;
mod reject;
mod simple;
mod toml_file;
