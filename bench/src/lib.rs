//! How fast flags are read, published, parsed and followed, beside their peers.
//!
//! `run` measures everything and writes `RESULTS.md`; `instructions` counts the instructions of
//! each read and compares them with `instructions.txt`. Each file in `benches` is one table.
//!
//! What counts is mostly a ratio, to an atomic load or to a bare watcher. A clock that steps or
//! a neighbour that builds makes a ratio of two runs worthless, so [`ratio`] measures the rows
//! in turns of some 100 µs, and takes each ratio within one turn. criterion has no such thing; it
//! measures what is a time and no ratio.

#![allow(clippy::print_stdout, reason = "a benchmark prints its tables")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark that can't go on ends loudly, and its counts are small"
)]

pub mod kinds;
pub mod kubelet;
#[cfg(feature = "many")]
pub mod many;
pub mod ratio;
pub mod reads;
pub mod stats;
pub mod table;
pub mod watch;
