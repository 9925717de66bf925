//! The flags, to be flattened into a program's own.

use std::iter;

use clap::builder::ArgPredicate;
use clap::{ArgAction, Args, value_parser};
use dflag::DynamicFlags;

use crate::log_filter::LogFilter;

/// `--log-level`, a dynamic flag, and `-v` and `-q`, which choose its default. Flatten it into your own struct.
///
/// ```
/// use clap::Parser;
/// use dflag::DynamicFlags;
/// use dflag_tracing::LogArgs;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     #[command(flatten)]
///     #[flag(flatten)]
///     log: LogArgs,
/// }
///
/// let args = Args::try_parse_dynamic_from(["server", "--log-level=debug"])?;
/// assert_eq!(args.log.level.get().as_str(), "debug");
///
/// args.set("log-level", "warn,my_crate=trace")?;
/// assert_eq!(args.log.level.get().as_str(), "warn,my_crate=trace");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The level comes from the first of these that has one: an override, the ConfigMap's key `log_level`, `--log-level`,
/// the environment variable `RUST_LOG`, `-v` or `-q`, and else it is `info`.
///
/// A program whose `-v` means something else, or that has its level elsewhere, declares a flag of its own instead of
/// this struct. Its type is [`LogFilter`], and everything in this crate takes it:
///
/// ```
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag_tracing::LogFilter;
///
/// #[derive(Clone, Parser, DynamicFlags)]
/// struct Args {
///     /// What is logged.
///     #[arg(long, env = "SERVER_LOG", default_value = "warn")]
///     #[flag(dynamic)]
///     log: LogFilter,
/// }
/// ```
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
    #[flag(flatten = false)]
    pub verbosity: Verbosity,
}

/// `-v` and `-q`, on the command line alone: no source can set them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
#[group(skip)]
#[non_exhaustive]
pub struct Verbosity {
    /// Log more: -v is debug, -vv is trace. `--log-level` takes precedence
    #[arg(short, long, action = ArgAction::Count, value_parser = value_parser!(u8).range(..=9))]
    pub verbose: u8,

    /// Log less: -q is warn, -qq is error, -qqq is off. `--log-level` takes precedence
    #[arg(
        short,
        long,
        action = ArgAction::Count,
        value_parser = value_parser!(u8).range(..=9),
        conflicts_with = "verbose",
    )]
    pub quiet: u8,
}

/// The level for each number of `-v` and of `-q`. All numbers are listed, because to `ArgPredicate::IsPresent` a flag
/// with its default of 0 is present as well, if it comes before `--log-level`.
fn verbosity_levels() -> impl Iterator<Item = (&'static str, ArgPredicate, &'static str)> {
    let levels = |id, levels: [&'static str; 3]| {
        let counts = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let [.., last] = levels;
        let levels = levels.into_iter().chain(iter::repeat(last));
        let of_count = move |(count, level)| (id, ArgPredicate::from(count), level);
        counts.into_iter().zip(levels).map(of_count)
    };
    levels("verbose", ["debug", "trace", "trace"]).chain(levels("quiet", ["warn", "error", "off"]))
}
