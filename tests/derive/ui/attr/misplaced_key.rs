use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(dynamic, secret)]
#[flag(validate = Args::check)]
struct Args {
    #[arg(long)]
    #[flag(dynamic, crate = ::dflag)]
    one: u8,

    #[arg(long)]
    #[flags(dynamic)]
    two: u8,
}

fn main() {}
