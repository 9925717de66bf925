use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long)]
    #[flag(dinamic)]
    port: u16,

    #[arg(long)]
    #[flag(dynamic)]
    name: String,

    #[command(flatten)]
    #[flag(flatten)]
    part: Part,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {
    #[arg(long)]
    #[flag(dynamic)]
    limit: Option<u16>,
}

fn takes(_: dflag::Dynamic<u16>, _: &ArgsFlags) {}

fn main() {
    let args = Args::parse_dynamic();
    let _: u16 = args.port.get();
    let _: String = args.name.get();
    let _: Option<u16> = args.part.limit.get();
    let _: u16 = args.load().port;
    takes(args.port.clone(), &args);
}
