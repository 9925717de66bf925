use clap::Parser;
use dflag::{Dynamic, DynamicFlags};

/// A type of the program's own, with the name that the struct of handles would have.
struct ArgsFlags;

#[derive(Clone, Parser, DynamicFlags)]
#[flags(handles = ArgsHandles)]
struct Args {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,
}

fn limit(handles: &ArgsHandles) -> &Dynamic<u8> {
    &handles.limit
}

fn main() {
    let _ = ArgsFlags;
    let args = Args::try_parse_dynamic_from(["args"]).unwrap();
    args.set("limit", "2").unwrap();
    assert_eq!(limit(&args).get(), 2);
}
