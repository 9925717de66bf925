use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, dynamic)]
    limit: u8,

    #[arg(long)]
    #[command(secret)]
    token: String,
}

fn takes(args: &ArgsFlags) {
    let _: u8 = args.limit.get();
    let _: String = args.token.get();
}

fn main() {}
