//! Structs of 10 to 1,000 flags, in flattened groups of up to 50.
//!
//! clap's derive takes minutes for one struct of a thousand fields, and seconds for groups of 50.

use std::sync::Arc;

use clap::{Args, CommandFactory, Parser};
use dflag::{Dynamic, DynamicFlags, Flags, Layer};

/// A struct of many flags.
pub trait Many: DynamicFlags + CommandFactory + Parser {
    /// The number of flags.
    fn count() -> usize {
        Self::keys().len()
    }

    /// The names of the flags, beginning with that of [`first`](Self::first).
    fn keys() -> Vec<String> {
        let command = Self::command();
        let longs = command.get_arguments().filter_map(clap::Arg::get_long);
        longs.map(str::to_owned).collect()
    }

    /// The first flag. A payload sets it to its number.
    fn first(flags: &Flags<Self>) -> Dynamic<i64>;
}

/// What differs between a payload and the one with the next number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The value of the first flag.
    One,
    /// The values of all flags.
    All,
}

impl Change {
    /// The change as the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::All => "all",
        }
    }
}

/// Each key with its value in the payload of this number.
pub fn payload(keys: &[String], change: Change, number: i64) -> Vec<(String, String)> {
    let keys = keys.iter().enumerate();
    keys.map(|(index, key)| {
        let is_changed = index == 0 || change == Change::All;
        (
            key.clone(),
            value(index, if is_changed { number } else { 0 }),
        )
    })
    .collect()
}

/// The value of a flag in the payload of this number. The types of the flags in a group repeat after five.
fn value(index: usize, number: i64) -> String {
    match index % 5 {
        0 | 1 => number.to_string(),
        2 => (number % 2 == 0).to_string(),
        3 => format!("{number}.5"),
        _ => format!("text {number}"),
    }
}

/// The layer that a source would propose for this payload.
pub fn layer(payload: &[(String, String)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in payload {
        let location: Arc<str> = format!("/etc/dflag/{key}").into();
        layer.file(key.as_str(), location, value.as_bytes());
    }
    layer
}

macro_rules! group {
    ($name:ident $prefix:expr, $($field:ident: $type:ident = $default:literal,)*) => {
        /// A group of flags.
        #[derive(Clone, Debug, Args, DynamicFlags)]
        pub struct $name {
            $(
                /// A flag.
                #[arg(
                    id = concat!($prefix, "_", stringify!($field)),
                    long = concat!($prefix, "_", stringify!($field)),
                    default_value = $default,
                    action = clap::ArgAction::Set,
                )]
                #[flag(dynamic)]
                pub $field: $type,
            )*
        }
    };
}

macro_rules! groups {
    ($($name:ident $prefix:expr;)*) => {
        $(
            group! { $name $prefix,
                a0: i64 = "0", a1: i64 = "0", a2: bool = "true", a3: f64 = "0.5", a4: String = "text",
                a5: i64 = "0", a6: i64 = "0", a7: bool = "true", a8: f64 = "0.5", a9: String = "text",
                b0: i64 = "0", b1: i64 = "0", b2: bool = "true", b3: f64 = "0.5", b4: String = "text",
                b5: i64 = "0", b6: i64 = "0", b7: bool = "true", b8: f64 = "0.5", b9: String = "text",
                c0: i64 = "0", c1: i64 = "0", c2: bool = "true", c3: f64 = "0.5", c4: String = "text",
                c5: i64 = "0", c6: i64 = "0", c7: bool = "true", c8: f64 = "0.5", c9: String = "text",
                d0: i64 = "0", d1: i64 = "0", d2: bool = "true", d3: f64 = "0.5", d4: String = "text",
                d5: i64 = "0", d6: i64 = "0", d7: bool = "true", d8: f64 = "0.5", d9: String = "text",
                e0: i64 = "0", e1: i64 = "0", e2: bool = "true", e3: f64 = "0.5", e4: String = "text",
                e5: i64 = "0", e6: i64 = "0", e7: bool = "true", e8: f64 = "0.5", e9: String = "text",
            }
        )*
    };
}

macro_rules! many {
    ($about:literal $name:ident $first:ident: $first_group:ident $($field:ident: $group:ident)*) => {
        #[doc = $about]
        #[derive(Clone, Debug, Parser, DynamicFlags)]
        pub struct $name {
            /// A group.
            #[command(flatten)]
            #[flag(flatten)]
            pub $first: $first_group,
            $(
                /// A group.
                #[command(flatten)]
                #[flag(flatten)]
                pub $field: $group,
            )*
        }

        impl Many for $name {
            fn first(flags: &Flags<Self>) -> Dynamic<i64> {
                flags.$first.a0.clone()
            }
        }
    };
}

group! { Ten "ten",
    a0: i64 = "0", a1: i64 = "0", a2: bool = "true", a3: f64 = "0.5", a4: String = "text",
    a5: i64 = "0", a6: i64 = "0", a7: bool = "true", a8: f64 = "0.5", a9: String = "text",
}
group! { Twenty "twenty",
    a0: i64 = "0", a1: i64 = "0", a2: bool = "true", a3: f64 = "0.5", a4: String = "text",
    a5: i64 = "0", a6: i64 = "0", a7: bool = "true", a8: f64 = "0.5", a9: String = "text",
    b0: i64 = "0", b1: i64 = "0", b2: bool = "true", b3: f64 = "0.5", b4: String = "text",
    b5: i64 = "0", b6: i64 = "0", b7: bool = "true", b8: f64 = "0.5", b9: String = "text",
}
groups! {
    G00 "g00"; G01 "g01"; G02 "g02"; G03 "g03"; G04 "g04";
    G05 "g05"; G06 "g06"; G07 "g07"; G08 "g08"; G09 "g09";
    G10 "g10"; G11 "g11"; G12 "g12"; G13 "g13"; G14 "g14";
    G15 "g15"; G16 "g16"; G17 "g17"; G18 "g18"; G19 "g19";
}
many! { "10 flags." Flags10
    ten: Ten
}
many! { "20 flags." Flags20
    twenty: Twenty
}
many! { "30 flags." Flags30
    ten: Ten twenty: Twenty
}
many! { "100 flags." Flags100
    g00: G00 g01: G01
}
many! { "300 flags." Flags300
    g00: G00 g01: G01 g02: G02 g03: G03 g04: G04
    g05: G05
}
many! { "1,000 flags." Flags1000
    g00: G00 g01: G01 g02: G02 g03: G03 g04: G04
    g05: G05 g06: G06 g07: G07 g08: G08 g09: G09
    g10: G10 g11: G11 g12: G12 g13: G13 g14: G14
    g15: G15 g16: G16 g17: G17 g18: G18 g19: G19
}
