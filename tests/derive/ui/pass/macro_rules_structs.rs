//! Structs from a `macro_rules!`, with types, names and checks as macro arguments.

use clap::Parser;
use dflag::DynamicFlags;

macro_rules! limits {
    ($name:ident { $($field:ident: $ty:ty = $default:expr, $check:expr;)* }) => {
        #[derive(Clone, Parser, DynamicFlags)]
        struct $name {
            $(
                #[arg(long, default_value_t = $default)]
                #[flag(dynamic, validate = $check)]
                $field: $ty,
            )*

            #[arg(long)]
            #[flag(dynamic)]
            more: Vec<u8>,
        }
    };
}

macro_rules! maybe {
    ($ty:ty) => {
        #[derive(Clone, Parser, DynamicFlags)]
        struct Maybe {
            #[arg(long)]
            #[flag(dynamic)]
            maybe: $ty,
        }
    };
}

limits!(Limits {
    args: u8 = 1, |n: &u8| if *n < 9 { Ok(()) } else { Err("nine") };
    scope: i64 = 2, dflag::validate::range(0..=9);
});

maybe!(Option<u8>);

fn main() {
    let limits = Limits::try_parse_dynamic_from(["limits"]).unwrap();
    limits.set("args", "3").unwrap();
    limits.set("scope", "4").unwrap();
    assert!(limits.set("args", "9").is_err());
    assert_eq!((limits.args.get(), limits.scope.get()), (3, 4));
    assert!(limits.more.get().is_empty());

    let maybe = Maybe::try_parse_dynamic_from(["maybe"]).unwrap();
    assert_eq!(maybe.maybe.get(), None);
}
