//! Go's `fortio.org/dflag` and these crates: what is the same, and what differs.
//!
//! `text_table` and `scenarios` are tables of both. Where there is Go, they are compared with the original itself, by the
//! program in `tests/go`. The guide `dflag/src/guide/coming_from_go.md` explains the differences.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]
#![allow(clippy::print_stderr, reason = "a test says what it skips")]

mod details;
mod items;
mod original;
mod program;
mod scenarios;
mod text_table;
mod texts;
