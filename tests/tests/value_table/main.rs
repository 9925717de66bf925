//! Every way in which a value gets into a flag, compared with clap's own parser.
//!
//! Each row is a program with one flag, and texts for it. A text comes from the command line, the environment,
//! [`Flags::set`](dflag::Flags::set), the endpoint and a file. clap's `Args::try_parse_from` decides what is right: if
//! it accepts a text after `--flag=`, every way gives the same value, and if it rejects the text, every way rejects it
//! for the same reason. The leniency for files is listed in each row. What a listing shows can be set again and means
//! the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::option_option,
    clippy::unnecessary_wraps,
    reason = "a test fails loudly, and clap decides which types mean what"
)]
#![allow(dead_code, reason = "the table reads flags by their names")]

#[macro_use]
mod row;

mod booleans;
mod choices;
mod environment;
mod floats_and_texts;
mod integers;
mod lists;
mod names;
mod options;
mod parsers;
mod program;
mod reason;
mod ways;
