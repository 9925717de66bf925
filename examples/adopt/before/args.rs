//! The command line, the environment and the configuration file.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_verbosity_flag::{InfoLevel, Verbosity};

use crate::config_file;

/// A catalog of items.
#[derive(Debug, Parser)]
#[command(name = "catalog")]
pub(crate) struct Cli {
    /// A TOML file with values for `serve`.
    #[arg(long, env = "CATALOG_CONFIG", global = true)]
    pub(crate) config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) verbosity: Verbosity<InfoLevel>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answers requests.
    Serve(Serve),

    /// Prints items.
    List {
        /// Number of items.
        #[arg(long, default_value_t = 3)]
        count: usize,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Serve {
    /// Address to listen on.
    #[arg(long, env = "CATALOG_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// Maximum number of items in an answer.
    #[arg(long, env = "CATALOG_MAX_ITEMS", default_value_t = 100)]
    pub(crate) max_items: usize,

    /// First line of an answer.
    #[arg(long, env = "CATALOG_TITLE", default_value = "Items")]
    pub(crate) title: String,
}

pub(crate) fn parse() -> Result<Cli, Box<dyn Error>> {
    let cli = Cli::parse();
    let Some(path) = &cli.config else {
        return Ok(cli);
    };
    // The file's values are the defaults, so that command line and environment take precedence.
    let mut file = config_file::read(path)?;
    let command = Cli::command().mut_subcommand("serve", |serve| {
        serve.mut_args(
            |arg| match arg.get_long().and_then(|name| file.remove(name)) {
                Some(text) => arg.default_value(&*text.leak()),
                None => arg,
            },
        )
    });
    Ok(Cli::from_arg_matches(&command.get_matches())?)
}
