//! What a listing says of flags besides their values.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unnecessary_wraps,
    reason = "tests may panic, and a check or a parser returns a result"
)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use clap::builder::TypedValueParser as _;
use clap::{CommandFactory, FromArgMatches, Parser};
use dflag::validate::{each, max_len, min_len, range, some};
use dflag::value::Fraction;
use dflag::{DynamicFlags, FlagInfo, FlagSet, Flags, Layer, Origin};

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "server")]
struct Args {
    /// Longest wait.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=300))]
    #[flag(dynamic, unit = "s")]
    wait: u16,

    #[arg(long, default_value_t = 1, next_line_help = true)]
    #[flag(dynamic, validate = range(2..50), validate = |n: &u16| even(*n))]
    even: u16,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, validate = inverted(range(1..=5)))]
    inverted: i64,

    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(-3..))]
    low: i64,

    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(5..))]
    high: u64,

    #[arg(long)]
    #[flag(dynamic, validate = some(range(0.0..=1.0)))]
    share: Option<f64>,

    #[arg(long, value_delimiter = ',', default_value = "a")]
    #[flag(dynamic, validate = min_len(1), validate = max_len(3), validate = each(max_len(64)))]
    zones: Vec<String>,

    #[arg(long, default_value_t = 1234)]
    #[flag(dynamic, secret, validate = range(1000..=9999))]
    pin: u16,

    #[arg(long, hide = true)]
    #[flag(dynamic, deprecated = OLD)]
    max_wait: Option<u16>,

    #[command(flatten, next_help_heading = "Rollouts")]
    #[flag(flatten)]
    rollouts: Rollouts,
}

const OLD: &str = "use `wait`";

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Rollouts {
    #[arg(long, default_value = "0%")]
    #[flag(dynamic)]
    checkout: Fraction,
}

fn even(n: u16) -> Result<(), String> {
    // A range that a check makes while it runs says nothing of the flag.
    let _ = range(7..=8)(&n);
    Ok(())
}

/// A combination of the program's own: the inner check's bounds are not those of the value.
fn inverted<C: Fn(&i64) -> Result<(), String>>(check: C) -> impl Fn(&i64) -> Result<(), String> {
    move |n| match check(n) {
        Ok(()) => Err("too good".to_owned()),
        Err(_) => Ok(()),
    }
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server", "--even=4"]).unwrap()
}

fn info(name: &str) -> FlagInfo {
    args().flag(name).unwrap()
}

#[track_caller]
fn assert_bounds(name: &str, min: Option<&str>, max: Option<&str>) {
    let flag = info(name);
    assert_eq!(
        (flag.min.as_deref(), flag.max.as_deref()),
        (min, max),
        "{name}"
    );
}

#[test]
fn only_an_option_is_optional() {
    for (name, expected) in [("even", false), ("share", true), ("max-wait", true)] {
        assert_eq!(info(name).optional, expected, "{name}");
        let can_unset = args().edit([dflag::Edit::unset(name)]).is_ok();
        assert_eq!(can_unset, expected, "{name}");
    }
}

#[test]
fn type_is_named_as_a_person_writes_it() {
    for (name, expected) in [
        ("wait", "u16"),
        ("share", "Option<f64>"),
        ("zones", "Vec<String>"),
        ("checkout", "Fraction"),
    ] {
        assert_eq!(info(name).type_name.as_deref(), Some(expected));
    }
}

#[test]
fn group_is_the_help_heading() {
    assert_eq!(info("checkout").group.as_deref(), Some("Rollouts"));
    assert_eq!(info("wait").group, None);
}

#[test]
fn unit_is_the_declared_one() {
    assert_eq!(info("wait").unit.as_deref(), Some("s"));
    assert_eq!(info("even").unit, None);
}

#[test]
fn bounds_are_those_of_claps_ranges() {
    assert_bounds("wait", Some("1"), Some("300"));
    assert_bounds("max-wait", Some("0"), Some("65535"));
    assert_bounds("low", Some("-3"), None);
    assert_bounds("high", Some("5"), None);
}

#[test]
fn bounds_are_those_of_our_checks() {
    assert_bounds("even", Some("2"), Some("49"));
    assert_bounds("share", Some("0.0"), Some("1.0"));
    let zones = info("zones");
    assert_eq!((zones.min_len, zones.max_len), (Some(1), Some(3)));
    assert_eq!((zones.min, zones.max), (None, None));
}

#[test]
fn bounds_of_a_check_that_the_program_combines_are_unknown() {
    assert_bounds("inverted", None, None);
}

#[test]
fn bounds_of_a_secret_are_not_shown() {
    assert_bounds("pin", None, None);
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Odd {
    #[arg(long, default_value_t = 1, value_parser = panics)]
    panics: u8,

    #[arg(long, default_value = "x", value_parser = asked)]
    text: String,

    #[arg(long, default_value_t = 1, value_parser = misleads)]
    misleads: u8,
}

fn panics(text: &str) -> Result<u8, String> {
    match text {
        "1" => Ok(1),
        _ => panic!("{text}"),
    }
}

static ASKED: AtomicUsize = AtomicUsize::new(0);

fn asked(text: &str) -> Result<String, String> {
    ASKED.fetch_add(1, Ordering::Relaxed);
    Ok(text.to_owned())
}

fn misleads(text: &str) -> Result<u8, String> {
    match text {
        "1" => Ok(1),
        _ => Err("300 is not in 1..=5".to_owned()),
    }
}

#[test]
fn only_parsers_of_integers_are_asked_and_their_panics_are_caught() {
    let args = Odd::try_parse_dynamic_from(["odd"]).unwrap();
    let before = ASKED.load(Ordering::Relaxed);
    for flag in args.list() {
        assert_eq!((flag.min, flag.max), (None, None), "{}", flag.name);
    }
    assert_eq!(ASKED.load(Ordering::Relaxed), before);
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Scaled {
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u32).range(1..500).map(|n| n * 1000))]
    #[flag(dynamic, validate = range(2000..=200_000))]
    millis: u32,

    #[arg(long, default_value_t = 1, value_parser = recorded)]
    #[flag(dynamic)]
    recorded: u8,

    #[command(flatten)]
    #[flag(show)]
    foreign: ForeignScaled,
}

#[derive(Clone, Debug, clap::Args)]
struct ForeignScaled {
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u32).range(0..=500).map(|n| n * 1000))]
    thousands: u32,

    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u8).map(|n| n.min(9)))]
    limited: u8,

    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u8).range(3..).map(|n| n))]
    same: u8,
}

static TEXTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn recorded(text: &str) -> Result<u8, String> {
    TEXTS.lock().unwrap().push(text.to_owned());
    text.parse()
        .map_err(|_| format!("{text} is not in 0..=255"))
}

#[test]
fn bounds_of_the_text_are_not_those_of_a_value_on_another_scale() {
    let args = Scaled::try_parse_dynamic_from(["scaled"]).unwrap();
    assert_eq!(args.load().foreign.thousands, 5000);
    let bounds = |name| {
        let flag = args.flag(name).unwrap();
        (flag.min, flag.max)
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(bounds("millis"), (text("2000"), text("200000")));
    assert_eq!(bounds("thousands"), (None, None));
    assert_eq!(bounds("limited"), (None, None));
    assert_eq!(bounds("same"), (text("3"), text("255")));
}

#[test]
fn parser_of_the_program_is_not_asked_for_bounds() {
    let args = Scaled::try_parse_dynamic_from(["scaled"]).unwrap();
    let flag = args.flag("recorded").unwrap();
    assert_eq!((flag.min, flag.max), (None, None));
    let texts = TEXTS.lock().unwrap();
    assert!(texts.iter().all(|text| text == "1"), "{texts:?}");
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Texts {
    #[arg(long, default_value = "20%")]
    #[flag(dynamic, validate = range(fraction("10%")..=fraction("0.5")))]
    share: Fraction,

    #[arg(long, default_value = "c")]
    #[flag(dynamic, validate = range('a'..='f'))]
    letter: char,

    #[arg(long, default_value = "b")]
    #[flag(dynamic, validate = range("a".to_owned()..))]
    text: String,
}

fn fraction(text: &str) -> Fraction {
    text.parse().unwrap()
}

#[test]
fn bounds_and_messages_have_the_texts_of_the_flag() {
    let args = Texts::try_parse_dynamic_from(["texts"]).unwrap();
    for (name, min, max, value, message) in [
        ("share", "10%", Some("0.5"), "5%", "5% is not in 10%..=0.5"),
        ("letter", "a", Some("f"), "x", "x is not in a..=f"),
        ("text", "a", None, "B", "B is not in a.."),
    ] {
        let flag = args.flag(name).unwrap();
        assert_eq!(flag.min.as_deref(), Some(min));
        assert_eq!(flag.max.as_deref(), max);
        assert!(args.set(name, min).is_ok());
        let rejected = args.set(name, value).unwrap_err().to_string();
        assert!(rejected.ends_with(message), "{rejected}");
    }
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "server")]
struct WithParts {
    #[arg(long, default_value_t = 8080)]
    port: u16,

    #[command(flatten)]
    masked: Masked,

    #[command(flatten, next_help_heading = "Foreign")]
    #[flag(show)]
    foreign: Foreign,

    #[command(subcommand)]
    #[flag(subcommand)]
    command: Sub,
}

#[derive(Clone, Debug, clap::Args)]
struct Foreign {
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    workers: u32,

    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u8).range(2..=9))]
    zones: Vec<u8>,

    #[arg(long)]
    verbose: bool,
}

#[derive(Clone, Debug, clap::Args)]
struct Masked {
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pin: u32,
}

#[derive(Clone, Debug, clap::Subcommand, DynamicFlags)]
enum Sub {
    #[flag(subcommand)]
    Run(Run),
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Run {
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i8).range(-4..))]
    #[flag(dynamic, unit = "m")]
    depth: i8,
}

#[test]
fn uncovered_static_and_subcommand_flags_have_what_is_known_of_them() {
    let args = WithParts::try_parse_dynamic_from(["server", "run"]).unwrap();
    let Sub::Run(run) = &args.load().command;
    assert_eq!(run.depth, 1);
    let info = |name| {
        let info = args.flag(name).unwrap();
        (info.type_name, info.group, info.unit, info.min, info.max)
    };
    let text = |text: &str| Some(text.to_owned());
    for (name, expected) in [
        ("port", (text("u16"), None, None, text("0"), text("65535"))),
        (
            "depth",
            (text("i8"), None, text("m"), text("-4"), text("127")),
        ),
        (
            "workers",
            (None, text("Foreign"), None, text("1"), text("64")),
        ),
        ("zones", (None, text("Foreign"), None, text("2"), text("9"))),
        ("verbose", (None, text("Foreign"), None, None, None)),
        // It may be a secret.
        ("pin", (None, None, None, None, None)),
    ] {
        assert_eq!(info(name), expected, "{name}");
    }
    for flag in args.list() {
        assert_eq!(
            (flag.deprecated, flag.min_len, flag.max_len),
            (None, None, None)
        );
    }
}

#[test]
fn deprecated_flag_that_is_set_is_a_remark() {
    let args = args();
    let flag = args.flag("max-wait").unwrap();
    assert_eq!(flag.deprecated.as_deref(), Some(OLD));
    assert_eq!(info("wait").deprecated, None);

    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("wait", "/etc/dflag/wait", "6");
    assert!(args.propose(&layer).unwrap().deprecated.is_empty());
    layer.text("max_wait", "/etc/dflag/max_wait", "7");
    let applied = args.propose(&layer).unwrap();
    let remark = applied.deprecated[0].to_string();
    assert!(
        remark.starts_with("`max-wait`: deprecated") && remark.ends_with(OLD),
        "{remark}"
    );
    assert!(remark.contains("/etc/dflag/max_wait"), "{remark}");

    let applied = args.set("max-wait", "8").unwrap();
    assert_eq!(applied.deprecated[0].origin, Origin::Override);
    for _ in 0..2 {
        let applied = args.max_wait.set(Some(9)).unwrap();
        assert_eq!(applied.deprecated[0].origin, Origin::Override);
    }
    assert!(args.clear("max-wait").unwrap().deprecated.is_empty());
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "server")]
#[flags(mark_dynamic)]
struct Marked {
    /// Port to listen on.
    #[arg(long, default_value_t = 80)]
    port: u16,

    /// Requests in flight.
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    bare: u8,

    /// Short.
    ///
    /// And long.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    long: u8,

    #[command(flatten)]
    #[flag(flatten)]
    rollouts: Rollouts,
}

#[test]
fn help_marks_dynamic_flags_if_the_program_wants_it() {
    let help = |argument| {
        let error = Marked::try_parse_dynamic_from(["server", argument]).unwrap_err();
        error.to_string()
    };
    let short = help("-h");
    for line in [
        "Port to listen on [default: 80]",
        "Requests in flight [dynamic] [default: 3]",
        "[dynamic] [default: 0%]",
        "Short [dynamic] [default: 0]",
    ] {
        assert!(short.contains(line), "{line}\n{short}");
    }
    let long = help("--help");
    assert!(
        long.contains("And long.\n          \n          [dynamic]"),
        "{long}"
    );
    assert_eq!(long.matches("[dynamic]").count(), 4, "{long}");
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "server")]
#[flags(mark_dynamic)]
struct WithCommands {
    /// Requests in flight.
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,

    #[command(subcommand)]
    #[flag(subcommand)]
    command: Commands,
}

#[derive(Clone, Debug, clap::Subcommand, DynamicFlags)]
enum Commands {
    #[flag(subcommand)]
    Serve(Serve),
    /// Has the same struct.
    #[flag(subcommand)]
    Again(Serve),
    #[flag(subcommand)]
    Fixed(Fixed),
    Other(Other),
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Serve {
    /// Requests a second.
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    rate: u8,

    /// Port to listen on.
    #[arg(long, default_value_t = 80)]
    port: u16,
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
#[flags(mark_dynamic)]
struct Fixed {
    #[arg(long, default_value_t = 1)]
    rate: u8,
}

/// Does not derive `DynamicFlags`.
#[derive(Clone, Debug, clap::Args)]
struct Other {
    /// Requests a second.
    #[arg(long, default_value_t = 1)]
    rate: u8,

    /// Requests in flight.
    #[arg(long, default_value_t = 3)]
    limit: u8,
}

#[test]
fn help_of_a_subcommand_marks_the_flags_of_its_own_struct() {
    let help = |command, argument| {
        let error = WithCommands::try_parse_dynamic_from(["server", command, argument]);
        error.unwrap_err().to_string()
    };
    for argument in ["-h", "--help"] {
        for command in ["serve", "again"] {
            let help = help(command, argument);
            assert_eq!(help.matches("[dynamic]").count(), 1, "{help}");
            assert!(help.contains("Requests a second [dynamic]"), "{help}");
        }
        for command in ["fixed", "other"] {
            let help = help(command, argument);
            assert!(!help.contains("[dynamic]"), "{help}");
        }
    }
}

#[test]
fn commands_of_the_program_are_marked_once() {
    let help = |command, line: [&str; 3]| {
        let error = Flags::<Marked>::try_parse_command_from(command, line).unwrap_err();
        error.to_string()
    };
    let marked = Marked::try_parse_dynamic_from(["server", "-h"]).unwrap_err();
    let command = Flags::<Marked>::mark_dynamic(Marked::command());
    let more = Marked::command().arg(clap::Arg::new("input"));
    for command in [Marked::command(), command.clone()] {
        let own = help(command, ["server", "--limit=1", "-h"]);
        assert_eq!(own, marked.to_string());
    }
    assert!(help(more, ["server", "-h", ""]).contains("in flight [dynamic]"));
    let nested = clap::Command::new("top").subcommand(Marked::command());
    let nested = help(nested, ["top", "server", "-h"]);
    assert!(nested.contains("in flight [dynamic]"), "{nested}");

    let unmarked = Flags::<Args>::mark_dynamic(Args::command()).render_help();
    assert_eq!(
        unmarked.to_string(),
        Args::command().render_help().to_string()
    );
}

#[test]
fn description_has_no_mark() {
    let args = Marked::try_parse_dynamic_from(["server"]).unwrap();
    for (name, help) in [
        ("port", "Port to listen on"),
        ("limit", "Requests in flight"),
        ("bare", ""),
        ("long", "Short"),
    ] {
        assert_eq!(args.flag(name).unwrap().help, help);
    }
}

#[test]
fn help_without_marks_is_claps_own() {
    for argument in ["-h", "--help"] {
        let ours = Args::try_parse_dynamic_from(["server", argument]).unwrap_err();
        // A secret's default is hidden.
        let command = Args::command().mut_arg("pin", |arg| arg.hide_default_value(true));
        let claps = command
            .try_get_matches_from(["server", argument])
            .unwrap_err();
        assert_eq!(ours.to_string(), claps.to_string());
    }
}

#[test]
fn set_without_the_struct_describes_the_same() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    assert_eq!(set.list(), args.list());
    let matches = Args::command().get_matches_from(["server", "--even=4"]);
    assert!(Args::from_arg_matches(&matches).is_ok());
    let own = Flags::<Args>::from_arg_matches(&matches).unwrap();
    assert_eq!(own.flag("wait").unwrap().max.as_deref(), Some("300"));
}
