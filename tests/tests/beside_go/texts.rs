//! Whether each text means what the table says.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Flags, Layer, value};
use serde_json::{Value, json};

use crate::original;
use crate::text_table::{Row, table};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long = "bool")]
    #[flag(dynamic)]
    switch: bool,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    int64: i64,

    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic)]
    float64: f64,

    #[arg(long, default_value = "1m", value_parser = value::duration())]
    #[flag(dynamic)]
    duration: Duration,

    #[arg(long, default_value = "default")]
    #[flag(dynamic)]
    string: String,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    slice: Vec<String>,

    #[arg(long, default_value = "", value_parser = value::string_set())]
    #[flag(dynamic)]
    set: BTreeSet<String>,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    bytes: value::Bytes,

    #[arg(long, default_value = "{}", value_parser = value::json::<Policy>())]
    #[flag(dynamic)]
    json: Policy,
}

/// `default` makes a missing field its zero value, as in Go.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default)]
struct Policy {
    policy: String,
    rate: u32,
}

/// The value of the flag `kind` that a text sets, as the original's program says it. `None` if it is rejected.
fn value_here(kind: &str, text: &str) -> Option<Value> {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    if kind == "bytes" {
        // Of a file both take the bytes as they are. Base64 is for the command line and for operators.
        args.set(kind, text).ok()?;
    } else {
        let mut layer = Layer::new("ConfigMap", "/etc/dflag");
        layer.file(kind, "file", text.as_bytes());
        args.propose(&layer).ok()?;
    }
    Some(value_of(&args, kind))
}

fn value_of(args: &Flags<Args>, kind: &str) -> Value {
    let now = args.load();
    match kind {
        "bool" => json!(now.switch),
        "int64" => json!(now.int64),
        "float64" if now.float64.is_finite() => json!(now.float64),
        "float64" => json!(now.float64.to_string()),
        "duration" => json!(u64::try_from(now.duration.as_nanos()).unwrap()),
        "string" => json!(now.string),
        "slice" => json!(now.slice),
        "set" => json!(now.set),
        "bytes" => json!(now.bytes[..]),
        "json" => json!(now.json),
        _ => unreachable!("no such kind: {kind}"),
    }
}

#[test]
fn texts_mean_here_what_the_table_says() {
    let mut wrong = String::new();
    for Row {
        kind, text, ours, ..
    } in table()
    {
        let value = value_here(kind, text);
        if value != ours {
            writeln!(wrong, "{kind} {text:?}: {value:?}, not {ours:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn texts_mean_to_the_original_what_the_table_says() {
    let rows = table();
    let mut input = String::new();
    for Row { kind, text, .. } in &rows {
        writeln!(input, "{}", json!({"kind": kind, "text": text})).unwrap();
    }
    let Some(output) = original::run("texts", &input) else {
        return;
    };
    let mut answers = output.lines();
    let mut wrong = String::new();
    for Row {
        kind,
        text,
        original,
        ..
    } in rows
    {
        let answer: Value = serde_json::from_str(answers.next().unwrap()).unwrap();
        let mut value = answer.get("value").cloned();
        if kind == "float64"
            && let Some(number) = value.as_ref().and_then(Value::as_f64)
        {
            value = Some(json!(number)); // Go writes `5` for 5.0
        }
        if value != original {
            writeln!(wrong, "{kind} {text:?}: {answer}, not {original:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
