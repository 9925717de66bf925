use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate, finish, crate)]
struct Args {
    #[arg(long)]
    #[flag(validate)]
    one: u8,

    #[arg(long)]
    #[flag(validate =, dynamic)]
    two: u8,

    #[arg(long)]
    #[flag(validate(check), trim)]
    three: u8,
}

fn main() {}
