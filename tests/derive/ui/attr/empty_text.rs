use clap::Parser;
use dflag::DynamicFlags;
use dflag::value::Fraction;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "0%")]
    #[flag(dynamic, salt = "", unit = "", deprecated = " ")]
    rollout: Fraction,
}

fn main() {}
