//! `--config-check`: verdicts, positions and reports.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    missing_debug_implementations,
    unreachable_pub,
    missing_docs
)] // a test fails loudly, and says what it skips

mod command_line;
mod findings;
mod flags;
mod metadata;
mod mutations;
mod oracle;
mod program;
mod scalars;
mod unusable;
mod verdicts;

#[path = "../common/mod.rs"]
mod common;
