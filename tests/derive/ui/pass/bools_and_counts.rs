use clap::{ArgAction, Parser};
use dflag::DynamicFlags;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long)]
    #[flag(dynamic)]
    set_true: bool,

    #[arg(long, action = ArgAction::SetFalse)]
    #[flag(dynamic)]
    set_false: bool,

    #[arg(long, action = ArgAction::Set, default_value_t = false)]
    #[flag(dynamic)]
    explicit: bool,

    #[arg(long)]
    #[flag(dynamic)]
    optional: Option<bool>,

    #[arg(short, long, action = ArgAction::Count)]
    #[flag(dynamic)]
    verbose: u8,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args", "--set-true", "--explicit=true", "-vv"]).unwrap();
    assert!(args.set_true.get());
    assert!(args.set_false.get());
    assert!(args.explicit.get());
    assert_eq!(args.optional.get(), None);
    assert_eq!(args.verbose.get(), 2);

    args.set("set-true", "false").unwrap();
    args.set("set-false", "false").unwrap();
    args.set("explicit", "false").unwrap();
    args.set("optional", "true").unwrap();
    args.set("verbose", "3").unwrap();
    assert!(!args.set_true.get());
    assert!(!args.set_false.get());
    assert!(!args.explicit.get());
    assert_eq!(args.optional.get(), Some(true));
    assert_eq!(args.verbose.get(), 3);
}
