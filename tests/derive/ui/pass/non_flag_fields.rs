//! Fields that are not flags: the derive requires no more of their types than clap does.

use std::time::Instant;

use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    /// A positional.
    file: Option<String>,

    #[arg(short)]
    short: bool,

    #[arg(skip)]
    skipped: Option<Instant>,

    #[arg(skip = vec![1, 2])]
    with_a_value: Vec<u8>,

    #[arg(long)]
    nothing: (),

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long, default_value = "a")]
    #[flag(secret, trim = false, validate = dflag::validate::min_len(1))]
    fixed: String,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args", "-s", "a.txt"]).unwrap();
    args.set("limit", "2").unwrap();
    let now = args.load();
    assert_eq!(now.file.as_deref(), Some("a.txt"));
    assert!(now.short && now.skipped.is_none());
    assert_eq!(now.with_a_value, [1, 2]);
    assert_eq!(now.nothing, ());
    assert_eq!(args.limit.get(), 2);
    assert!(Args::try_parse_dynamic_from(["args", "--fixed="]).is_err());
}
