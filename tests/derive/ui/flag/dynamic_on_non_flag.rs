use clap::{Parser, Subcommand};
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[flag(dynamic)]
    bare: String,

    #[arg(value_name = "FILE")]
    #[flag(dynamic)]
    positional: String,

    #[arg(short)]
    #[flag(dynamic)]
    only_short: u8,

    #[arg(skip)]
    #[flag(dynamic)]
    skipped: u8,

    #[command(flatten)]
    #[flag(dynamic)]
    flattened: Part,

    #[command(subcommand)]
    #[flag(dynamic)]
    command: Command,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {
    #[arg(from_global)]
    #[flag(dynamic)]
    global: u8,

    #[arg(long)]
    #[flag(dynamic)]
    nothing: (),
}

#[derive(Clone, Subcommand)]
enum Command {
    Run,
}

fn main() {}
