use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = "Args::check", finish = "Args::finish")]
struct Args {
    #[arg(long)]
    #[flag(dynamic, validate = "even")]
    quoted: u8,

    #[arg(long)]
    #[flag(dynamic, validate = "n % 2 == 0")]
    condition: u8,

    #[arg(long)]
    #[flag(dynamic, validate = 5)]
    number: u8,
}

fn takes(args: &ArgsFlags) {
    let _: u8 = args.quoted.get() + args.condition.get() + args.number.get();
}

fn main() {}
