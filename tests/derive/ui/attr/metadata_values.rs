use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(mark_dynamic = true)]
struct Args {
    #[arg(long)]
    #[flag(dynamic, unit, deprecated)]
    one: u8,

    #[arg(long)]
    #[flag(dynamic, salt = 5, unit = true, unit = "ms", unit = "s")]
    two: u8,
}

fn main() {}
