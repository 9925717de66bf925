use clap::{Parser, Subcommand};
use dflag::DynamicFlags;

#[derive(Parser, DynamicFlags)]
struct Cli {
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Command,

    #[arg(skip)]
    started: Started,
}

#[derive(Default)]
struct Started;

#[derive(Subcommand, DynamicFlags)]
enum Command {
    Serve,
}

fn main() {}
