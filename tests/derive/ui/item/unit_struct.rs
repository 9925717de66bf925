use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args;

fn main() {
    let _ = Args::parse_dynamic();
}
