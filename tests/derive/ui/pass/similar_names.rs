//! Names that differ in `-` and `_` only, and names of one flag that another flag has, too.

use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct AliasLikeName {
    #[arg(long = "a-b", default_value_t = 1)]
    #[flag(dynamic)]
    one: u8,

    #[arg(long = "other", alias = "a_b", default_value_t = 2)]
    two: u8,
}

/// The command line knows aliases and no ids, so `foo` means the alias to a source as well.
#[derive(Clone, Parser, DynamicFlags)]
struct AliasLikeId {
    #[arg(long = "first", id = "foo", default_value_t = 1)]
    #[flag(dynamic)]
    one: u8,

    #[arg(long = "second", alias = "foo", default_value_t = 2)]
    #[flag(dynamic)]
    two: u8,
}

#[derive(Clone, Parser, DynamicFlags)]
struct OnlyStatic {
    #[arg(long = "a-b", default_value_t = 1)]
    one: u8,

    #[arg(long = "a_b", default_value_t = 2)]
    two: u8,
}

fn main() {
    let error = AliasLikeName::try_parse_dynamic_from(["args"]).map(drop).unwrap_err();
    assert!(error.to_string().contains("`a-b` and `a_b`"), "{error}");

    let args = AliasLikeId::try_parse_dynamic_from(["args", "--foo=3"]).unwrap();
    assert_eq!((args.one.get(), args.two.get()), (1, 3));
    args.set("foo", "4").unwrap();
    assert_eq!((args.one.get(), args.two.get()), (1, 4));
    args.set("first", "5").unwrap();
    assert_eq!((args.one.get(), args.two.get()), (5, 4));

    let args = OnlyStatic::try_parse_dynamic_from(["args", "--a-b=3", "--a_b=4"]).unwrap();
    assert_eq!((args.load().one, args.load().two), (3, 4));
}
