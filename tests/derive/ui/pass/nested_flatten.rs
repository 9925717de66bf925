use clap::{Args, Parser};
use dflag::{Dynamic, DynamicFlags};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Whole {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    top: u8,

    #[command(flatten, next_help_heading = "Outer")]
    #[flag(flatten)]
    outer: Outer,

    #[clap(flatten)]
    plain: Plain,
}

#[derive(Clone, Debug, Args, DynamicFlags)]
struct Outer {
    #[arg(long, default_value_t = 2)]
    #[flag(dynamic)]
    middle: u8,

    /// The innermost.
    #[command(flatten)]
    #[flag(flatten)]
    inner: inner::Inner,
}

mod inner {
    #[derive(Clone, Debug, clap::Args, dflag::DynamicFlags)]
    #[flags(validate = Inner::check)]
    pub struct Inner {
        #[arg(long, default_value_t = 3)]
        #[flag(dynamic, validate = dflag::validate::range(0..=9))]
        pub bottom: u8,

        #[arg(long, default_value_t = 4)]
        pub fixed: u8,
    }

    impl Inner {
        fn check(&self) -> Result<(), &'static str> {
            if self.bottom == self.fixed { Err("they are the same") } else { Ok(()) }
        }
    }
}

/// Without the derive, as a third party's struct: its arguments are clap's alone.
#[derive(Clone, Debug, Args)]
struct Plain {
    #[arg(long, default_value_t = 5)]
    plain: u8,
}

fn main() {
    let args = Whole::try_parse_dynamic_from(["whole", "--plain=6"]).unwrap();
    let handle: Dynamic<u8> = args.outer.inner.bottom.clone();
    let part: OuterFlags = args.outer.clone();

    args.set("top", "7").unwrap();
    args.set("middle", "8").unwrap();
    args.set("bottom", "9").unwrap();
    assert!(args.set("bottom", "10").is_err());
    assert!(args.set("bottom", "4").is_err());
    assert!(Whole::try_parse_dynamic_from(["whole", "--bottom=4"]).is_err());

    assert_eq!(args.top.get(), 7);
    assert_eq!(part.middle.get(), 8);
    assert_eq!(handle.get(), 9);
    let now = args.load();
    assert_eq!((now.outer.inner.bottom, now.outer.inner.fixed, now.plain.plain), (9, 4, 6));
}
