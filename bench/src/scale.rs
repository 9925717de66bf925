//! A struct of 10,000 flags, which takes minutes to compile.

use clap::Parser;
use dflag::{Dynamic, DynamicFlags, Flags};

use crate::many::Many;

macro_rules! thousands {
    ($($module:ident $prefix:literal)*) => {
        $(
            #[allow(missing_docs, reason = "the groups are like those of `many`")]
            mod $module {
                use clap::Args;
                use dflag::DynamicFlags;

                groups! {
                    G00 concat!($prefix, "00"); G01 concat!($prefix, "01"); G02 concat!($prefix, "02");
                    G03 concat!($prefix, "03"); G04 concat!($prefix, "04"); G05 concat!($prefix, "05");
                    G06 concat!($prefix, "06"); G07 concat!($prefix, "07"); G08 concat!($prefix, "08");
                    G09 concat!($prefix, "09"); G10 concat!($prefix, "10"); G11 concat!($prefix, "11");
                    G12 concat!($prefix, "12"); G13 concat!($prefix, "13"); G14 concat!($prefix, "14");
                    G15 concat!($prefix, "15"); G16 concat!($prefix, "16"); G17 concat!($prefix, "17");
                    G18 concat!($prefix, "18"); G19 concat!($prefix, "19");
                }
                thousand! {
                    g00: G00 g01: G01 g02: G02 g03: G03 g04: G04 g05: G05 g06: G06 g07: G07 g08: G08 g09: G09
                    g10: G10 g11: G11 g12: G12 g13: G13 g14: G14 g15: G15 g16: G16 g17: G17 g18: G18 g19: G19
                }
            }
        )*

        /// 10,000 flags.
        #[derive(Clone, Debug, Parser, DynamicFlags)]
        pub struct Flags10000 {
            $(
                /// 1,000 flags.
                #[command(flatten)]
                #[flag(flatten)]
                pub $module: $module::Thousand,
            )*
        }
    };
}

macro_rules! thousand {
    ($($field:ident: $group:ident)*) => {
        /// 1,000 flags.
        #[derive(Clone, Debug, Args, DynamicFlags)]
        pub struct Thousand {
            $(
                #[command(flatten)]
                #[flag(flatten)]
                pub $field: $group,
            )*
        }
    };
}

thousands! {
    m0 "m0g" m1 "m1g" m2 "m2g" m3 "m3g" m4 "m4g" m5 "m5g" m6 "m6g" m7 "m7g" m8 "m8g" m9 "m9g"
}

impl Many for Flags10000 {
    fn first(flags: &Flags<Self>) -> Dynamic<i64> {
        flags.m0.g00.a0.clone()
    }
}
