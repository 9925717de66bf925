//! A fleet: how soon a change of a ConfigMap reaches a thousand updaters of it, and what they cost the API server.
//!
//! It needs the API server of the tests: see `CONTRIBUTING.md`. `DFLAG_FLEET` is the number of updaters, 1,000 if it is
//! not set. All use one service account's token, since the server exempts administrators from its limits.

#![cfg_attr(
    target_os = "linux",
    allow(
        clippy::print_stdout,
        clippy::cast_precision_loss,
        clippy::indexing_slicing,
        reason = "a benchmark prints its tables, and fails loudly"
    )
)]

// They need the memory and the threads in `/proc`.
#[cfg(target_os = "linux")]
mod cluster;
#[cfg(target_os = "linux")]
mod fleet;
#[cfg(target_os = "linux")]
mod tables;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    tables::main()
}
