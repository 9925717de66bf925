//! Flags of all kinds, for tests.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use dflag::value::Bytes;
use dflag::{DynamicFlags, FlagSchema, Flags};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    #[value(alias = "quick")]
    Fast,
    Slow,
    #[value(hide = true)]
    Odd,
}

/// Flags of all kinds.
#[derive(Clone, Debug, PartialEq, Parser, DynamicFlags)]
#[expect(
    clippy::option_option,
    reason = "it is what clap makes of a flag with an optional value"
)]
pub(crate) struct Args {
    /// The database. It has no default.
    #[arg(long)]
    pub(crate) dsn: String,

    /// Port to listen on
    #[arg(long, default_value_t = 8080, env = "DFLAG_SAMPLE_PORT")]
    pub(crate) port: u16,

    /// Requests in flight
    #[arg(
        long,
        default_value_t = 3,
        alias = "max_requests",
        help_heading = "Limits"
    )]
    #[flag(dynamic, validate = dflag::validate::range(1..=64))]
    pub(crate) max_in_flight: u8,

    /// How long a request may take. A text that is longer than a line of a manifest is wrapped between words, so that
    /// people can read it without scrolling.
    #[arg(long, default_value_t = -1, help_heading = "Limits")]
    #[flag(dynamic, unit = "ms")]
    pub(crate) timeout: i64,

    /// Share of requests
    #[arg(long, default_value_t = 0.5)]
    #[flag(dynamic)]
    pub(crate) rollout: f64,

    /// Share of samples
    #[arg(long, default_value_t = 0.1)]
    #[flag(dynamic, validate = dflag::validate::range(0.0..=0.25))]
    pub(crate) sampling: f32,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic, validate = dflag::validate::each(dflag::validate::range(-1.0..)))]
    pub(crate) weights: Vec<f64>,

    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) verbose: bool,

    #[arg(long, default_value = "fast", ignore_case = true)]
    #[flag(dynamic, deprecated = "use verbose")]
    pub(crate) mode: Mode,

    /// Workers; as many as there are cores if it is not set
    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) workers: Option<u32>,

    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) color: Option<Option<String>>,

    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) banner: Option<String>,

    #[arg(long, default_value = "")]
    #[flag(dynamic, trim = false, validate = dflag::validate::max_len(200))]
    pub(crate) raw: String,

    #[arg(long, default_value = "a1", allow_hyphen_values = true)]
    #[flag(dynamic, validate = dflag::validate::matches("^[a-z]+[0-9]?$"), validate = dflag::validate::max_len(9))]
    pub(crate) label: String,

    #[arg(long, default_value = "a,b", value_delimiter = ',')]
    #[flag(dynamic)]
    pub(crate) zones: Vec<String>,

    #[arg(long)]
    #[flag(dynamic, trim = false)]
    pub(crate) lines: Vec<String>,

    #[arg(long, default_value = "80", value_delimiter = ',')]
    #[flag(dynamic)]
    pub(crate) ports: Vec<u16>,

    #[arg(long, value_delimiter = ';')]
    #[flag(dynamic)]
    pub(crate) modes: Vec<Mode>,

    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) switches: Vec<bool>,

    #[arg(long, default_value = "", value_parser = dflag::value::string_set())]
    #[flag(dynamic)]
    pub(crate) blocked: BTreeSet<String>,

    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    #[flag(dynamic)]
    pub(crate) period: Duration,

    #[arg(long, default_value = "{}", value_parser = dflag::value::json::<serde_json::Value>())]
    #[flag(dynamic)]
    pub(crate) policy: serde_json::Value,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    pub(crate) key: Bytes,

    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) keys: Vec<Bytes>,

    /// Token for the upstream
    #[arg(long, default_value = "hunter2")]
    #[flag(dynamic, secret)]
    pub(crate) token: String,

    #[arg(long, action = clap::ArgAction::Count)]
    #[flag(dynamic)]
    pub(crate) level: u8,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    pub(crate) huge: i128,

    /// A name that YAML 1.1 reads as a boolean
    #[arg(long, default_value = "off")]
    #[flag(dynamic)]
    pub(crate) on: String,

    #[arg(long = "größe", default_value = "1")]
    #[flag(dynamic)]
    pub(crate) size: String,
}

/// The flags of a command line without the program's name.
pub(crate) fn describe(line: &[String]) -> Vec<FlagSchema> {
    Flags::<Args>::describe(with_name(line)).unwrap()
}

pub(crate) fn with_name(line: &[String]) -> Vec<String> {
    let name = std::iter::once("server".to_owned());
    name.chain(line.iter().cloned()).collect()
}

/// A flag of the sample, and a text for it.
pub(crate) fn argument() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        any::<String>(),
        "[ \t\r\n]{0,2}[-a\\[\"{#: ,;]{0,4}[ \t\r\n]{0,2}[a,\n;]{0,3}[\n ]{0,3}",
        "\u{feff}?[ \n]?[a-z]{1,4}[0-9]?[ \n]?",
    ];
    let float = any::<f64>().prop_map(|number| number.to_string());
    prop_oneof![
        (
            prop::sample::select(vec![
                "color", "banner", "raw", "label", "zones", "lines", "blocked", "on", "größe",
                "token",
            ]),
            text,
        )
            .prop_map(|(flag, text)| format!("--{flag}={text}")),
        any::<u16>().prop_map(|port| format!("--port={port}")),
        (1..=64).prop_map(|limit| format!("--max-in-flight=+{limit}")),
        any::<i64>().prop_map(|timeout| format!("--timeout={timeout}")),
        any::<i128>().prop_map(|huge| format!("--huge={huge}")),
        any::<u32>().prop_map(|workers| format!("--workers=00{workers}")),
        prop_oneof![float, "(-|[+])?(inf|NaN|infinity|[.]5|5[.]|1e-400)"]
            .prop_map(|rollout| format!("--rollout={rollout}")),
        prop::collection::vec(any::<u8>(), 0..9)
            .prop_map(|key| format!("--key={}", Bytes::from(key))),
        prop::collection::vec(any::<u8>(), 0..3)
            .prop_map(|key| format!("--keys={}", Bytes::from(key))),
        any::<u16>().prop_map(|port| format!("--ports={port},80")),
        any::<u32>().prop_map(|period| format!("--period={period}ms")),
        any::<String>().prop_map(|text| format!("--policy=  {}", serde_json::Value::from(text))),
        (0..=250).prop_map(|share| format!("--sampling=0.{share:03}")),
        any::<u8>().prop_map(|weight| format!("--weights={weight},-0.5")),
        Just("--mode=QUICK".to_owned()),
        Just("--modes=slow;odd".to_owned()),
        Just("--switches=true".to_owned()),
        Just("--verbose".to_owned()),
        Just("--color".to_owned()),
        Just("--level".to_owned()),
    ]
}

/// A command line without the program's name, in which each flag occurs once at most, but for lists and counts.
pub(crate) fn line() -> impl Strategy<Value = Vec<String>> {
    let arguments = prop::collection::vec(argument(), 0..20);
    arguments.prop_map(|arguments| {
        let mut line = vec!["--dsn=db".to_owned()];
        for argument in arguments {
            let name = argument.split('=').next().unwrap().to_owned();
            let is_repeatable = [
                "--zones",
                "--lines",
                "--ports",
                "--keys",
                "--level",
                "--switches",
            ]
            .contains(&&*name);
            if is_repeatable
                || !line
                    .iter()
                    .any(|other| other.split('=').next() == Some(&*name))
            {
                line.push(argument);
            }
        }
        line
    })
}

/// Compares a text with a file, which `UPDATE_EXPECT=1` rewrites.
pub(crate) fn assert_snapshot(path: &std::path::Path, text: &str) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, text).unwrap();
    }
    let snapshot = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        snapshot == text,
        "{} differs from:\n\n{text}\nIf the change is intended, run the test with UPDATE_EXPECT=1 and read the diff.",
        path.display(),
    );
}
