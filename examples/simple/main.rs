//! One flag that changes while the program runs. Edit `examples/simple/config/rollout` to see it.

#![expect(clippy::print_stdout, reason = "the example prints changes")]

use clap::Parser;
use dflag::DynamicFlags;
use dflag_configmap as configmap;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    /// Fraction of requests that take the new path.
    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    rollout: f64,
}

fn main() {
    let args = Args::parse_dynamic();
    let _updater =
        configmap::setup(&args, "examples/simple/config").unwrap_or_else(|error| error.exit());
    println!("rollout is {}", args.rollout.get());
    let _subscription = args
        .rollout
        .on_change(|old, new| println!("rollout: {old} -> {new}"));
    loop {
        std::thread::park();
    }
}
