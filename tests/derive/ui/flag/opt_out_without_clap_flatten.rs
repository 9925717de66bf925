use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long)]
    #[flag(flatten = false)]
    argument: u8,
}

fn main() {}
