//! Traits of a program's own for every type, whose methods have the names of the runtime's.

use clap::Parser;
use dflag::DynamicFlags;

macro_rules! blanket {
    ($($name:ident)*) => {
        trait ByReference {
            $(fn $name(&self) -> u8 { 0 })*
        }
        impl<T: ?Sized> ByReference for T {}

        mod by_value {
            pub trait ByValue: Sized {
                $(fn $name(self) -> u8 { 0 })*
            }
            impl<T> ByValue for T {}
        }
        use by_value::ByValue;

        trait Associated {
            $(fn $name() -> u8 { 0 })*
            const NEW: u8 = 0;
            const DERIVED: bool = true;
        }
        mod associated {
            #[allow(dead_code)]
            pub struct Elsewhere;
        }
        impl Associated for associated::Elsewhere {}
    };
}

blanket! {
    equality texts compared dynamic secret keep_white_space check field rule nested handle one
    optional optional_optional many optional_many fields handles new of root chosen finish mark_dynamic own_parser
    shown subcommand salt unit deprecated of_struct variant with
}

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = rule)]
struct Args {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, secret, trim = false, validate = dflag::validate::range(0..=9))]
    one: u8,

    #[arg(long)]
    #[flag(dynamic)]
    optional: Option<u8>,

    #[arg(long)]
    #[flag(dynamic)]
    optional_optional: Option<Option<u8>>,

    #[arg(long)]
    #[flag(dynamic)]
    many: Vec<u8>,

    #[arg(long)]
    #[flag(dynamic)]
    optional_many: Option<Vec<u8>>,

    #[command(flatten)]
    #[flag(flatten)]
    part: Box<Part>,

    #[command(flatten)]
    plain: Plain,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,
}

#[derive(Clone, clap::Args)]
struct Plain {
    #[arg(long, default_value_t = 1)]
    plain: u8,
}

fn rule(args: &Args) -> Result<(), &'static str> {
    if args.one < 9 { Ok(()) } else { Err("nine") }
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args"]).unwrap();
    args.set("one", "2").unwrap();
    args.set("limit", "3").unwrap();
    assert!(args.set("one", "9").is_err());
    assert_eq!((args.load().one, args.load().part.limit, args.load().plain.plain), (2, 3, 1));
    let _ = (ByReference::equality(&1), ByValue::equality(1));
}
