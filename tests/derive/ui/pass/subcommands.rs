use clap::{Parser, Subcommand};
use dflag::DynamicFlags;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, global = true, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Debug, PartialEq, Subcommand)]
enum Command {
    Run {
        #[arg(long)]
        fast: bool,
    },
    #[command(external_subcommand)]
    Other(Vec<String>),
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args", "--limit=2", "run", "--fast"]).unwrap();
    assert_eq!(args.limit.get(), 2);
    assert_eq!(args.load().command, Some(Command::Run { fast: true }));
    args.set("limit", "3").unwrap();
    assert_eq!(args.limit.get(), 3);
    assert_eq!(args.load().command, Some(Command::Run { fast: true }));
    assert!(args.set("fast", "false").is_err());
}
