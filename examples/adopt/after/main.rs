//! A program, as it is before it adopts dynamic flags and after.

#![expect(clippy::print_stdout, reason = "`list` prints")]

mod args;
#[path = "../../config_file.rs"]
mod config_file;
mod server;

use std::error::Error;

use dflag_configmap::Updater;

use crate::args::{Command, CommandFlags};
use crate::server::Limits;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let flags = args::parse()?;
    let directory = std::env::var_os("CATALOG_FLAGS").unwrap_or("/etc/catalog".into());
    let _updater = Updater::builder(&flags, directory).optional(true).setup()?;
    let cli = flags.load_full();
    tracing_subscriber::fmt()
        .with_max_level(cli.verbosity)
        .init();
    match &cli.command {
        Command::Serve(serve) => {
            let CommandFlags::Serve(dynamic) = &flags.command else {
                unreachable!("the handles are those of the chosen subcommand");
            };
            let limits = Limits {
                max_items: dynamic.max_items.clone(),
                title: serve.title.clone(),
            };
            server::run(serve.listen, limits).await?;
        }
        Command::List { count } => println!("{}", server::items(*count)),
    }
    Ok(())
}
