use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(crate = "dflag")]
struct Args {
    #[arg(long)]
    #[flag(dynamic = true, secret(yes))]
    one: u8,

    #[arg(long)]
    #[flag(trim = "false")]
    two: u8,

    #[command(flatten)]
    #[flag(flatten = true)]
    part: Part,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {}

fn main() {}
