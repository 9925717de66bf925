//! The table of texts: what they mean to the original and here.

use serde_json::{Value, json};

/// A text, and what it means. `None` is a rejection.
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) text: &'static str,
    pub(crate) original: Option<Value>,
    pub(crate) ours: Option<Value>,
}

/// Texts that mean the same to both.
fn same(kind: &'static str, rows: impl IntoIterator<Item = (&'static str, Value)>) -> Vec<Row> {
    let rows = rows.into_iter().map(|(text, value)| Row {
        kind,
        text,
        original: Some(value.clone()),
        ours: Some(value),
    });
    rows.collect()
}

/// Texts that both reject.
fn rejected(kind: &'static str, texts: &[&'static str]) -> Vec<Row> {
    let rows = texts.iter().map(|text| Row {
        kind,
        text,
        original: None,
        ours: None,
    });
    rows.collect()
}

/// Texts that the original reads in another way, or not at all, or that are rejected here.
fn differs<const N: usize>(
    kind: &'static str,
    rows: [(&'static str, Option<Value>, Option<Value>); N],
) -> Vec<Row> {
    let rows = rows.into_iter().map(|(text, original, ours)| {
        assert_ne!(original, ours, "{kind} {text:?} means the same to both");
        Row {
            kind,
            text,
            original,
            ours,
        }
    });
    rows.collect()
}

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3_600 * SECOND;

pub(crate) fn table() -> Vec<Row> {
    let some = |value| Some(value);
    [booleans(), numbers(), durations(), texts(), lists()]
        .into_iter()
        .flatten()
        .chain(differs(
            "json",
            [
                // serde distinguishes the case of names, and rejects a field that occurs twice.
                (
                    r#"{"RATE":5}"#,
                    some(json!({"policy": "", "rate": 5})),
                    some(json!({"policy": "", "rate": 0})),
                ),
                (
                    r#"{"rate":5,"rate":6}"#,
                    some(json!({"policy": "", "rate": 6})),
                    None,
                ),
                // Only an `Option` can be null.
                ("null", some(json!({"policy": "", "rate": 0})), None),
                (
                    r#"{"rate":null}"#,
                    some(json!({"policy": "", "rate": 0})),
                    None,
                ),
            ],
        ))
        .chain(same(
            "json",
            [
                (
                    r#"{"policy":"allow","rate":5}"#,
                    json!({"policy": "allow", "rate": 5}),
                ),
                ("\n { \"rate\" : 5 }\r\n", json!({"policy": "", "rate": 5})),
                ("{}", json!({"policy": "", "rate": 0})),
                (
                    r#"{"unknown":1,"rate":5}"#,
                    json!({"policy": "", "rate": 5}),
                ),
            ],
        ))
        .chain(rejected(
            "json",
            &[
                "",
                "x",
                "{",
                "{} {}",
                "5",
                r#"{"rate":"5"}"#,
                r#"{"rate":5,}"#,
                r#"{"rate":1.5}"#,
            ],
        ))
        .chain(same(
            "bytes",
            [
                ("AP8=", json!([0, 255])),
                ("", json!([])),
                (" AP8=\n", json!([0, 255])),
            ],
        ))
        .chain(rejected("bytes", &["AP8", "?", "AP8=="]))
        // Go's decoder skips line breaks.
        .chain(differs("bytes", [("AP\n8=", some(json!([0, 255])), None)]))
        .collect()
}

fn booleans() -> Vec<Row> {
    let mut rows = Vec::new();
    for text in ["1", "t", "T", "true", "TRUE", "True", " true\n", "true\r\n"] {
        rows.extend(same("bool", [(text, json!(true))]));
    }
    for text in ["0", "f", "F", "false", "FALSE", "False", "\tfalse "] {
        rows.extend(same("bool", [(text, json!(false))]));
    }
    // What people write in YAML, and other letters.
    for (text, value) in [
        ("yes", true),
        ("on", true),
        ("Y", true),
        ("tRue", true),
        ("no", false),
        ("off", false),
        ("n", false),
    ] {
        rows.extend(differs("bool", [(text, None, Some(json!(value)))]));
    }
    rows.extend(rejected(
        "bool",
        &["", " ", "2", "tru", "enabled", "-1", "truefalse"],
    ));
    rows
}

fn numbers() -> Vec<Row> {
    let mut rows = same(
        "int64",
        [
            ("5", json!(5)),
            ("-5", json!(-5)),
            ("+5", json!(5)),
            ("0", json!(0)),
            ("-0", json!(0)),
            (" 5\n", json!(5)),
            ("5\r\n", json!(5)),
            ("\u{a0}5", json!(5)),
            ("9223372036854775807", json!(i64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
        ],
    );
    rows.extend(rejected(
        "int64",
        &[
            "",
            "x",
            "5x",
            "5.0",
            "1e3",
            "9223372036854775808",
            "5 6",
            "1,000",
            "--5",
            "0x",
            "1__0",
            "٥",
        ],
    ));
    rows.extend(differs(
        "int64",
        [
            // Integers are decimal here, as clap reads them on the command line.
            ("0x10", Some(json!(16)), None),
            ("0b11", Some(json!(3)), None),
            ("0o17", Some(json!(15)), None),
            ("1_000", Some(json!(1000)), None),
            ("010", Some(json!(8)), Some(json!(10))),
            ("08", None, Some(json!(8))),
            // A byte-order mark is no part of a value.
            ("\u{feff}5", None, Some(json!(5))),
        ],
    ));
    rows.extend(same(
        "float64",
        [
            ("0.5", json!(0.5)),
            (".5", json!(0.5)),
            ("5.", json!(5.0)),
            ("5", json!(5.0)),
            ("-0.25", json!(-0.25)),
            ("+1e3", json!(1000.0)),
            ("1E-2", json!(0.01)),
            (" 0.5\n", json!(0.5)),
            ("1e-400", json!(0.0)),
            ("inf", json!("inf")),
            ("+Inf", json!("inf")),
            ("-infinity", json!("-inf")),
            ("NaN", json!("NaN")),
        ],
    ));
    rows.extend(rejected(
        "float64",
        &["", "x", "0,5", "1e", "50%", "0.5.1", "0x10"],
    ));
    rows.extend(differs(
        "float64",
        [
            ("1_000.5", Some(json!(1000.5)), None),
            ("0x1p-2", Some(json!(0.25)), None),
            ("0x_1p4", Some(json!(16.0)), None),
            // The nearest value is infinite, as in Rust.
            ("1e400", None, Some(json!("inf"))),
        ],
    ));
    rows
}

fn durations() -> Vec<Row> {
    let mut rows = same(
        "duration",
        [
            ("0", json!(0)),
            ("5s", json!(5 * SECOND)),
            ("250ms", json!(250_000_000)),
            ("7us", json!(7_000)),
            ("7ns", json!(7)),
            ("7µs", json!(7_000)),
            ("1.5h", json!(5_400 * SECOND)),
            ("1m", json!(60 * SECOND)),
            ("1h30m", json!(HOUR + 1_800 * SECOND)),
            ("1h 30m", json!(HOUR + 1_800 * SECOND)),
            ("1d3h", json!(27 * HOUR)),
            ("2w", json!(14 * 24 * HOUR)),
            (" 5s\n", json!(5 * SECOND)),
        ],
    );
    rows.extend(rejected(
        "duration",
        &["x", "5", "s", "5S", "5M", "1h-5m", "5 s5"],
    ));
    rows.extend(differs(
        "duration",
        [
            // A `Duration` of Rust is never negative.
            ("-5s", Some(json!(-5_000_000_000_i64)), None),
            ("-0", Some(json!(0)), None),
            // An empty text is no duration.
            ("", Some(json!(0)), None),
            ("5 s", None, Some(json!(5 * SECOND))),
            ("1day", None, Some(json!(24 * HOUR))),
            ("5min", None, Some(json!(300 * SECOND))),
            ("2 hours", None, Some(json!(2 * HOUR))),
        ],
    ));
    rows
}

fn texts() -> Vec<Row> {
    let mut rows = same(
        "string",
        [
            ("hello", json!("hello")),
            (" hello \n", json!("hello")),
            ("", json!("")),
            (" \r\n\t", json!("")),
            ("two\nlines", json!("two\nlines")),
            ("two\r\nlines", json!("two\r\nlines")),
            ("'a'", json!("'a'")),
            ("\"a\"", json!("\"a\"")),
            ("--flag", json!("--flag")),
            ("a\u{a0}", json!("a")),
            ("ä", json!("ä")),
            ("\u{2003}a", json!("a")),
        ],
    );
    rows.extend(differs(
        "string",
        [(
            "\u{feff}hello",
            Some(json!("\u{feff}hello")),
            Some(json!("hello")),
        )],
    ));
    rows
}

fn lists() -> Vec<Row> {
    let mut rows = Vec::new();
    for kind in ["slice", "set"] {
        rows.extend(same(
            kind,
            [
                ("a", json!(["a"])),
                ("a,b", json!(["a", "b"])),
                (" a,b\n", json!(["a", "b"])),
                ("two words", json!(["two words"])),
            ],
        ));
        rows.extend(differs(
            kind,
            [
                // White space around members, empty members and a trailing comma are how templates write lists.
                (
                    "a, b",
                    Some(if kind == "set" {
                        json!([" b", "a"])
                    } else {
                        json!(["a", " b"])
                    }),
                    Some(json!(["a", "b"])),
                ),
                (
                    "a,",
                    Some(if kind == "set" {
                        json!(["", "a"])
                    } else {
                        json!(["a", ""])
                    }),
                    Some(json!(["a"])),
                ),
                ("", Some(json!([""])), Some(json!([]))),
                ("a\nb", Some(json!(["a\nb"])), Some(json!(["a", "b"]))),
                // A JSON array has the members as they are.
                (
                    r#"["a","b c"]"#,
                    Some(if kind == "set" {
                        json!(["\"b c\"]", "[\"a\""])
                    } else {
                        json!(["[\"a\"", "\"b c\"]"])
                    }),
                    Some(json!(["a", "b c"])),
                ),
            ],
        ));
    }
    rows.extend(same("slice", [("b,a,b", json!(["b", "a", "b"]))]));
    rows.extend(same("set", [("b,a,b", json!(["a", "b"]))]));
    rows
}
