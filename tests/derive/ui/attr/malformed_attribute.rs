use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags = "validate"]
struct Args {
    #[arg(long)]
    #[flag]
    one: u8,

    #[arg(long)]
    #[flag(dynamic secret)]
    two: u8,

    #[arg(long)]
    #[flag("dynamic", dinamic)]
    three: u8,

    #[arg(long)]
    #[flag(validate = check(1 2), dinamic)]
    four: u8,
}

fn main() {}
