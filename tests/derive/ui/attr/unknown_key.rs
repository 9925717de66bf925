use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(crat = ::dflag, dynmic, rename_all = "kebab-case")]
struct Args {
    #[arg(long)]
    #[flag(dynamics, secert, validator = check, flat, crates = ::dflag)]
    one: u8,

    #[arg(long)]
    #[flag(dynamic, default_value_t = 3)]
    two: u8,
}

fn main() {}
