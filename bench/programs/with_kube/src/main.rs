//! The flags of `with_dflag`, which follow the API as well.

#![allow(clippy::print_stdout, reason = "this is its output")]

use std::error::Error;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::{ArgAction, Parser};
use dflag::DynamicFlags;

/// Flags of a server.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    /// The directory with a file for each flag.
    #[arg(long, default_value = ".")]
    directory: PathBuf,

    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Maximum number of requests in flight.
    #[arg(long, default_value_t = 100)]
    #[flag(dynamic)]
    limit: i64,

    /// Maximum number of waiting requests.
    #[arg(long, default_value_t = 1000)]
    #[flag(dynamic)]
    queue: i64,

    /// Seconds until a request times out.
    #[arg(long, default_value_t = 2.5)]
    #[flag(dynamic)]
    timeout: f64,

    /// Fraction of requests that take the new path.
    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic)]
    rollout: f64,

    /// Whether requests are logged.
    #[arg(long, default_value_t = false, action = ArgAction::Set)]
    #[flag(dynamic)]
    trace: bool,

    /// Whether writes are rejected.
    #[arg(long, default_value_t = false, action = ArgAction::Set)]
    #[flag(dynamic)]
    read_only: bool,

    /// The heading of the page.
    #[arg(long, default_value = "hello")]
    #[flag(dynamic)]
    greeting: String,

    /// The allowed clients.
    #[arg(long, default_value = "a,b", value_delimiter = ',')]
    #[flag(dynamic)]
    allow: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse_dynamic();
    let _updater = dflag_kube::setup_blocking(&args, "flags", &args.load().directory)?;

    loop {
        println!("{:?}", args.load());
        thread::sleep(Duration::from_secs(1));
    }
}
