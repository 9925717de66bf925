//! Listings: a consistent snapshot of the names, texts and origins of all flags.

#![allow(
    clippy::unwrap_used,
    clippy::unnecessary_wraps,
    reason = "tests may panic, and text(…) mirrors the type of a field"
)]

use std::time::Duration;

use clap::{Parser, ValueEnum};
use dflag::{DynamicFlags, FlagInfo, FlagKind, Flags, Origin};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Info,
    Debug,
    #[value(hide = true)]
    Trace,
}

#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
struct Policy {
    rate: u32,
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    /// Least severe level.
    ///
    /// A second paragraph, which `--help` shows and a listing does not.
    #[arg(long, value_enum, default_value_t = Level::Info, env = "DFLAG_TEST_LEVEL")]
    #[flag(dynamic)]
    log_level: Level,

    #[arg(long, default_value = r#"{"rate":50}"#, value_parser = dflag::value::json::<Policy>())]
    #[flag(dynamic)]
    policy: Policy,

    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    timeout: Duration,

    #[arg(long)]
    #[flag(dynamic)]
    simulate: bool,

    #[arg(long, id = "base", alias = "top", visible_alias = "work_dir")]
    #[flag(dynamic)]
    root: Option<String>,

    #[arg(long, hide = true, value_delimiter = ',', default_values_t = [1, 2])]
    #[flag(dynamic)]
    shards: Vec<u8>,
}

fn info(args: &Flags<Args>, name: &str) -> FlagInfo {
    let flag = args.list().into_iter().find(|flag| flag.name == name);
    flag.unwrap()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn listing_describes_each_flag() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let level = info(&args, "log-level");
    assert_eq!(level.help, "Least severe level");
    assert_eq!(level.kind, FlagKind::Dynamic);
    assert_eq!((level.value, level.default), (text("info"), text("info")));
    assert_eq!(level.origin, Origin::Default);
    assert_eq!(level.possible_values, ["info", "debug"]);
    assert_eq!(level.env, text("DFLAG_TEST_LEVEL"));
    assert_eq!(level.pending_restart, None);
    assert!(!(level.changed || level.secret || level.json));

    assert_eq!(info(&args, "timeout").kind, FlagKind::Static);
    assert_eq!(info(&args, "simulate").value, text("false"));
    assert_eq!(info(&args, "simulate").possible_values, ["true", "false"]);
    assert_eq!(info(&args, "root").value, None);
    assert_eq!(info(&args, "shards").default, text("1,2"));
}

#[test]
fn aliases_are_the_other_names_that_set_the_flag() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    assert_eq!(info(&args, "root").aliases, ["top", "work_dir", "base"]);
    for alias in info(&args, "root").aliases {
        args.set(&alias, &alias).unwrap();
        assert_eq!(info(&args, "root").value, text(&alias));
    }
    assert!(info(&args, "log-level").aliases.is_empty());
}

#[test]
fn only_flags_with_the_json_parser_are_listed_as_json() {
    let args = Args::try_parse_dynamic_from(["server", "--root={}"]).unwrap();
    assert!(info(&args, "policy").json);
    assert!(!info(&args, "root").json);
}

#[test]
fn flag_is_changed_if_its_value_differs_from_the_default() {
    let args = Args::try_parse_dynamic_from(["server", "--simulate", "--shards=1,2"]).unwrap();
    assert!(info(&args, "simulate").changed);
    let shards = info(&args, "shards");
    assert_eq!(
        (shards.changed, shards.origin),
        (false, Origin::CommandLine)
    );

    args.set("simulate", "off").unwrap();
    assert!(!info(&args, "simulate").changed);
    args.set("root", "").unwrap();
    assert!(
        info(&args, "root").changed,
        "an empty value differs from no value"
    );
}

#[test]
fn setting_the_listed_value_changes_nothing() {
    let args = Args::try_parse_dynamic_from(["server", "--root=/srv"]).unwrap();
    let before = (args.list(), args.checksum(FlagKind::Dynamic));
    for flag in &before.0 {
        if let (FlagKind::Dynamic, Some(value)) = (flag.kind, &flag.value) {
            let applied = args.set(&flag.name, value).unwrap();
            assert!(applied.changed.is_empty(), "{}", flag.name);
        }
    }
    assert_eq!(args.checksum(FlagKind::Dynamic), before.1);
}

#[test]
fn listing_agrees_with_the_separate_methods() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    args.set("simulate", "on").unwrap();
    let listing = args.listing();
    assert_eq!(listing.generation, args.generation());
    assert_eq!(listing.checksum_static, args.checksum(FlagKind::Static));
    assert_eq!(listing.checksum_dynamic, args.checksum(FlagKind::Dynamic));
    assert_eq!(listing.flags, args.list());
}
