//! Ten flags that follow a directory, by hand: clap, an `ArcSwap` and a watcher.
//!
//! It does the minimum: one file per flag, and an update applies as a whole or not at all. `with_dflag` declares
//! the same flags.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is its output"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use arc_swap::ArcSwap;
use clap::{ArgAction, Parser};
use notify::{RecursiveMode, Watcher as _};

/// Flags of a server.
#[derive(Clone, Debug, Parser)]
#[command(args_override_self = true)]
struct Args {
    /// The directory with a file for each flag.
    #[arg(long, default_value = ".")]
    directory: PathBuf,

    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Maximum number of requests in flight.
    #[arg(long, default_value_t = 100)]
    limit: i64,

    /// Maximum number of waiting requests.
    #[arg(long, default_value_t = 1000)]
    queue: i64,

    /// Seconds until a request times out.
    #[arg(long, default_value_t = 2.5)]
    timeout: f64,

    /// Fraction of requests that take the new path.
    #[arg(long, default_value_t = 0.0)]
    rollout: f64,

    /// Whether requests are logged.
    #[arg(long, default_value_t = false, action = ArgAction::Set)]
    trace: bool,

    /// Whether writes are rejected.
    #[arg(long, default_value_t = false, action = ArgAction::Set)]
    read_only: bool,

    /// The heading of the page.
    #[arg(long, default_value = "hello")]
    greeting: String,

    /// The allowed clients.
    #[arg(long, default_value = "a,b", value_delimiter = ',')]
    allow: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let first = Args::parse();
    let directory = first.directory.clone();
    let args = Arc::new(ArcSwap::from_pointee(read(&directory)?));

    let (live, followed) = (Arc::clone(&args), directory.clone());
    let follow = move |event: notify::Result<notify::Event>| match event
        .map_err(Into::into)
        .and_then(|_| read(&followed))
    {
        Ok(next) => live.store(Arc::new(next)),
        Err(error) => eprintln!("{error}"),
    };
    let mut watcher = notify::recommended_watcher(follow)?;
    watcher.watch(&directory, RecursiveMode::NonRecursive)?;

    loop {
        println!("{:?}", args.load());
        thread::sleep(Duration::from_secs(1));
    }
}

/// Parses the command line followed by the files of the directory.
fn read(directory: &Path) -> Result<Args, Box<dyn Error>> {
    let mut line: Vec<_> = env::args_os().collect();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            let value = fs::read_to_string(entry.path())?;
            line.push(format!("--{}={}", name.replace('_', "-"), value.trim()).into());
        }
    }
    Ok(Args::try_parse_from(line)?)
}
