//! Tests of the schema on flags of all kinds, against what the program accepts.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use clap::CommandFactory as _;
use dflag::{DynamicFlags as _, FlagSet, Layer};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::schema;
use crate::commands::sample::{Args, assert_snapshot, describe, with_name};
use crate::options::Options;

fn written(options: &Options, ignored: &[&str]) -> Value {
    let flags = describe(&["--dsn=db".to_owned()]);
    let ignored: Vec<String> = ignored.iter().map(ToString::to_string).collect();
    serde_json::from_str(&schema(&flags, options, &ignored)).unwrap()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).unwrap()
}

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| validator(&written(&Options::default(), &[])));

static FLAGS: LazyLock<Arc<dyn FlagSet>> = LazyLock::new(|| {
    let line = with_name(&["--dsn=db".to_owned()]);
    (&Args::try_parse_dynamic_from(line).unwrap()).into()
});

/// Whether the program accepts a key, the others being absent.
fn accepts(key: &str, text: &str) -> bool {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag").deny_unknown(true);
    layer.file(key, "/etc/dflag/key", text.as_bytes());
    FLAGS.propose(&layer).is_ok()
}

fn is_valid(key: &str, text: &str) -> bool {
    VALIDATOR.is_valid(&json!({ key: text }))
}

#[test]
fn schema_matches_the_snapshot_and_is_one() {
    let flags = describe(&["--dsn=db".to_owned(), "--timeout=7".to_owned()]);
    let json = schema(&flags, &Options::default(), &[]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshot/schema.json");
    assert_snapshot(&path, &json);
    assert!(json.is_ascii() || json.contains("größe"));
    assert!(jsonschema::meta::is_valid(
        &serde_json::from_str(&json).unwrap()
    ));
}

#[test]
fn a_secret_is_not_in_the_schema() {
    let flags = describe(&["--token=hunter3".to_owned()]);
    assert!(!schema(&flags, &Options::default(), &[]).contains("hunter"));
}

#[test]
fn valid_texts_are_valid_however_they_are_written() {
    for (key, texts) in [
        (
            "max-in-flight",
            &[
                "64",
                "+1",
                "007",
                "\u{feff}5\r\n",
                "\u{a0}\u{3000}5\u{2003}",
            ] as &[&str],
        ),
        ("max_requests", &["5"]),
        ("max-requests", &["5"]),
        ("port", &["-0", "65535"]),
        (
            "rollout",
            &["-INF", "nan", "1.", ".5", "1e5", "+Infinity", "5E-3"],
        ),
        (
            "sampling",
            &["0.25", ".1", "-0", "0.2500000001", "25e-2", "1E-9", "+0."],
        ),
        ("weights", &["-1, 5", "1e9,-.5", "[0.5, 100]", "inf", ""]),
        ("verbose", &["YES", "off", "1", "t", " True\n"]),
        ("mode", &["FAST", "Quick", "odd"]),
        ("workers", &["", " \n", "\u{feff}", "5"]),
        ("banner", &["", "[\n", "\u{0}"]),
        ("raw", &["  ", "\u{feff}"]),
        ("label", &["\n abc1 \n"]),
        (
            "ports",
            &[
                "",
                "80",
                "80, 81\n82,,",
                "[80, 81]",
                "- 80\n- 81",
                "-\n- 80",
                ",",
                "+80\r\n081",
                "[\"80\"]",
            ],
        ),
        ("modes", &["fast;slow", "[\"fast\"]", "fast\n;;odd;"]),
        ("switches", &["on\noff", "[true, false]", "- yes"]),
        ("lines", &["- a", "[", ""]),
        (
            "huge",
            &[
                "170141183460469231731687303715884105727",
                "-170141183460469231731687303715884105728",
            ],
        ),
    ] {
        for text in texts {
            assert!(accepts(key, text), "the program rejects {key}: {text:?}");
            assert!(is_valid(key, text), "{key}: {text:?}");
        }
    }
}

#[test]
fn typical_mistakes_are_invalid() {
    for (key, texts) in [
        (
            "max-in-flight",
            &[
                "abc", "", "0", "65", "99999", "-1", "5.0", "5 5", "\"5\"", "5;", "+",
            ] as &[&str],
        ),
        ("max-requests", &["abc"]),
        ("max_in_flight", &["abc"]),
        ("port", &["65536", "http", "-1"]),
        ("timeout", &["5s", "1e3", "99999999999999999999"]),
        ("rollout", &["50%", "0,5", ".", "1e", ""]),
        (
            "sampling",
            &["0.3", "1", "-0.1", "25", "nan", "inf", "0.251"],
        ),
        ("weights", &["-1.5", "1,-2", "-inf", "1 2"]),
        ("verbose", &["ja", "2", ""]),
        ("mode", &["fastest", ""]),
        ("workers", &["none", "-1"]),
        ("label", &["A", "a11", "abcdefghij", "a b"]),
        ("ports", &["http", "80 81", "80,x", "99999", "80;81"]),
        ("modes", &["fast,slow"]),
        ("level", &["256"]),
    ] {
        for text in texts {
            assert!(!accepts(key, text), "the program accepts {key}: {text:?}");
            assert!(!is_valid(key, text), "{key}: {text:?}");
        }
    }
    let long = "x".repeat(201);
    assert!(!accepts("raw", &long) && !is_valid("raw", &long));
    // What is no text, the API server rejects.
    assert!(!VALIDATOR.is_valid(&json!({ "port": 80 })));
}

#[test]
fn expressions_are_those_of_every_reader() {
    fn expressions(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(object) => {
                for (keyword, value) in object {
                    match (&**keyword, value) {
                        ("x-dflag", _) => {}
                        ("pattern", Value::String(pattern)) => found.push(pattern.clone()),
                        ("patternProperties", Value::Object(patterns)) => {
                            found.extend(patterns.keys().cloned());
                        }
                        (_, value) => expressions(value, found),
                    }
                }
            }
            Value::Array(members) => members.iter().for_each(|member| expressions(member, found)),
            _ => {}
        }
    }
    let mut options = Options {
        deny_unknown: true,
        ..Options::default()
    };
    options.keys.prefix = "a.b-".into();
    options.keys.ignored = vec!["x?*".into()];
    let mut found = Vec::new();
    expressions(&written(&options, &["other"]), &mut found);
    assert!(found.len() > 15);
    for expression in found {
        // Of what Rust reads, Go has no `\x{…}` that JavaScript reads, and neither of them `\u`; none has look-around.
        assert!(regex::Regex::new(&expression).is_ok(), "{expression}");
        for foreign in [
            "\\u", "\\x{", "(?=", "(?!", "(?<", "(?i", "\\p", "\\d", "\\w", "\\h", "\\z", "\\A",
        ] {
            assert!(!expression.contains(foreign), "{expression}");
        }
    }
}

#[test]
fn unknown_keys_are_invalid_if_they_are_denied() {
    let mut options = Options {
        deny_unknown: true,
        env_names: true,
        ..Options::default()
    };
    options.keys.prefix = "app.".into();
    options.keys.ignored = vec!["app._*".into(), "app.mo?e".into(), "app.max_in*".into()];
    let validator = validator(&written(&options, &["dry-run"]));
    for (key, is_known) in [
        ("app.port", true),
        ("app.max-in_flight", true),
        ("app.max_requests", true),
        ("app.DFLAG_SAMPLE_PORT", true),
        ("app.dry_run", true),
        ("app._example", true),
        ("app.mode", true),
        (".hidden", true),
        ("port", true),
        ("a", true),
        ("apps", true),
        ("other.port", true),
        ("app.prot", false),
        ("app.max.in-flight", false),
        ("app.DFLAG_SAMPLE_PROT", false),
        ("app.", false),
    ] {
        assert_eq!(validator.is_valid(&json!({ key: "5" })), is_known, "{key}");
    }
    // An ignored key sets no flag, and a key without the prefix is another program's.
    assert!(validator.is_valid(&json!({ "app.mode": "fastest", "port": "http" })));
    assert!(validator.is_valid(&json!({ "app.max_in_flight": "abc" })));
    assert!(!validator.is_valid(&json!({ "app.max-in-flight": "abc" })));
    assert!(!validator.is_valid(&json!({ "app.DFLAG_SAMPLE_PORT": "http" })));
    let lenient = written(&Options::default(), &[]);
    assert!(lenient.get("additionalProperties").is_none());
}

#[test]
fn other_spellings_of_two_flags_are_held_to_neither() {
    #[derive(Clone, clap::Parser, dflag::DynamicFlags)]
    struct Similar {
        #[arg(long = "a-b", default_value_t = 1)]
        one: u8,
        #[arg(long = "a_b", default_value = "")]
        other: String,
    }
    let flags = dflag::Flags::<Similar>::describe(["server"]).unwrap();
    let schema = schema(&flags, &Options::default(), &[]);
    let validator = validator(&serde_json::from_str(&schema).unwrap());
    assert!(validator.is_valid(&json!({ "a-b": "1", "a_b": "x" })));
    assert!(!validator.is_valid(&json!({ "a-b": "x" })));
}

#[test]
fn all_flags_can_be_set_by_a_valid_key() {
    let schema = written(&Options::default(), &[]);
    let properties = schema["properties"].as_object().unwrap();
    let command = Args::command();
    let mut names = command.get_arguments().filter_map(clap::Arg::get_long);
    // No ConfigMap can have a key with an umlaut.
    assert!(names.all(|name| properties.contains_key(name) == (name != "größe")));
}

#[test]
fn a_flag_whose_name_can_not_be_a_key_is_described_by_an_alias() {
    #[derive(Clone, clap::Parser, dflag::DynamicFlags)]
    struct Named {
        #[arg(
            long = "größe",
            alias = "höhe",
            alias = "size",
            id = "g",
            default_value_t = 1
        )]
        one: u8,
        #[arg(long = "länge", id = "ä", default_value_t = 1)]
        other: u8,
    }
    let flags = dflag::Flags::<Named>::describe(["server"]).unwrap();
    let schema = schema(&flags, &Options::default(), &[]);
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    assert_eq!(properties.keys().collect::<Vec<_>>(), ["size"]);
    assert_eq!(properties["size"]["x-dflag"]["name"], "größe");
    assert!(!validator(&schema).is_valid(&json!({ "size": "x" })));
    assert!(!validator(&schema).is_valid(&json!({ "g": "x" })));
}

/// Keys of the sample, in several spellings.
fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "port",
        "max-in-flight",
        "max_in-flight",
        "max-requests",
        "timeout",
        "rollout",
        "sampling",
        "weights",
        "verbose",
        "mode",
        "workers",
        "color",
        "banner",
        "raw",
        "label",
        "zones",
        "lines",
        "ports",
        "modes",
        "switches",
        "blocked",
        "period",
        "policy",
        "key",
        "keys",
        "token",
        "level",
        "huge",
        "on",
        "größe",
    ])
}

/// Texts that may be valid for some flag.
fn text() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "",
        "0",
        "1",
        "5",
        "64",
        "65",
        "255",
        "256",
        "65535",
        "65536",
        "9223372036854775808",
        "abc",
        "a1",
        "true",
        "no",
        "Y",
        "OFF",
        "inf",
        "Infinity",
        "nan",
        "1e9",
        ".5",
        "5.",
        "0.25",
        "0.1",
        "-1.",
        "fast",
        "QUICK",
        "Odd",
        "slow",
        "5s",
        "{}",
        "\"a\"",
        "[",
        "]",
        "[]",
        "[1, 2]",
        "[\"1\",\"fast\"]",
        "[true]",
        "- 1",
        "- fast",
        "-",
        "- ",
        "+",
        "=",
        "AP8=",
    ]);
    let between = prop::sample::select(vec![
        "", "", "", ",", ";", "\n", " ", "\r\n", "\t", "\u{feff}", "\u{a0}", "\u{85}", "\u{2028}",
        "\u{3000}", "\u{b}", "+", "-", "0", "\r",
    ]);
    let parts = prop::collection::vec((between.clone(), part), 0..4);
    (parts, between.clone(), between).prop_map(|(parts, end, last)| {
        let parts: String = parts
            .into_iter()
            .map(|(between, part)| between.to_owned() + part)
            .collect();
        parts + end + last
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn accepted_texts_are_valid(key in key(), text in prop_oneof![9 => text(), 1 => any::<String>()]) {
        if accepts(key, &text) {
            prop_assert!(is_valid(key, &text), "{}: {:?}", key, text);
        }
    }
}
