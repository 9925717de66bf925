//! Maps as flags.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeMap;
use std::net::IpAddr;

use clap::Parser;
use dflag::value::{Fraction, map};
use dflag::{DynamicFlags, FlagKind, Flags, Layer};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "a=1,b=2", value_parser = map::<String, u32>())]
    #[flag(dynamic)]
    limits: BTreeMap<String, u32>,

    #[arg(long, value_parser = map::<String, IpAddr>())]
    #[flag(dynamic)]
    hosts: Option<BTreeMap<String, IpAddr>>,

    #[arg(long, default_value = "", value_parser = map::<String, String>())]
    #[flag(dynamic, secret)]
    tokens: BTreeMap<String, String>,
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

#[test]
fn file_may_write_lines_or_an_object() {
    let args = args();
    for text in ["a=5\nb=6\n", "a = 5, b = 6,", "{\"b\": 6,\n \"a\": 5}\n"] {
        let mut layer = Layer::new("ConfigMap", "/etc/dflag");
        layer.file("limits", "/etc/dflag/limits", text);
        args.propose(&layer).unwrap();
        let limits = args.limits.get();
        assert_eq!(limits, [("a".into(), 5), ("b".into(), 6)].into(), "{text}");
    }
}

#[test]
fn equal_maps_are_no_change_and_have_equal_checksums() {
    let args = args();
    args.set("hosts", "a=::1,b=1.2.3.4").unwrap();
    let digest = args.checksum(FlagKind::Dynamic);
    let applied = args
        .set("hosts", r#"{"b": "1.2.3.4", "a": "0:0:0:0:0:0:0:1"}"#)
        .unwrap();
    assert!(applied.changed.is_empty());
    assert_eq!(args.checksum(FlagKind::Dynamic), digest);
    args.set("limits", "b=2,a=1").unwrap();
    assert!(!args.flag("limits").unwrap().changed);
    assert_eq!(args.checksum(FlagKind::Dynamic), digest);
    args.set("hosts", "a=::1,b=1.2.3.5").unwrap();
    assert_ne!(args.checksum(FlagKind::Dynamic), digest);
}

#[test]
fn equal_maps_whose_members_are_written_differently_have_equal_checksums() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value = "", value_parser = map::<String, Fraction>())]
        #[flag(dynamic)]
        shares: BTreeMap<String, Fraction>,

        #[arg(long, value_parser = map::<String, f64>())]
        #[flag(dynamic)]
        numbers: Option<BTreeMap<String, f64>>,

        #[arg(long, value_parser = map::<String, Fraction>())]
        #[flag(dynamic)]
        list: Vec<BTreeMap<String, Fraction>>,
    }
    let checksum = |name: &str, text: &str| {
        let args = Args::try_parse_dynamic_from(["server"]).unwrap();
        args.set(name, text).unwrap();
        assert_eq!(args.flag(name).unwrap().value.as_deref(), Some(text));
        args.checksum(FlagKind::Dynamic)
    };
    for (name, one, other) in [
        ("shares", "a=25%,b=1", "b=100 %,a=0.25"),
        ("numbers", "a=-0", "a=0.0"),
        ("list", "a=25%\nb=1", "a=0.25\nb=100%"),
    ] {
        assert_eq!(checksum(name, one), checksum(name, other), "{name}");
    }
    assert_ne!(checksum("shares", "a=25%"), checksum("shares", "a=26%"));
}

#[test]
fn delimiter_that_splits_a_map_is_an_error_at_start() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Split {
        #[arg(long, default_value = "", value_delimiter = ';', value_parser = map::<String, u32>())]
        #[flag(dynamic)]
        limits: BTreeMap<String, u32>,
    }
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Lists {
        #[arg(long, value_delimiter = ',', value_parser = map::<String, u32>())]
        #[flag(dynamic)]
        split: Vec<BTreeMap<String, u32>>,

        #[arg(long, value_delimiter = ';', value_parser = map::<String, u32>())]
        #[flag(dynamic)]
        whole: Vec<BTreeMap<String, u32>>,
    }
    let expected = "the argument's `value_delimiter` splits a map; remove it from the argument";
    let error = Split::try_parse_dynamic_from(["server"]).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    let error = Lists::try_parse_dynamic_from(["server", "--split=a=1,b=2"]).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    let args = Lists::try_parse_dynamic_from(["server", "--whole=a=1,b=2;c=3"]).unwrap();
    assert_eq!(args.whole.load()[0]["b"], 2);
    args.set("whole", "d=4,e=5;f=6").unwrap();
    assert_eq!(args.whole.load()[1]["f"], 6);
}

#[test]
fn empty_text_is_an_empty_map() {
    let args = args();
    args.set("limits", "").unwrap();
    assert!(args.limits.load().is_empty());
    args.set("hosts", "").unwrap();
    assert_eq!(args.hosts.get(), Some(BTreeMap::new()));
}

#[test]
fn errors_name_the_entry_but_not_that_of_a_secret() {
    let args = args();
    let error = |name, text| args.set(name, text).unwrap_err().to_string();
    assert!(error("limits", "a=1,b=x").contains("value of `b`: invalid digit"));
    assert!(error("limits", "a=1,a=2").contains("key `a` occurs twice"));
    assert!(error("hosts", "a").contains("entry `a` has no `=`"));
    assert!(!error("tokens", "hunter2").contains("hunter2"));
}

#[test]
fn command_line_takes_the_same_texts() {
    let args = Args::try_parse_dynamic_from(["server", "--limits=x=7"]).unwrap();
    assert_eq!(args.limits.load()["x"], 7);
    let error = Args::try_parse_dynamic_from(["server", "--limits=x"]).unwrap_err();
    assert!(
        error.to_string().contains("entry `x` has no `=`"),
        "{error}"
    );
}
