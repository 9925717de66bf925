//! The command line, the environment and the configuration file.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_verbosity_flag::{InfoLevel, Verbosity};
use dflag::{DynamicFlags, Flags, Layer, Precedence};

use crate::config_file;

/// A catalog of items.
#[derive(Debug, Parser, DynamicFlags)]
#[command(name = "catalog")]
pub(crate) struct Cli {
    /// A TOML file with values for `serve`.
    #[arg(long, env = "CATALOG_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) verbosity: Verbosity<InfoLevel>,

    #[command(subcommand)]
    #[flag(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand, DynamicFlags)]
pub(crate) enum Command {
    /// Answers requests.
    #[flag(subcommand)]
    Serve(Serve),

    /// Prints items.
    List {
        /// Number of items.
        #[arg(long, default_value_t = 3)]
        count: usize,
    },
}

#[derive(Clone, Debug, Args, DynamicFlags)]
pub(crate) struct Serve {
    /// Address to listen on.
    #[arg(long, env = "CATALOG_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// Maximum number of items in an answer.
    #[arg(long, env = "CATALOG_MAX_ITEMS", default_value_t = 100)]
    #[flag(dynamic)]
    pub(crate) max_items: usize,

    /// First line of an answer.
    #[arg(long, env = "CATALOG_TITLE", default_value = "Items")]
    pub(crate) title: String,
}

pub(crate) fn parse() -> Result<Flags<Cli>, Box<dyn Error>> {
    let cli = Cli::parse_dynamic();
    if let Some(path) = &cli.load().config {
        let mut layer = Layer::new("file", path.to_string_lossy());
        layer.extend(config_file::read(path)?);
        cli.propose(&layer.precedence(Precedence::BelowEnvironment))?;
    }
    Ok(cli)
}
