use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(dynamic, secret)]
#[flag(validate = Args::check)]
struct Args {
    #[arg(long)]
    #[flag(dynamic, crate = ::dflag)]
    one: u8,

    #[arg(long)]
    #[flags(dynamic)]
    two: u8,

    #[arg(long)]
    #[flags(dynamic, validate = check)]
    three: u8,
}

fn takes(args: &ArgsFlags) {
    let _: u8 = args.one.get() + args.two.get() + args.three.get();
}

fn main() {}
