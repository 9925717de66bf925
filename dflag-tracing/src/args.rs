//! The flags, to be flattened into a program's own.

use std::iter;

use clap::builder::{ArgPredicate, TypedValueParser};
use clap::{ArgAction, Args, value_parser};
use dflag::DynamicFlags;

use crate::log_filter::LogFilter;

// From a doc comment, clap's derive would make the description of the program that flattens the struct. It ignores
// `include_str!`.
#[doc = include_str!("log_args.md")]
#[derive(Clone, Debug, Args, DynamicFlags)]
#[group(skip)]
pub struct LogArgs {
    /// What is logged: a level (off, error, warn, info, debug, trace), or directives such as
    /// `info,my_crate::db=debug`
    #[arg(
        id = "log_level",
        long = "log-level",
        env = "RUST_LOG",
        value_name = "FILTER",
        default_value = "info",
        default_value_ifs = verbosity_levels(),
    )]
    #[flag(dynamic)]
    pub level: LogFilter,

    /// `-v` and `-q`.
    #[command(flatten)]
    #[flag(show)]
    pub verbosity: Verbosity,
}

#[doc = include_str!("verbosity.md")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
#[group(skip)]
#[non_exhaustive]
pub struct Verbosity {
    /// Log more: -v is debug, -vv is trace. `--log-level` takes precedence
    #[arg(short, long, action = ArgAction::Count, value_parser = count())]
    pub verbose: u8,

    /// Log less: -q is warn, -qq is error, -qqq is off. `--log-level` takes precedence
    #[arg(
        short,
        long,
        action = ArgAction::Count,
        value_parser = count(),
        conflicts_with = "verbose",
    )]
    pub quiet: u8,
}

/// Counts up to 9, so that the numbers can be listed.
fn count() -> impl TypedValueParser<Value = u8> {
    value_parser!(u8).map(|count: u8| count.min(9))
}

/// The level for each number of `-v` and of `-q`. All numbers are listed, because to `ArgPredicate::IsPresent` a flag
/// with its default of 0 is present as well, if it comes before `--log-level`. clap compares the number before its
/// parser has limited it, which is at most one more.
fn verbosity_levels() -> impl Iterator<Item = (&'static str, ArgPredicate, &'static str)> {
    let levels = |id, levels: [&'static str; 3]| {
        let counts = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
        let [.., last] = levels;
        let levels = levels.into_iter().chain(iter::repeat(last));
        let of_count = move |(count, level)| (id, ArgPredicate::from(count), level);
        counts.into_iter().zip(levels).map(of_count)
    };
    levels("verbose", ["debug", "trace", "trace"]).chain(levels("quiet", ["warn", "error", "off"]))
}
