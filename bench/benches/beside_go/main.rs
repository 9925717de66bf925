//! The original, Go's `fortio.org/dflag`, and our crates in one run.
//!
//! Two programs do the same work: `bench/go`, which `bench/run` builds, and `bench/src/bin/beside_go.rs`. Both take
//! the same arguments, follow the same directories and print lines of a name and a number.

#![cfg_attr(
    target_os = "linux",
    allow(
        clippy::print_stdout,
        clippy::cast_precision_loss,
        reason = "a benchmark prints its tables, and its counts are small"
    )
)]

// They need the memory and the threads in `/proc`.
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod tables;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> program::Result<()> {
    tables::main()
}
