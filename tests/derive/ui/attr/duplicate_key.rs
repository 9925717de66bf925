use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(crate = ::dflag, crate = ::dflag)]
#[flags(finish = Args::finish, finish = Args::finish)]
struct Args {
    #[arg(long)]
    #[flag(dynamic, dynamic)]
    one: u8,

    #[arg(long)]
    #[flag(trim = false, secret)]
    #[flag(secret, trim = false)]
    two: u8,

    #[command(flatten)]
    #[flag(flatten, flatten)]
    part: Part,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {}

fn main() {}
