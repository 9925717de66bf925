//! Listing: everything that one may know about a flag, as of one moment.

#![allow(
    clippy::unwrap_used,
    clippy::unnecessary_wraps,
    reason = "a test fails loudly, and says what it means"
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
    /// More about it, which `--help` shows and a list does not.
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
fn a_flag_is_told_in_full() {
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
fn every_name_that_sets_a_flag_is_told_once() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    assert_eq!(info(&args, "root").aliases, ["top", "work_dir", "base"]);
    for alias in info(&args, "root").aliases {
        args.set(&alias, &alias).unwrap();
        assert_eq!(info(&args, "root").value, text(&alias));
    }
    assert!(info(&args, "log-level").aliases.is_empty());
}

#[test]
fn json_is_told_apart_from_what_only_looks_like_it() {
    let args = Args::try_parse_dynamic_from(["server", "--root={}"]).unwrap();
    assert!(info(&args, "policy").json);
    assert!(!info(&args, "root").json);
}

#[test]
fn a_flag_has_changed_when_its_value_is_not_the_default() {
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
        "set to nothing is not the same as not set"
    );
}

#[test]
fn what_is_listed_can_be_set_again_and_changes_nothing() {
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
fn a_listing_is_of_one_moment_and_agrees_with_what_is_asked_one_by_one() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    args.set("simulate", "on").unwrap();
    let listing = args.listing();
    assert_eq!(listing.generation, args.generation());
    assert_eq!(listing.checksum_static, args.checksum(FlagKind::Static));
    assert_eq!(listing.checksum_dynamic, args.checksum(FlagKind::Dynamic));
    assert_eq!(listing.flags, args.list());
}
