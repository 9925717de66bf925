//! Every shape of field that clap supports, set on the command line and at run time.

use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long)]
    #[flag(dynamic)]
    one: i64,

    #[arg(long)]
    #[flag(dynamic)]
    optional: Option<u16>,

    #[arg(long)]
    #[flag(dynamic)]
    optional_optional: Option<Option<u16>>,

    #[arg(long)]
    #[flag(dynamic)]
    many: Vec<String>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    delimited: Vec<u8>,

    #[arg(long)]
    #[flag(dynamic)]
    optional_many: Option<Vec<String>>,

    #[arg(long, value_parser = clap::value_parser!(i64).range(0..), default_value_t = 5)]
    #[flag(dynamic)]
    bounded: i64,

    #[arg(long, default_value_t = 1)]
    fixed: u8,
}

fn main() {
    let args = Args::try_parse_dynamic_from([
        "args",
        "--one=-1",
        "--optional=2",
        "--optional-optional",
        "--many=a",
        "--many=b",
        "--delimited=1,2",
    ])
    .unwrap();
    assert_eq!(args.one.get(), -1);
    assert_eq!(args.optional.get(), Some(2));
    assert_eq!(args.optional_optional.get(), Some(None));
    assert_eq!(args.many.get(), ["a", "b"]);
    assert_eq!(args.delimited.get(), [1, 2]);
    assert_eq!(args.optional_many.get(), None);

    args.set("one", "7").unwrap();
    args.set("optional", "8").unwrap();
    args.set("optional-optional", "9").unwrap();
    args.set("many", "c").unwrap();
    args.set("delimited", "3,4,5").unwrap();
    args.set("optional-many", "d").unwrap();
    args.set("bounded", "0").unwrap();
    assert!(args.set("bounded", "-1").is_err());

    assert_eq!(args.one.get(), 7);
    assert_eq!(args.optional.get(), Some(8));
    assert_eq!(args.optional_optional.get(), Some(Some(9)));
    assert_eq!(args.many.get(), ["c"]);
    assert_eq!(args.delimited.get(), [3, 4, 5]);
    assert_eq!(args.optional_many.get(), Some(vec!["d".to_owned()]));
    assert_eq!(args.bounded.get(), 0);
    assert_eq!(args.load().fixed, 1);
}
