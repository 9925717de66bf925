use clap::Parser;
use dflag::DynamicFlags;
use dflag::value::Fraction;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "0%")]
    #[flag(salt = "old-name")]
    rollout: Fraction,
}

fn main() {}
