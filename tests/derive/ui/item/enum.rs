use clap::Subcommand;
use dflag::DynamicFlags;

#[derive(Clone, Subcommand, DynamicFlags)]
enum Command {
    Run,
}

fn main() {}
