//! The subscriber of a program that needs no other.

use std::io::{self, IsTerminal as _};

use dflag::Dynamic;
use tracing::subscriber::set_global_default;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::dynamic_filter::DynamicFilter;
use crate::error::InitError;
use crate::log_filter::LogFilter;

/// Installs a subscriber for the whole program: it writes lines of text to standard error, and enables what the flag
/// says, now and after each change.
///
/// With the feature `log`, records of the `log` crate are events like any other. With the feature `ansi`, the lines have
/// colours on a terminal, unless the environment variable `NO_COLOR` is set.
///
/// For another format, such as JSON, or for more layers, build a subscriber with a [`DynamicFilter`] yourself.
///
/// ```no_run
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[command(flatten)]
/// #     #[flag(flatten)]
/// #     log: dflag_tracing::LogArgs,
/// # }
/// let args = Args::parse_dynamic();
/// dflag_tracing::init(&args.log.level)?;
/// tracing::info!("started");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The program has a global subscriber already, or with the feature `log` a logger of that crate.
pub fn init(level: &Dynamic<LogFilter>) -> Result<(), InitError> {
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(has_colours());
    let subscriber = tracing_subscriber::registry()
        .with(DynamicFilter::new(level))
        .with(lines);
    set_global_default(subscriber).map_err(InitError::Subscriber)?;
    #[cfg(feature = "log")]
    forward_log_records().map_err(InitError::Logger)?;
    Ok(())
}

fn has_colours() -> bool {
    let unwanted = || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    cfg!(feature = "ansi") && io::stderr().is_terminal() && !unwanted()
}

/// Comes after the subscriber, whose maximum level is the logger's.
#[cfg(feature = "log")]
fn forward_log_records() -> Result<(), tracing_log::log::SetLoggerError> {
    use tracing::level_filters::LevelFilter;
    use tracing_log::{AsLog as _, LogTracer};

    LogTracer::builder()
        .with_max_level(LevelFilter::current().as_log())
        .init()
}
