use clap::Parser;
use dflag::DynamicFlags;

// No `Debug`, and the derive requires none.
#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "first-secret")]
    #[flag(dynamic, secret, trim = false)]
    token: String,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args"]).unwrap();
    args.set("token", " second-secret ").unwrap();
    assert_eq!(args.token.get(), " second-secret ");
    let handles: &ArgsFlags = &args;
    let printed = format!("{handles:?} {:?} {:?}", handles.clone(), args.list());
    assert!(printed.contains("ArgsFlags"), "{printed}");
    assert!(!printed.contains("-secret"), "{printed}");
}
