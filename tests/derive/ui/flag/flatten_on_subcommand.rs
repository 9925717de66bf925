use clap::{Parser, Subcommand};
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Cli {
    #[command(subcommand)]
    #[flag(flatten)]
    command: Command,
}

#[derive(Clone, Subcommand)]
enum Command {
    Serve,
}

fn main() {}
