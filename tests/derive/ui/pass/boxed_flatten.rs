//! A boxed struct is flattened as the struct itself would be.

use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[command(flatten)]
    #[flag(flatten)]
    limits: Box<Limits>,
}

#[derive(Clone, clap::Args, DynamicFlags)]
#[flags(validate = Limits::check)]
struct Limits {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = dflag::validate::range(0..=9))]
    low: u8,

    #[arg(long, default_value_t = 9)]
    #[flag(dynamic)]
    high: u8,

    #[command(flatten)]
    #[flag(flatten)]
    inner: Box<Inner>,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Inner {
    #[arg(long)]
    #[flag(dynamic)]
    names: Vec<String>,
}

impl Limits {
    fn check(&self) -> Result<(), &'static str> {
        if self.low <= self.high { Ok(()) } else { Err("low is above high") }
    }
}

fn handles(limits: &LimitsFlags) -> (u8, u8) {
    (limits.low.get(), limits.high.get())
}

fn main() {
    let args = Args::try_parse_dynamic_from(["args", "--low=2"]).unwrap();
    args.set("high", "7").unwrap();
    args.set("names", "a,b").unwrap();
    assert!(args.set("low", "8").unwrap_err().to_string().contains("low is above high"));
    assert!(args.set("low", "10").is_err());
    assert_eq!(handles(&args.limits), (2, 7));
    assert_eq!(args.limits.inner.names.get(), ["a,b"]);
    assert_eq!(args.load().limits.high, 7);

    let boxed = Box::<Limits>::try_parse_dynamic_from_command();
    assert_eq!(boxed.low.get(), 3);
}

trait FromCommand: DynamicFlags {
    /// A box is a set of flags as well.
    fn try_parse_dynamic_from_command() -> dflag::Flags<Self> {
        let command = Self::augment_args(clap::Command::new("limits"));
        let matches = command.try_get_matches_from(["limits", "--low=3"]).unwrap();
        dflag::Flags::from_arg_matches(&matches).unwrap()
    }
}

impl<A: DynamicFlags> FromCommand for A {}
