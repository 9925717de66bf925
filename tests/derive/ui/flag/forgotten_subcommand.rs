use clap::{Parser, Subcommand};
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Subcommand, DynamicFlags)]
enum Command {
    Serve(ServeArgs),
    Boxed(Box<ServeArgs>),
    #[command(subcommand)]
    Db(DbCommand),
    #[command(flatten)]
    More(DbCommand),
}

#[derive(Clone, Subcommand, DynamicFlags)]
enum DbCommand {
    #[flag(subcommand = false)]
    Vacuum(ServeArgs),
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct ServeArgs {}

fn main() {}
