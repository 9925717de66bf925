//! A program, as it is before it adopts dynamic flags and after.

#![expect(clippy::print_stdout, reason = "`list` prints")]

mod args;
#[path = "../../config_file.rs"]
mod config_file;
mod server;

use std::error::Error;

use crate::args::Command;
use crate::server::Limits;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let cli = args::parse()?;
    tracing_subscriber::fmt()
        .with_max_level(cli.verbosity)
        .init();
    match &cli.command {
        Command::Serve(serve) => {
            let limits = Limits {
                max_items: serve.max_items,
                title: serve.title.clone(),
            };
            server::run(serve.listen, limits).await?;
        }
        Command::List { count } => println!("{}", server::items(*count)),
    }
    Ok(())
}
