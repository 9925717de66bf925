use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[command(flatten)]
    #[flag(flatten)]
    part: Part,
}

#[derive(Clone, clap::Args)]
struct Part {
    #[arg(long)]
    limit: u8,
}

fn main() {}
