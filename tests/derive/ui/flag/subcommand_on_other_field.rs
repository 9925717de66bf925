use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Cli {
    #[arg(long)]
    #[flag(subcommand)]
    limit: u8,

    #[arg(skip)]
    #[flag(subcommand = false)]
    skipped: u8,

    #[command(flatten)]
    #[flag(subcommand)]
    part: Part,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {}

fn main() {}
