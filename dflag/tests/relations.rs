//! Relations between arguments, rules with pending restarts, and the layers of a flag.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::struct_excessive_bools,
    reason = "tests may panic"
)]

use std::sync::Arc;

use clap::{ArgGroup, Parser};
use dflag::{Applied, DynamicFlags, FlagSet, Flags, Layer, Problem, Rejected};

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(group(ArgGroup::new("color").args(["red", "blue"])))]
struct Args {
    #[arg(long, default_value_t = 0, conflicts_with = "file")]
    #[flag(dynamic)]
    inline: u8,

    #[arg(long)]
    #[flag(dynamic)]
    file: Option<String>,

    #[arg(long)]
    #[flag(dynamic)]
    red: bool,

    #[arg(long)]
    #[flag(dynamic)]
    blue: bool,

    #[arg(long, exclusive = true)]
    #[flag(dynamic)]
    alone: bool,

    #[arg(long, global = true, conflicts_with = "inline")]
    #[flag(dynamic)]
    verbose: bool,
}

fn args(typed: &[&str]) -> Flags<Args> {
    Args::try_parse_dynamic_from([&["server"], typed].concat()).unwrap()
}

fn propose<A: DynamicFlags>(
    args: &Flags<A>,
    location: &str,
    keys: &[(&str, &str)],
) -> Result<Applied, Rejected> {
    let mut layer = Layer::new("ConfigMap", location);
    for (key, text) in keys {
        layer.file(*key, format!("{location}/{key}"), *text);
    }
    <Arc<dyn FlagSet>>::from(args).propose(&layer)
}

fn conflict(rejected: &Rejected) -> Option<(&str, &str)> {
    match &rejected.problems[..] {
        [Problem::Conflict { flag, other, .. }] => Some((flag, other)),
        _ => None,
    }
}

#[test]
fn source_cannot_combine_conflicting_flags() {
    let rejected = propose(&args(&[]), "/a", &[("inline", "1"), ("file", "x")]).unwrap_err();
    assert_eq!(conflict(&rejected), Some(("inline", "file")));
    assert_eq!(
        rejected.to_string(),
        "ConfigMap /a rejected, all flags keep their values: `inline` (/a/inline) cannot be used with \
         `file` (/a/file); reset one of them to its default",
    );
    let rejected = propose(&args(&[]), "/a", &[("red", "true"), ("blue", "yes")]).unwrap_err();
    assert_eq!(conflict(&rejected), Some(("red", "blue")));
}

#[test]
fn flag_with_its_default_value_does_not_conflict() {
    propose(&args(&[]), "/a", &[("inline", "0"), ("file", "x")]).unwrap();
    propose(&args(&[]), "/a", &[("red", "true"), ("blue", "false")]).unwrap();
}

#[test]
fn source_conflicts_with_the_command_line_and_with_an_override() {
    let typed = args(&["--file=x"]);
    assert!(propose(&typed, "/a", &[("inline", "1")]).is_err());
    assert!(typed.set("inline", "1").is_err());
    let edited = args(&[]);
    edited.set("red", "true").unwrap();
    assert!(propose(&edited, "/a", &[("blue", "true")]).is_err());
    edited.clear("red").unwrap();
    propose(&edited, "/a", &[("blue", "true")]).unwrap();
}

#[test]
fn exclusive_flag_conflicts_only_with_flags_of_its_own_source() {
    let typed = args(&["--red"]);
    propose(&typed, "/a", &[("alone", "true")]).unwrap();
    propose(&typed, "/b", &[("inline", "1")]).unwrap();
    assert!(propose(&args(&[]), "/a", &[("alone", "true"), ("inline", "1")]).is_err());
    let edited = args(&[]);
    edited.set("alone", "true").unwrap();
    assert!(edited.set("red", "true").is_err());
}

#[test]
fn relations_of_global_arguments_are_ignored() {
    propose(&args(&[]), "/a", &[("verbose", "true"), ("inline", "1")]).unwrap();
}

/// clap resolves this conflict on the command line itself.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Overriding {
    #[arg(long, conflicts_with = "no_cache", overrides_with = "no_cache")]
    #[flag(dynamic)]
    cache: bool,

    #[arg(long, env = "DFLAG_TEST_RELATIONS_NO_CACHE")]
    #[flag(dynamic)]
    no_cache: bool,

    #[arg(long)]
    #[flag(dynamic)]
    other: bool,
}

#[test]
fn combination_from_the_command_line_alone_is_not_rejected() {
    let args = Overriding::try_parse_dynamic_from(["server", "--cache"]).unwrap();
    propose(&args, "/a", &[("other", "true")]).unwrap();
    assert!(propose(&args, "/a", &[("no_cache", "true")]).is_err());
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Bounded::check)]
struct Bounded {
    #[arg(long, default_value_t = 10)]
    max: u32,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u32,
}

impl Bounded {
    fn check(&self) -> Result<(), String> {
        if self.limit <= self.max {
            return Ok(());
        }
        Err(format!("limit {} is above max {}", self.limit, self.max))
    }
}

#[test]
fn update_that_a_restart_would_reject_is_applied_and_reported() {
    let args = Bounded::try_parse_dynamic_from(["server"]).unwrap();
    <Arc<dyn FlagSet>>::from(&args).freeze();
    let propose = |keys: &[(&str, &str)]| propose(&args, "/a", keys);

    propose(&[("max", "3")]).unwrap();
    assert_eq!(args.restart_problems(), []);
    propose(&[("max", "3"), ("limit", "5")]).unwrap();
    assert_eq!(args.limit.get(), 5);
    let problems: Vec<_> = args
        .restart_problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(problems, ["the flags together: limit 5 is above max 3"]);

    // A rule that the current values violate still rejects the update.
    assert!(propose(&[("max", "3"), ("limit", "11")]).is_err());
    propose(&[("limit", "5")]).unwrap();
    assert_eq!(args.restart_problems(), []);
}

#[test]
fn restart_is_judged_without_the_overrides_that_it_would_lose() {
    let args = Bounded::try_parse_dynamic_from(["server"]).unwrap();
    let problems = || -> Vec<String> {
        let problems = args.listing().restart_problems;
        assert_eq!(problems, args.restart_problems());
        problems.iter().map(ToString::to_string).collect()
    };
    args.set("limit", "7").unwrap();
    <Arc<dyn FlagSet>>::from(&args).freeze();

    // An override hides the ConfigMap's value, with which a restart would fail.
    args.set("limit", "2").unwrap();
    assert_eq!(problems(), [""; 0]);
    propose(&args, "/a", &[("max", "3")]).unwrap();
    assert_eq!(
        problems(),
        ["the flags together: limit 7 is above max 3"],
        "the override of before the start is set again",
    );
    propose(&args, "/a", &[("max", "8")]).unwrap();
    assert_eq!(problems(), [""; 0]);

    let args = Bounded::try_parse_dynamic_from(["server"]).unwrap();
    <Arc<dyn FlagSet>>::from(&args).freeze();
    args.set("limit", "2").unwrap();
    propose(&args, "/a", &[("limit", "20")]).unwrap();
    assert_eq!(
        args.restart_problems()[0].to_string(),
        "the flags together: limit 20 is above max 10"
    );

    // An override that violates the pending value is lost.
    propose(&args, "/a", &[("limit", "2"), ("max", "3")]).unwrap();
    args.set("limit", "9").unwrap();
    assert_eq!(args.restart_problems(), []);
}

#[test]
fn layers_of_a_flag_are_listed_from_the_bottom_up() {
    let args = Bounded::try_parse_dynamic_from(["server", "--limit=2"]).unwrap();
    propose(&args, "/a", &[("limit", "3")]).unwrap();
    args.set("limit", "4").unwrap();
    propose(&args, "/a", &[("limit", "5")]).unwrap();
    let flag = args.flag("limit").unwrap();
    let layers: Vec<_> = flag
        .layers
        .iter()
        .map(|layer| (layer.origin.to_string(), layer.value.clone().unwrap()))
        .collect();
    let layer = |origin: &str, value: &str| (origin.to_owned(), value.to_owned());
    assert_eq!(
        layers,
        [
            layer("command line", "2"),
            layer("ConfigMap (/a/limit)", "5"),
            layer("override", "4"),
        ]
    );
    assert_eq!(args.limit.get(), 4);
}

#[test]
fn shadowed_value_is_reported_with_the_origin_that_takes_precedence() {
    let args = Bounded::try_parse_dynamic_from(["server", "--max=9"]).unwrap();
    args.set("limit", "2").unwrap();
    let applied = propose(&args, "/a", &[("limit", "3"), ("max", "8")]).unwrap();
    let shadowed: Vec<_> = applied.shadowed.iter().map(ToString::to_string).collect();
    assert_eq!(
        shadowed,
        ["`limit`: ConfigMap (/a/limit) has no effect, because override takes precedence"]
    );
    assert_eq!(
        propose(&args, "/a", &[("limit", "02")]).unwrap().shadowed,
        []
    );

    let mut layer = Layer::new("ConfigMap", "/b").precedence(dflag::Precedence::BelowCommandLine);
    layer.file("max", "/b/max", "7");
    let applied = <Arc<dyn FlagSet>>::from(&args).propose(&layer).unwrap();
    assert_eq!(applied.shadowed[0].by, dflag::Origin::CommandLine);
}
