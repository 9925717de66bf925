use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags()]
struct Args {
    #[arg(long)]
    #[flag()]
    limit: u8,
}

fn takes(args: &ArgsFlags) {
    let _: u8 = args.limit.get();
}

fn main() {}
