use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
#[flags(validate = other_rule, validate = |args: &Args| if args.path < 90 { Ok(()) } else { Err("90") })]
struct Args {
    #[arg(long, default_value_t = 2)]
    #[flag(dynamic, validate = is_even)]
    path: u8,

    #[arg(long, default_value_t = 2)]
    #[flag(dynamic, validate = |n: &u8| if *n < 10 { Ok(()) } else { Err(format!("{n} is too many")) })]
    closure: u8,

    #[arg(long, default_value_t = 2)]
    #[flag(dynamic, validate = dflag::validate::range(1..=50))]
    call: u8,

    #[arg(long, default_value_t = 2)]
    #[flag(dynamic, validate = is_even)]
    #[flag(validate = dflag::validate::range(1..=50), validate = Self::not_four)]
    several: u8,
}

impl Args {
    fn not_four(n: &u8) -> Result<(), &'static str> {
        if *n == 4 { Err("four") } else { Ok(()) }
    }

    fn check(&self) -> Result<(), String> {
        if self.path > self.call {
            return Err(format!("{} is above {}", self.path, self.call));
        }
        Ok(())
    }
}

fn other_rule(args: &Args) -> Result<(), std::num::ParseIntError> {
    if args.closure == 9 { "nine".parse::<u8>().map(drop) } else { Ok(()) }
}

fn is_even(n: &u8) -> Result<(), String> {
    if n % 2 == 0 { Ok(()) } else { Err(format!("{n} is odd")) }
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args"]).unwrap();
    for (name, good, bad) in [
        ("call", "50", &["0", "51", "1"][..]),
        ("path", "4", &["3", "52"]),
        ("closure", "3", &["10", "9"]),
        ("several", "6", &["3", "0", "4", "52"]),
    ] {
        args.set(name, good).unwrap();
        for bad in bad {
            assert!(args.set(name, bad).is_err(), "{name}={bad}");
        }
    }
    assert_eq!((args.path.get(), args.closure.get()), (4, 3));
    assert_eq!((args.call.get(), args.several.get()), (50, 6));
    assert!(Args::try_parse_dynamic_from(["args", "--path=4"]).is_err());
}
