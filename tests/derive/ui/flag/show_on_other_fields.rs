use clap::{Parser, Subcommand};
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long)]
    #[flag(show)]
    limit: u8,

    #[command(flatten)]
    #[flag(flatten, show)]
    part: Part,

    #[command(subcommand)]
    #[flag(show)]
    command: Option<Command>,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {
    #[arg(long)]
    port: u16,
}

#[derive(Clone, Subcommand)]
enum Command {
    Serve,
}

fn main() {}
