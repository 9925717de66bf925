//! A TOML file as a source. Its values are below the environment and the command line, and they are
//! applied again when the file changes. Edit `examples/toml_file/server.toml` to see it.

#![expect(clippy::print_stdout, reason = "the example prints changes")]
#![expect(clippy::print_stderr, reason = "the example prints errors")]

#[path = "../config_file.rs"]
mod config_file;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, FlagSet, Layer, Precedence};

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    /// The configuration file.
    #[arg(long, default_value = "examples/toml_file/server.toml")]
    config: PathBuf,

    /// Maximum number of requests in flight.
    #[arg(long, env = "SERVER_LIMIT", default_value_t = 100)]
    #[flag(dynamic)]
    limit: u32,

    /// Zones that are served.
    #[arg(long, env = "SERVER_ZONES", value_delimiter = ',')]
    #[flag(dynamic)]
    zones: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse_dynamic();
    let flags: Arc<dyn FlagSet> = (&args).into();
    let path = args.load().config.clone();

    // At start, a file that is absent or invalid ends the program. It can set static flags, too.
    let first = layer(&path)?;
    flags.propose(&first)?;
    flags.freeze();
    let mut last = Ok(first);

    let print = |args: &Args| println!("limit {}, zones {}", args.limit, args.zones.join(","));
    print(&args.load());
    let _subscription = args.on_change(move |_, new| print(new));
    loop {
        thread::sleep(Duration::from_millis(500));
        let read = layer(&path);
        if read == last {
            continue;
        }
        // A file that is being written is not applied.
        thread::sleep(Duration::from_millis(100));
        if read != layer(&path) {
            continue;
        }
        match &read {
            Ok(layer) => {
                if let Err(rejected) = flags.propose(layer) {
                    eprintln!("{rejected}");
                }
            }
            Err(error) => eprintln!("{error}; all flags keep their values"),
        }
        last = read;
    }
}

/// The file's values as a layer.
fn layer(path: &Path) -> Result<Layer, String> {
    let mut layer = Layer::new("file", path.to_string_lossy());
    layer.extend(config_file::read(path)?);
    Ok(layer.precedence(Precedence::BelowEnvironment))
}
