//! Equality: values are compared as values, not as texts, if their type allows it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may panic"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use clap::{Parser, ValueEnum};
use dflag::{Applied, DynamicFlags, FlagKind, FlagSet, Flags, Layer};

#[derive(Clone, Debug, PartialEq, ValueEnum)]
enum Level {
    Info,
    #[value(alias = "dbg")]
    Debug,
}

/// A type with neither `PartialEq` nor `Display`.
#[derive(Clone, Debug)]
struct Opaque;

fn opaque(text: &str) -> Result<Opaque, &'static str> {
    if text.is_empty() {
        Err("empty")
    } else {
        Ok(Opaque)
    }
}

/// A type whose `Display` panics.
#[derive(Clone, Debug, PartialEq)]
struct Shy(u8);

impl std::fmt::Display for Shy {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("a `Display` that panics")
    }
}

fn shy(text: &str) -> Result<Shy, std::num::ParseIntError> {
    text.parse().map(Shy)
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    #[flag(dynamic)]
    timeout: Duration,

    #[arg(long, default_value_t = 0.5)]
    #[flag(dynamic)]
    rate: f64,

    #[arg(long, default_value = "7")]
    #[flag(dynamic)]
    count: u32,

    #[arg(long, default_value = "foo,bar", value_parser = dflag::value::string_set())]
    #[flag(dynamic)]
    names: BTreeSet<String>,

    #[arg(long, default_value = "debug", ignore_case = true)]
    #[flag(dynamic)]
    level: Level,

    #[arg(long, default_value = "1,2", value_delimiter = ',')]
    #[flag(dynamic)]
    ports: Vec<u16>,

    #[arg(long)]
    #[flag(dynamic)]
    words: Vec<String>,

    #[arg(long, default_value = "x", value_parser = opaque)]
    #[flag(dynamic)]
    opaque: Opaque,

    #[arg(long, default_value = "1", value_parser = shy)]
    #[flag(dynamic)]
    shy: Shy,

    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    grace: Duration,
}

/// Other texts of the default values.
const SAME: [(&str, &str); 7] = [
    ("timeout", "5000ms"),
    ("rate", "0.50"),
    ("count", "007"),
    ("names", "bar,foo"),
    ("level", "DBG"),
    ("ports", "[1, 2]"),
    ("shy", "01"),
];

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn propose(args: &Flags<Args>, keys: &[(&str, &str)]) -> Applied {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, text) in keys {
        layer.file(*key, format!("/etc/dflag/{key}"), *text);
    }
    <Arc<dyn FlagSet>>::from(args).propose(&layer).unwrap()
}

fn count_changes(args: &Flags<Args>) -> Receiver<()> {
    let (sender, changes) = channel();
    args.on_change(move |_, _| sender.send(()).unwrap())
        .detach();
    changes
}

#[test]
fn equal_value_with_another_text_is_not_a_change() {
    let args = args();
    let changes = count_changes(&args);
    for (name, text) in SAME {
        let applied = args.set(name, text).unwrap();
        assert_eq!(applied.changed, [], "{name}");
        let info = args.flag(name).unwrap();
        assert!(!info.changed, "{name}");
        assert_eq!(
            info.value.as_deref(),
            Some(if name == "ports" { "1,2" } else { text }),
            "{name}"
        );
    }
    assert!(changes.try_recv().is_err());

    // The same value from the same layer with another text: the listing shows it, and nothing else
    // changes.
    let generation = args.generation();
    args.set("timeout", "5s").unwrap();
    assert_eq!(args.flag("timeout").unwrap().value.as_deref(), Some("5s"));
    assert_eq!(args.generation(), generation);
}

#[test]
fn checksums_are_equal_for_equal_values_with_a_canonical_text() {
    let (one, other) = (args(), args());
    for (name, text) in SAME.into_iter().filter(|(name, _)| *name != "shy") {
        one.set(name, text).unwrap();
        assert_eq!(
            one.checksum(FlagKind::Dynamic),
            other.checksum(FlagKind::Dynamic),
            "{name}"
        );
    }
    one.set("count", "8").unwrap();
    assert_ne!(
        one.checksum(FlagKind::Dynamic),
        other.checksum(FlagKind::Dynamic)
    );
}

#[test]
fn static_flag_with_an_equal_value_is_not_pending_restart() {
    let args = args();
    <Arc<dyn FlagSet>>::from(&args).freeze();
    propose(&args, &[("grace", "5000ms")]);
    assert_eq!(args.pending_restarts(), []);
    propose(&args, &[("grace", "6s")]);
    assert_eq!(args.pending_restarts()[0].value.as_deref(), Some("6s"));
}

#[test]
fn list_with_an_empty_member_differs_from_the_empty_list() {
    let args = args();
    let applied = args.set("words", r#"[""]"#).unwrap();
    assert_eq!(applied.changed.len(), 1);
    let info = args.flag("words").unwrap();
    assert!(info.changed);
    assert_eq!(info.value.as_deref(), Some(r#"[""]"#));
}

#[test]
fn nan_is_compared_by_its_text() {
    let args = args();
    assert_eq!(args.set("rate", "NaN").unwrap().changed.len(), 1);
    let changes = count_changes(&args);
    assert_eq!(propose(&args, &[("rate", "NaN")]).changed, []);
    args.clear("rate").unwrap();
    assert!(changes.try_recv().is_err());
}

#[test]
fn value_without_equality_is_compared_by_its_text() {
    let args = args();
    assert_eq!(args.set("opaque", "x").unwrap().changed, []);
    assert_eq!(args.set("opaque", "y").unwrap().changed.len(), 1);
    assert!(args.flag("opaque").unwrap().changed);
}

/// Values that do not equal themselves, equal values with several texts, and lists that share a text.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Corners {
    #[arg(long, default_value = "NaN")]
    #[flag(dynamic)]
    nan: f64,

    #[arg(long, value_delimiter = ',', default_value = "NaN,1")]
    #[flag(dynamic)]
    nans: Vec<f64>,

    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    zero: f64,

    #[arg(long, value_delimiter = ',', default_value = "0,1")]
    #[flag(dynamic)]
    zeros: Vec<f32>,

    #[arg(long, default_value = "b,a", value_parser = dflag::value::string_set())]
    #[flag(dynamic)]
    set: Option<BTreeSet<String>>,

    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    #[flag(dynamic)]
    timeouts: Option<Vec<Duration>>,

    #[arg(long, default_value = "7", num_args = 0..=1)]
    #[flag(dynamic)]
    #[expect(clippy::option_option, reason = "clap gives it a meaning")]
    nested: Option<Option<u32>>,

    #[arg(long, default_value = "-0")]
    #[flag(dynamic)]
    text: String,

    #[arg(long)]
    #[flag(dynamic, trim = false)]
    lines: Vec<String>,

    #[arg(long, default_values = ["a\nb"])]
    #[flag(dynamic)]
    pair: Vec<String>,
}

#[test]
fn equal_values_are_no_change_and_have_equal_checksums() {
    let args = Corners::try_parse_dynamic_from(["server"]).unwrap();
    let checksum = args.checksum(FlagKind::Dynamic);
    for (flag, text) in [
        ("nan", "nan"),
        ("nans", "nan, 1.0"),
        ("zero", "-0"),
        ("zeros", "-0.0,1"),
        ("set", "a,b"),
        ("timeouts", "5000ms"),
        ("nested", "007"),
    ] {
        let applied = args.set(flag, text).unwrap();
        assert!(applied.changed.is_empty(), "{flag} {text}");
        assert!(!args.flag(flag).unwrap().changed, "{flag} {text}");
        assert_eq!(args.checksum(FlagKind::Dynamic), checksum, "{flag} {text}");
        args.clear(flag).unwrap();
    }
    for (flag, text) in [("nans", "NaN,2"), ("zero", "1"), ("text", "0")] {
        let applied = args.set(flag, text).unwrap();
        assert_eq!(applied.changed.len(), 1, "{flag} {text}");
        assert_ne!(args.checksum(FlagKind::Dynamic), checksum, "{flag} {text}");
        args.clear(flag).unwrap();
    }
}

#[test]
fn different_lists_with_one_text_are_a_change() {
    let args = Corners::try_parse_dynamic_from(["server"]).unwrap();
    for (flag, text, value) in [("lines", "\n", vec![""]), ("pair", "a\nb", vec!["a", "b"])] {
        let before = args.flag(flag).unwrap();
        assert!(!before.changed, "{flag}");
        assert_eq!(args.set(flag, text).unwrap().changed.len(), 1, "{flag}");
        let now = args.load();
        let values = if flag == "lines" {
            &now.lines
        } else {
            &now.pair
        };
        assert_eq!(*values, value);
        assert!(args.flag(flag).unwrap().changed, "{flag}");
    }
}
