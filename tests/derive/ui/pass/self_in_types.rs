//! `Self` in the type of a field is the struct, not the struct of handles.

use clap::Parser;
use dflag::DynamicFlags;

trait Types {
    type Number;
    type Part;
}

impl Types for Args {
    type Number = u16;
    type Part = Part;
}

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = Self::below_ten)]
    one: <Self as Types>::Number,

    #[arg(long)]
    #[flag(dynamic)]
    optional: Option<<Self as Types>::Number>,

    #[arg(long)]
    #[flag(dynamic)]
    many: Vec<<Self as Types>::Number>,

    #[command(flatten)]
    #[flag(flatten)]
    part: <Self as Types>::Part,

    #[arg(skip)]
    skipped: Option<<Self as Types>::Number>,
}

impl Args {
    fn below_ten(n: &u16) -> Result<(), String> {
        if *n < 10 { Ok(()) } else { Err(format!("{n} is not below 10")) }
    }
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {
    #[arg(long, default_value_t = 2)]
    #[flag(dynamic)]
    limit: u8,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args", "--optional=3", "--many=4"]).unwrap();
    args.set("one", "9").unwrap();
    assert!(args.set("one", "10").is_err());
    args.set("limit", "5").unwrap();
    assert_eq!((args.one.get(), args.optional.get()), (9, Some(3)));
    assert_eq!((args.many.get(), args.part.limit.get()), (vec![4], 5));
    assert!(args.load().skipped.is_none());
}
