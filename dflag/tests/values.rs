//! A value is valid in a source exactly when it is valid after `--flag=`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::path::PathBuf;

use clap::{ArgAction, Parser, ValueEnum};
use dflag::{DynamicFlags, Flags};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    Info,
    Debug,
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "server")]
struct Args {
    #[arg(long, default_value_t = 1337, value_parser = clap::value_parser!(i64).range(0..))]
    #[flag(dynamic)]
    limit: i64,

    #[arg(long)]
    #[flag(dynamic)]
    simulate: bool,

    #[arg(long = "no-color", action = ArgAction::SetFalse)]
    #[flag(dynamic)]
    color: bool,

    #[arg(long, action = ArgAction::Set, default_value_t = true)]
    #[flag(dynamic)]
    strict: bool,

    #[arg(long, action = ArgAction::Count)]
    #[flag(dynamic)]
    verbose: u8,

    #[arg(long, value_enum, default_value_t = Level::Info)]
    #[flag(dynamic)]
    level: Level,

    #[arg(long)]
    #[flag(dynamic)]
    root: Option<PathBuf>,

    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    #[flag(dynamic)]
    shards: Vec<u16>,

    #[arg(long)]
    #[flag(dynamic)]
    header: Vec<String>,

    #[arg(long, num_args = 2)]
    #[flag(dynamic)]
    span: Vec<u16>,

    #[arg(long, required = true)]
    #[flag(dynamic)]
    zone: Vec<String>,

    #[arg(long)]
    #[flag(dynamic)]
    maybe_many: Option<Vec<u8>>,

    #[allow(
        clippy::option_option,
        reason = "clap's type for a flag that may stand alone"
    )]
    #[arg(long, num_args = 0..=1)]
    #[flag(dynamic)]
    trace: Option<Option<u8>>,

    #[arg(long, default_value = "")]
    #[flag(dynamic, trim = false)]
    prompt: String,

    #[arg(long, default_value = "", conflicts_with = "strict", requires = "root")]
    #[flag(dynamic)]
    related: String,

    #[arg(
        long,
        alias = "greeting",
        visible_alias = "salute",
        id = "other",
        default_value = "hi"
    )]
    #[flag(dynamic)]
    hello: String,

    #[arg(long, default_value = "", value_parser = parse_even)]
    #[flag(dynamic)]
    even: Even,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Even(u32);

fn parse_even(text: &str) -> Result<Even, String> {
    match text {
        "" => Ok(Even(0)),
        "panic" => panic!("a parser that panics"),
        _ => match text.parse() {
            Ok(n) if n % 2 == 0 => Ok(Even(n)),
            _ => Err(format!("{text:?} is not even")),
        },
    }
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server", "--zone=a"]).unwrap()
}

/// Sets a flag and returns the text that a listing then has for it.
fn listed(args: &Flags<Args>, name: &str, value: &str) -> String {
    args.set(name, value)
        .unwrap_or_else(|rejected| panic!("{rejected}"));
    let flag = args.list().into_iter().find(|flag| flag.name == name);
    flag.unwrap().value.unwrap()
}

fn reason(args: &Flags<Args>, name: &str, value: &str) -> String {
    let rejected = args.set(name, value).unwrap_err().to_string();
    let (_, reason) = rejected.split_once(&format!("`{name}`: ")).unwrap();
    reason.to_owned()
}

#[test]
fn bool_accepts_every_boolish_word_whatever_its_action() {
    for word in ["true", "yes", "on", "1", "y", "t", "TRUE", " on\n"] {
        let args = args();
        for name in ["simulate", "no-color", "strict"] {
            assert_eq!(listed(&args, name, word), "true", "{name}={word}");
        }
        let now = args.load();
        assert!(now.simulate && now.color && now.strict);
    }
    for word in ["false", "no", "off", "0", "n", "f"] {
        let args = args();
        for name in ["simulate", "no-color", "strict"] {
            assert_eq!(listed(&args, name, word), "false", "{name}={word}");
        }
        let now = args.load();
        assert!(!(now.simulate || now.color || now.strict));
    }
    assert_eq!(
        reason(&args(), "simulate", "maybe"),
        "invalid value 'maybe' for '--simulate <SIMULATE>' \
         [possible values: true, false, yes, no, on, off, 1, 0, y, n, t, f]"
    );
}

#[test]
fn count_accepts_a_number() {
    let args = args();
    assert_eq!(listed(&args, "verbose", "3"), "3");
    assert_eq!(args.verbose.get(), 3);
    assert!(reason(&args, "verbose", "256").contains("256 is not in 0..=255"));
}

#[test]
fn range_of_the_parser_is_enforced_with_claps_message() {
    let args = args();
    let typed = Args::try_parse_from(["server", "--zone=a", "--limit=-1"])
        .unwrap_err()
        .to_string();
    let reason = reason(&args, "limit", "-1");
    assert_eq!(
        reason,
        "invalid value '-1' for '--limit <LIMIT>': -1 is not in 0..9223372036854775807"
    );
    assert!(typed.contains(&reason), "{typed}");
    assert_eq!(args.limit.get(), 1337);
}

#[test]
fn invalid_enum_value_lists_the_possible_values() {
    let args = args();
    args.set("level", "debug").unwrap();
    assert_eq!(args.level.get(), Level::Debug);
    assert_eq!(
        reason(&args, "level", "loud"),
        "invalid value 'loud' for '--level <LEVEL>' [possible values: info, debug]"
    );
}

#[test]
fn possible_values_with_white_space_are_quoted_as_clap_quotes_them() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Args {
        #[arg(long, default_value = "fast", value_parser = ["fast", "very slow"])]
        #[flag(dynamic)]
        pace: String,
    }
    let typed = Args::try_parse_from(["server", "--pace=x"]).unwrap_err();
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let rejected = args.set("pace", "x").unwrap_err();
    let values = r#"[possible values: fast, "very slow"]"#;
    assert!(typed.to_string().contains(values));
    assert!(rejected.to_string().contains(values));
}

#[test]
fn list_is_split_at_its_delimiter_or_at_line_breaks() {
    let args = args();
    assert_eq!(listed(&args, "shards", "7,8"), "7,8");
    assert_eq!(args.shards.get(), [7, 8]);
    args.set("shards", "3\n4,5\n\n").unwrap();
    assert_eq!(args.shards.get(), [3, 4, 5]);
    assert_eq!(
        listed(&args, "header", "a: 1, 2\r\n  b: 3\n"),
        "a: 1, 2\nb: 3"
    );
    assert_eq!(args.header.get(), ["a: 1, 2", "b: 3"]);
    assert!(reason(&args, "shards", "3,x").contains("invalid value 'x'"));
}

#[test]
fn list_is_replaced_and_not_appended_to() {
    let args = Args::try_parse_dynamic_from(["server", "--zone=a", "--zone=b"]).unwrap();
    args.set("zone", "c").unwrap();
    assert_eq!(args.zone.get(), ["c"]);
    args.clear("zone").unwrap();
    assert_eq!(args.zone.get(), ["a", "b"]);
}

#[test]
fn empty_text_is_an_empty_list_unless_a_value_is_required() {
    let args = args();
    args.set("shards", "").unwrap();
    assert!(args.shards.load().is_empty());
    assert!(reason(&args, "zone", " \n").contains("a value is required for '--zone <ZONE>'"));
    args.set("maybe-many", "1\n2").unwrap();
    assert_eq!(args.maybe_many.get(), Some(vec![1, 2]));
}

#[test]
fn fixed_number_of_values_is_one_value_per_line() {
    let args = args();
    args.set("span", "1\n2").unwrap();
    assert_eq!(args.span.get(), [1, 2]);
    assert!(reason(&args, "span", "1").contains("a multiple of 2 values required"));
}

#[test]
fn option_is_set_and_falls_back_to_none() {
    let args = args();
    args.set("root", "/srv").unwrap();
    args.set("trace", "3").unwrap();
    assert_eq!(args.root.get(), Some(PathBuf::from("/srv")));
    assert_eq!(args.trace.get(), Some(Some(3)));
    args.clear("root").unwrap();
    args.clear("trace").unwrap();
    assert_eq!((args.root.get(), args.trace.get()), (None, None));
}

#[test]
fn white_space_is_trimmed_unless_trim_is_off() {
    let args = args();
    assert_eq!(listed(&args, "hello", "  hey \n"), "hey");
    assert_eq!(listed(&args, "prompt", " > "), " > ");
}

#[test]
fn value_may_begin_with_dashes_and_contain_an_equals_sign() {
    let args = args();
    for text in [
        "-x",
        "--limit=5",
        "--",
        "a=b",
        "-",
        "$(x) `y` 'z' \"",
        "ünï ☃",
    ] {
        assert_eq!(listed(&args, "hello", text), text);
        assert_eq!(listed(&args, "header", text), text);
    }
    assert_eq!(args.limit.get(), 1337);
}

#[test]
fn relations_between_arguments_apply_to_the_command_line_only() {
    let args = args();
    args.set("related", "set without `root`, beside `strict`")
        .unwrap();
}

#[test]
fn flag_is_found_by_long_name_alias_and_id_with_either_separator() {
    let args = args();
    for name in ["hello", "greeting", "salute", "other"] {
        args.set(name, name).unwrap();
        assert_eq!(args.hello.get(), name);
    }
    args.set("no_color", "off").unwrap();
    args.set("maybe_many", "1").unwrap();
    for name in ["help", "version", "h", "", "Hello", "--hello"] {
        assert!(args.set(name, "x").is_err(), "{name}");
    }
    let rejected = args.set("helo", "x").unwrap_err().to_string();
    assert!(
        rejected.ends_with("`helo`: no flag has this name; did you mean `hello`?"),
        "{rejected}"
    );
}

#[test]
fn panic_in_a_parser_rejects_the_value() {
    let args = args();
    assert!(reason(&args, "even", "panic").contains("panicked"));
    assert_eq!(
        reason(&args, "even", "3"),
        "invalid value '3' for '--even <EVEN>': \"3\" is not even"
    );
    args.set("even", "4").unwrap();
    assert_eq!(args.even.get(), Even(4));
}

#[test]
fn error_quotes_only_the_beginning_of_a_long_value() {
    let rejected = args()
        .set("limit", &"9".repeat(1 << 20))
        .unwrap_err()
        .to_string();
    assert!(rejected.len() < 1_000, "{} bytes", rejected.len());
    assert!(rejected.contains("999…"));
}
