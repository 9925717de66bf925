use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[flag(flatten)]
    bare: u8,

    #[arg(long)]
    #[flag(flatten)]
    argument: u8,

    #[arg(skip)]
    #[flag(flatten)]
    skipped: Part,
}

#[derive(Clone, Default, clap::Args, DynamicFlags)]
struct Part {}

fn main() {}
