use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[command(flatten)]
    #[flag(flatten, dynamic, secret)]
    part: Part,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {
    #[arg(long)]
    limit: Option<u8>,
}

fn main() {}
