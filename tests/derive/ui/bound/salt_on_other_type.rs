use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic, salt = "old-name")]
    rollout: f64,
}

fn main() {}
