//! Many flags: structs of 10 to 5,000, in flattened groups of 50.
//!
//! clap's derive takes minutes for one struct of a thousand fields, and seconds for groups of 50.

use std::sync::Arc;

use clap::{Args, CommandFactory, Parser};
use dflag::{Dynamic, DynamicFlags, Flags, Layer};

/// A struct of many flags, of whatever number.
pub trait Many: DynamicFlags + CommandFactory + Parser {
    /// How many flags it has.
    fn count() -> usize {
        Self::keys().len()
    }

    /// The flags' names, the first being the [`first`](Self::first)'s.
    fn keys() -> Vec<String> {
        let command = Self::command();
        let longs = command.get_arguments().filter_map(clap::Arg::get_long);
        longs.map(str::to_owned).collect()
    }

    /// The first flag, which a payload sets to its turn.
    fn first(flags: &Flags<Self>) -> Dynamic<i64>;
}

/// A flag's value in a turn: another than in the turn before.
///
/// The types of the flags in a group take turns, in fives.
fn value(index: usize, turn: i64) -> String {
    match index % 5 {
        0 | 1 => turn.to_string(),
        2 => (turn % 2 == 0).to_string(),
        3 => format!("{turn}.5"),
        _ => format!("text of turn {turn}"),
    }
}

/// What is changed from one turn to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The first flag only.
    One,
    /// Every flag.
    All,
}

/// Each key with its value in a turn.
pub fn payload(keys: &[String], change: Change, turn: i64) -> Vec<(String, String)> {
    let turn_of = |index| {
        if index == 0 || change == Change::All {
            turn
        } else {
            0
        }
    };
    let values = keys.iter().enumerate();
    values
        .map(|(index, key)| (key.clone(), value(index, turn_of(index))))
        .collect()
}

/// A layer of it, as a source would propose it.
pub fn layer(payload: &[(String, String)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in payload {
        let location: Arc<str> = format!("/etc/dflag/{key}").into();
        layer.file(key.as_str(), location, value.as_bytes());
    }
    layer
}

macro_rules! group {
    ($name:ident $prefix:literal $($field:ident: $type:ident = $default:literal,)*) => {
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
    ($($name:ident $prefix:literal)*) => {
        $(
            group! { $name $prefix
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

macro_rules! flatten {
    ($(#[$about:meta])* $derive:ident $name:ident $($field:ident: $group:ident)*) => {
        $(#[$about])*
        #[derive(Clone, Debug, $derive, DynamicFlags)]
        pub struct $name {
            $(
                /// A group.
                #[command(flatten)]
                #[flag(flatten)]
                pub $field: $group,
            )*
        }
    };
}

macro_rules! many {
    ($($name:ident: $first:ident $(. $rest:ident)*;)*) => {
        $(
            impl Many for $name {
                fn first(flags: &Flags<Self>) -> Dynamic<i64> {
                    flags.$first$(.$rest)*.clone()
                }
            }
        )*
    };
}

group! { Ten "ten"
    a0: i64 = "0", a1: i64 = "0", a2: bool = "true", a3: f64 = "0.5", a4: String = "text",
    a5: i64 = "0", a6: i64 = "0", a7: bool = "true", a8: f64 = "0.5", a9: String = "text",
}
group! { Twenty "twenty"
    a0: i64 = "0", a1: i64 = "0", a2: bool = "true", a3: f64 = "0.5", a4: String = "text",
    a5: i64 = "0", a6: i64 = "0", a7: bool = "true", a8: f64 = "0.5", a9: String = "text",
    b0: i64 = "0", b1: i64 = "0", b2: bool = "true", b3: f64 = "0.5", b4: String = "text",
    b5: i64 = "0", b6: i64 = "0", b7: bool = "true", b8: f64 = "0.5", b9: String = "text",
}
groups! {
    G00 "g00" G01 "g01" G02 "g02" G03 "g03" G04 "g04" G05 "g05" G06 "g06" G07 "g07" G08 "g08" G09 "g09"
    G10 "g10" G11 "g11" G12 "g12" G13 "g13" G14 "g14" G15 "g15" G16 "g16" G17 "g17" G18 "g18" G19 "g19"
}
flatten! {
    /// 10 flags.
    Parser Flags10
    ten: Ten
}
flatten! {
    /// 30 flags.
    Parser Flags30
    ten: Ten twenty: Twenty
}
flatten! {
    /// 100 flags.
    Parser Flags100
    g00: G00 g01: G01
}
flatten! {
    /// 300 flags.
    Parser Flags300
    g00: G00 g01: G01 g02: G02 g03: G03 g04: G04
    g05: G05
}
flatten! {
    /// 1,000 flags.
    Parser Flags1000
    g00: G00 g01: G01 g02: G02 g03: G03 g04: G04
    g05: G05 g06: G06 g07: G07 g08: G08 g09: G09
    g10: G10 g11: G11 g12: G12 g13: G13 g14: G14
    g15: G15 g16: G16 g17: G17 g18: G18 g19: G19
}
many! {
    Flags10: ten.a0;
    Flags30: ten.a0;
    Flags100: g00.a0;
    Flags300: g00.a0;
    Flags1000: g00.a0;
}

#[cfg(feature = "huge")]
pub use huge::Flags5000;

/// 5,000 flags, in blocks of 1,000.
#[cfg(feature = "huge")]
mod huge {
    use super::*;

    groups! {
        G20 "g20" G21 "g21" G22 "g22" G23 "g23" G24 "g24" G25 "g25" G26 "g26" G27 "g27" G28 "g28" G29 "g29"
        G30 "g30" G31 "g31" G32 "g32" G33 "g33" G34 "g34" G35 "g35" G36 "g36" G37 "g37" G38 "g38" G39 "g39"
        G40 "g40" G41 "g41" G42 "g42" G43 "g43" G44 "g44" G45 "g45" G46 "g46" G47 "g47" G48 "g48" G49 "g49"
        G50 "g50" G51 "g51" G52 "g52" G53 "g53" G54 "g54" G55 "g55" G56 "g56" G57 "g57" G58 "g58" G59 "g59"
        G60 "g60" G61 "g61" G62 "g62" G63 "g63" G64 "g64" G65 "g65" G66 "g66" G67 "g67" G68 "g68" G69 "g69"
        G70 "g70" G71 "g71" G72 "g72" G73 "g73" G74 "g74" G75 "g75" G76 "g76" G77 "g77" G78 "g78" G79 "g79"
        G80 "g80" G81 "g81" G82 "g82" G83 "g83" G84 "g84" G85 "g85" G86 "g86" G87 "g87" G88 "g88" G89 "g89"
        G90 "g90" G91 "g91" G92 "g92" G93 "g93" G94 "g94" G95 "g95" G96 "g96" G97 "g97" G98 "g98" G99 "g99"
    }
    flatten! {
        /// A block of 1,000 flags.
        Args Block0
        g00: G00 g01: G01 g02: G02 g03: G03 g04: G04
        g05: G05 g06: G06 g07: G07 g08: G08 g09: G09
        g10: G10 g11: G11 g12: G12 g13: G13 g14: G14
        g15: G15 g16: G16 g17: G17 g18: G18 g19: G19
    }
    flatten! {
        /// A block of 1,000 flags.
        Args Block1
        g20: G20 g21: G21 g22: G22 g23: G23 g24: G24
        g25: G25 g26: G26 g27: G27 g28: G28 g29: G29
        g30: G30 g31: G31 g32: G32 g33: G33 g34: G34
        g35: G35 g36: G36 g37: G37 g38: G38 g39: G39
    }
    flatten! {
        /// A block of 1,000 flags.
        Args Block2
        g40: G40 g41: G41 g42: G42 g43: G43 g44: G44
        g45: G45 g46: G46 g47: G47 g48: G48 g49: G49
        g50: G50 g51: G51 g52: G52 g53: G53 g54: G54
        g55: G55 g56: G56 g57: G57 g58: G58 g59: G59
    }
    flatten! {
        /// A block of 1,000 flags.
        Args Block3
        g60: G60 g61: G61 g62: G62 g63: G63 g64: G64
        g65: G65 g66: G66 g67: G67 g68: G68 g69: G69
        g70: G70 g71: G71 g72: G72 g73: G73 g74: G74
        g75: G75 g76: G76 g77: G77 g78: G78 g79: G79
    }
    flatten! {
        /// A block of 1,000 flags.
        Args Block4
        g80: G80 g81: G81 g82: G82 g83: G83 g84: G84
        g85: G85 g86: G86 g87: G87 g88: G88 g89: G89
        g90: G90 g91: G91 g92: G92 g93: G93 g94: G94
        g95: G95 g96: G96 g97: G97 g98: G98 g99: G99
    }
    flatten! {
        /// 5,000 flags.
        Parser Flags5000
        block0: Block0 block1: Block1 block2: Block2 block3: Block3 block4: Block4
    }
    many! {
        Flags5000: block0.g00.a0;
    }
}
