use clap::Parser;
use dflag::DynamicFlags;

#[derive(Parser, DynamicFlags)]
struct Args {
    #[arg(long)]
    #[flag(dynamic)]
    limit: u8,
}

fn main() {}
