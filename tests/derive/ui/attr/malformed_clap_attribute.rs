use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long short)]
    #[flag(dynamic)]
    one: u8,
}

fn main() {}
