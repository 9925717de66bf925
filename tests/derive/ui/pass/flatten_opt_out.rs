//! Flattened structs whose flags are the command line's alone.

use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,

    #[command(flatten)]
    #[flag(flatten = false)]
    derives: Derives,

    #[command(flatten)]
    #[flag(flatten = false)]
    maybe: Option<AlsoDerives>,

    #[command(flatten)]
    does_not: DoesNot,

    #[command(flatten)]
    #[flag(flatten = false)]
    does_not_either: DoesNotEither,

    #[command(flatten)]
    maybe_does_not: Option<Third>,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Derives {
    #[arg(long, default_value_t = 2)]
    #[flag(dynamic)]
    fixed: u8,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct AlsoDerives {
    #[arg(long)]
    maybe: Option<u8>,
}

#[derive(Clone, clap::Args)]
struct DoesNot {
    #[arg(long, default_value_t = 3)]
    plain: u8,
}

#[derive(Clone, clap::Args)]
struct DoesNotEither {
    #[arg(long, default_value_t = 4)]
    other: u8,
}

#[derive(Clone, clap::Args)]
struct Third {
    #[arg(long)]
    third: Option<u8>,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args", "--fixed=5", "--maybe=6"]).unwrap();
    args.set("limit", "7").unwrap();
    assert!(args.set("fixed", "8").is_err());
    assert_eq!(args.list().iter().filter(|flag| flag.covered).count(), 1);

    let now = args.load();
    assert_eq!((now.limit, now.derives.fixed), (7, 5));
    assert_eq!(now.maybe.as_ref().and_then(|maybe| maybe.maybe), Some(6));
    assert_eq!((now.does_not.plain, now.does_not_either.other), (3, 4));
    assert!(now.maybe_does_not.as_ref().is_none_or(|third| third.third.is_none()));
}
