//! Ten flags that follow a directory, with dflag: the twin of `by_hand`.

#![allow(clippy::print_stdout, reason = "it is all that it does")]

use std::error::Error;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::{ArgAction, Parser};
use dflag::DynamicFlags;

/// Flags of a server.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    /// Where the flags' files are.
    #[arg(long, default_value = ".")]
    directory: PathBuf,

    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Requests in flight at most.
    #[arg(long, default_value_t = 100)]
    #[flag(dynamic)]
    limit: i64,

    /// Requests that wait at most.
    #[arg(long, default_value_t = 1000)]
    #[flag(dynamic)]
    queue: i64,

    /// Seconds until a request is given up.
    #[arg(long, default_value_t = 2.5)]
    #[flag(dynamic)]
    patience: f64,

    /// Fraction of requests that take the new path.
    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic)]
    rollout: f64,

    /// Whether requests are written down.
    #[arg(long, default_value_t = false, action = ArgAction::Set)]
    #[flag(dynamic)]
    trace: bool,

    /// Whether writes are rejected.
    #[arg(long, default_value_t = false, action = ArgAction::Set)]
    #[flag(dynamic)]
    read_only: bool,

    /// What stands above the page.
    #[arg(long, default_value = "hello")]
    #[flag(dynamic)]
    greeting: String,

    /// Who may ask.
    #[arg(long, default_value = "a,b", value_delimiter = ',')]
    #[flag(dynamic)]
    allow: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse_dynamic();
    let _updater = dflag_configmap::setup(&args, &args.load().directory)?;

    loop {
        println!("{:?}", args.load());
        thread::sleep(Duration::from_secs(1));
    }
}
