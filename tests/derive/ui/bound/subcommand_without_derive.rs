use clap::{Parser, Subcommand};
use dflag::DynamicFlags;

#[derive(Parser, DynamicFlags)]
struct Cli {
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Command,
}

#[derive(Clone, Subcommand)]
enum Command {
    Serve,
}

#[derive(Clone, Subcommand, DynamicFlags)]
enum Outer {
    #[flag(subcommand)]
    Serve(ServeArgs),
    #[command(subcommand)]
    #[flag(subcommand)]
    Db(Command),
}

#[derive(Clone, clap::Args)]
struct ServeArgs {
    #[arg(long)]
    limit: u8,
}

fn main() {}
