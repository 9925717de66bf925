//! Benchmarks: how fast flags are read, published, parsed and followed, compared with other crates.
//!
//! `bench/run` measures everything and writes `RESULTS.md`; `bench/instructions` counts the instructions of
//! each read and compares them with `instructions.txt`. Each file in `benches` makes one or two tables.
//!
//! Most results are ratios to a baseline: an atomic load, clap's parser, a bare watcher. Other load on the
//! machine makes ratios of separate runs worthless, so [`ratio`] measures the rows alternately, for about
//! 100 µs each, and takes the ratios within a round. criterion cannot do that; it measures the times that
//! have no baseline.

#![allow(clippy::print_stdout, reason = "a benchmark prints its tables")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark fails loudly, and its counts are small"
)]

pub mod kinds;
pub mod kubelet;
#[cfg(feature = "many")]
#[macro_use]
pub mod many;
#[cfg(feature = "endpoint")]
pub mod page;
pub mod ratio;
pub mod reads;
#[cfg(feature = "scale")]
pub mod scale;
pub mod stats;
pub mod table;
pub mod watch;
