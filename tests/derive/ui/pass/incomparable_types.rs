use std::str::FromStr;

use clap::Parser;
use dflag::DynamicFlags;

/// Neither `PartialEq` nor `Debug`.
#[derive(Clone)]
struct Opaque(String);

impl FromStr for Opaque {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "a")]
    #[flag(dynamic)]
    one: Opaque,

    #[arg(long)]
    #[flag(dynamic)]
    many: Vec<Opaque>,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args"]).unwrap();
    args.set("one", "b").unwrap();
    args.set("many", "c").unwrap();
    assert_eq!(args.one.get().0, "b");
    assert_eq!(args.many.load()[0].0, "c");
}
