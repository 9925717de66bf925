//! `Flags::describe`: what is known of flags and their texts before a command line is complete.

#![cfg(all(feature = "regex", feature = "json", feature = "bytes"))]
#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeSet;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand, ValueEnum};
use dflag::{DynamicFlags, FlagKind, FlagSchema, Flags, MASK, Origin, ValueType};

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Mode {
    #[value(alias = "quick")]
    Fast,
    #[value(hide = true)]
    Odd,
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    /// The database.
    #[arg(long)]
    dsn: String,

    #[arg(long, required = true)]
    zones: Vec<String>,

    #[arg(long)]
    #[flag(dynamic)]
    verbose: bool,

    #[arg(long, default_value_t = 3)]
    #[flag(dynamic, validate = dflag::validate::range(..=64))]
    limit: i8,

    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    #[flag(dynamic)]
    workers: Option<u16>,

    #[arg(long, default_value_t = 0.5)]
    rollout: f64,

    #[arg(long, default_value = "fast", ignore_case = true)]
    #[flag(dynamic)]
    mode: Mode,

    #[arg(long, default_value = "a", value_parser = |text: &str| Ok::<_, String>(text.to_owned()))]
    own: String,

    #[arg(long, default_value = "a,b", value_delimiter = ',')]
    #[flag(dynamic, validate = dflag::validate::each(dflag::validate::matches("^[a-z]$")))]
    letters: Vec<String>,

    #[arg(long, num_args = 2)]
    pairs: Vec<String>,

    #[arg(long, default_value = "a", value_parser = ["a", "b"])]
    letter: String,

    #[arg(long, value_parser = dflag::value::string_set(), default_value = "")]
    #[flag(dynamic)]
    set: BTreeSet<String>,

    #[arg(long, default_value = "{}", value_parser = dflag::value::json::<serde_json::Value>())]
    #[flag(dynamic)]
    json: serde_json::Value,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret, validate = dflag::validate::matches("^hunter"), trim = false)]
    token: String,

    #[command(subcommand)]
    #[flag(subcommand)]
    command: Run,
}

#[derive(Clone, Debug, Subcommand, DynamicFlags)]
enum Run {
    #[flag(subcommand)]
    Serve(Serve),
    #[flag(subcommand)]
    Migrate(Migrate),
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Serve {
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Migrate {
    #[arg(long)]
    dry: bool,
}

fn describe(line: &[&str]) -> Vec<FlagSchema> {
    Flags::<Args>::describe(line).unwrap()
}

fn find<'a>(flags: &'a [FlagSchema], name: &str) -> &'a FlagSchema {
    flags.iter().find(|flag| flag.info.name == name).unwrap()
}

#[test]
fn required_flags_and_subcommands_may_be_missing() {
    let flags = describe(&["server", "--limit=7"]);
    let dsn = find(&flags, "dsn");
    assert!(dsn.required);
    assert_eq!((&dsn.info.value, &*dsn.info.help), (&None, "The database"));
    let limit = find(&flags, "limit");
    assert_eq!(limit.info.value.as_deref(), Some("7"));
    assert_eq!(limit.info.origin, Origin::CommandLine);
    assert_eq!(limit.info.kind, FlagKind::Dynamic);
    assert!(!limit.required && limit.info.changed);
    assert!(flags.iter().all(|flag| flag.info.name != "port"));
}

#[test]
fn flags_of_the_chosen_subcommand_are_described() {
    let flags = describe(&["server", "serve", "--port=80"]);
    let port = find(&flags, "port");
    assert_eq!(port.info.value.as_deref(), Some("80"));
    assert!(flags.iter().all(|flag| flag.info.name != "dry"));
}

#[test]
fn other_mistakes_are_errors() {
    let error = Flags::<Args>::describe(["server", "--limit=many"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ValueValidation);
    let error = Flags::<Args>::describe(["server", "--help"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DisplayHelp);
}

#[test]
fn value_types_follow_the_parsers() {
    let flags = describe(&["server"]);
    let value_type = |name| find(&flags, name).value_type.clone();
    assert_eq!(value_type("dsn"), ValueType::Text);
    let ValueType::Boolean { words } = value_type("verbose") else {
        panic!("{:?}", value_type("verbose"));
    };
    assert!(words.iter().any(|word| word == "off"), "{words:?}");
    assert_eq!(
        value_type("limit"),
        ValueType::Integer { min: -128, max: 64 }
    );
    assert_eq!(
        value_type("workers"),
        ValueType::Integer { min: 1, max: 64 }
    );
    assert_eq!(value_type("rollout"), ValueType::Float { single: false });
    let values = ["fast", "quick", "odd"].map(str::to_owned).to_vec();
    assert_eq!(
        value_type("mode"),
        ValueType::Choice {
            values,
            ignore_case: true
        }
    );
    assert_eq!(
        value_type("letter"),
        ValueType::Choice {
            values: ["a", "b"].map(str::to_owned).to_vec(),
            ignore_case: false
        }
    );
    assert_eq!(value_type("own"), ValueType::Other);
    assert_eq!(value_type("letters"), ValueType::Text);
    assert_eq!(value_type("json"), ValueType::Json);
    assert!(find(&flags, "workers").optional && !find(&flags, "limit").optional);
}

#[test]
fn lists_have_a_form_and_patterns_are_those_of_members() {
    let flags = describe(&["server"]);
    let letters = find(&flags, "letters");
    let form = letters.list.as_ref().unwrap();
    assert_eq!((form.delimiter, form.min, form.max), (Some(','), 0, None));
    assert_eq!(letters.patterns, ["^[a-z]$"]);
    assert!(form.skips_empty && !form.distinct);
    let set = find(&flags, "set").list.as_ref().unwrap();
    assert_eq!(set.delimiter, Some(','));
    assert!(set.skips_empty && set.distinct);
    // In groups, an empty member has a position.
    assert!(!find(&flags, "pairs").list.as_ref().unwrap().skips_empty);
    assert_eq!(find(&flags, "zones").list.as_ref().unwrap().min, 1);
    assert_eq!(find(&flags, "dsn").list, None);
}

#[test]
fn a_secrets_value_and_patterns_are_not_described() {
    let flags = describe(&["server", "--token=hunter2"]);
    let token = find(&flags, "token");
    assert_eq!(token.info.value.as_deref(), Some(MASK));
    assert!(token.patterns.is_empty() && !token.trim);
    assert!(!format!("{flags:?}").contains("hunter2"));
}

#[test]
fn bounds_of_a_secret_are_described() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Secrets {
        #[arg(long, default_value_t = 4711)]
        #[flag(secret, validate = dflag::validate::range(1000..))]
        pin: u16,
        #[arg(long, default_value = "12345678")]
        #[flag(secret, validate = dflag::validate::min_len(8))]
        token: String,
    }
    let flags = Flags::<Secrets>::describe(["server"]).unwrap();
    let pin = find(&flags, "pin");
    assert_eq!(
        pin.value_type,
        ValueType::Integer {
            min: 1000,
            max: 65535
        }
    );
    assert_eq!(pin.info.min.as_deref(), Some("1000"));
    assert_eq!(find(&flags, "token").info.min_len, Some(8));
    // Values stay masked.
    assert!(
        flags
            .iter()
            .all(|flag| flag.info.value.as_deref() == Some(MASK))
    );
    assert!(
        flags
            .iter()
            .all(|flag| flag.info.default.as_deref() == Some(MASK))
    );
}

#[test]
fn a_value_that_no_source_can_give_does_not_read_back() {
    let reads_back = |line: &[&str], name| {
        let line = [&["server"], line].concat();
        find(&describe(&line), name).reads_back
    };
    assert!(reads_back(&["--dsn=db"], "dsn"));
    assert!(reads_back(&[], "letters"));
    assert!(reads_back(&[], "rollout"));
    assert!(reads_back(&["--rollout=nan"], "rollout"));
    assert!(reads_back(&["--verbose"], "verbose"));
    assert!(reads_back(&["--zones= a,b", "--zones="], "zones"));
    // Without a value, with white space that would be trimmed, and a secret.
    assert!(!reads_back(&[], "dsn"));
    assert!(!reads_back(&[], "workers"));
    assert!(!reads_back(&["--dsn= db"], "dsn"));
    assert!(!reads_back(&["--token=hunter2"], "token"));
}
