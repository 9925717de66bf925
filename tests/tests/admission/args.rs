//! A program with flags of every type.

use std::collections::BTreeSet;

use clap::{CommandFactory as _, Parser, ValueEnum};
use dflag::validate::{each, matches, max_len, min_len, range, some};
use dflag::{DynamicFlags, FlagSchema, Flags};
use dflag_configmap::{Builder, Updater};

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Mode {
    #[value(alias = "quick")]
    Fast,
    Slow,
    #[value(hide = true)]
    Task,
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
pub(crate) struct Args {
    #[arg(long, default_value_t = 1)]
    pub(crate) small: u8,
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64), alias = "old-max-items")]
    #[flag(dynamic)]
    pub(crate) max_items: u16,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = range(1..))]
    pub(crate) big: u64,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    pub(crate) signed: i64,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = range(-170_000_000_000_000_000_000_000_000_000..=5))]
    pub(crate) huge: i128,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    pub(crate) size: usize,
    #[arg(long)]
    #[flag(dynamic, validate = some(range(-3..100)))]
    pub(crate) maybe: Option<i32>,
    #[arg(long, action = clap::ArgAction::Count)]
    #[flag(dynamic)]
    pub(crate) count: u8,
    #[arg(long, default_value_t = 2, allow_hyphen_values = true)]
    #[flag(dynamic, trim = false)]
    pub(crate) exact: i16,

    #[arg(long, default_value_t = 0.5)]
    #[flag(dynamic, validate = range(0.0..=1.0))]
    pub(crate) rollout: f64,
    #[arg(long, default_value_t = 0.05)]
    #[flag(dynamic, validate = range(0.0..=0.1))]
    pub(crate) single: f32,
    #[arg(long, default_value_t = 0.5)]
    #[flag(dynamic)]
    pub(crate) any: f64,
    #[arg(long)]
    #[flag(dynamic, validate = some(range(0.5..)))]
    pub(crate) maybe_ratio: Option<f64>,

    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) verbose: bool,
    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) maybe_verbose: Option<bool>,
    #[arg(long, default_value = "fast", value_enum)]
    #[flag(dynamic)]
    pub(crate) mode: Mode,
    #[arg(long, ignore_case = true, value_enum)]
    #[flag(dynamic)]
    pub(crate) any_case: Option<Mode>,
    #[arg(long, default_value = "a", value_parser = ["a", "b"])]
    #[flag(dynamic)]
    pub(crate) letter: String,

    #[arg(long, default_value = "abc", env = "ADMISSION_TEST_NAME")]
    #[flag(dynamic, validate = min_len(2), validate = max_len(5))]
    pub(crate) short_name_text: String,
    #[arg(long)]
    #[flag(dynamic, validate = some(min_len(2)))]
    pub(crate) maybe_name: Option<String>,
    #[arg(long, default_value = "a-b")]
    #[flag(dynamic, validate = matches("^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$"))]
    pub(crate) slug: String,
    #[arg(long, default_value = "1 a")]
    #[flag(dynamic, validate = matches(r"^\d+\s\w+\b"), validate = matches(r"^\P{Greek}*$"))]
    pub(crate) digits: String,
    #[arg(long, default_value = "on")]
    #[flag(dynamic, validate = matches("(?i)^(on|off|ask)$"))]
    pub(crate) switch: String,
    #[arg(long, default_value = "x")]
    #[flag(dynamic, trim = false, validate = max_len(3))]
    pub(crate) raw: String,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, secret, validate = range(1..9))]
    pub(crate) pin: u16,

    #[arg(long, value_delimiter = ',', default_value = "1")]
    #[flag(dynamic, validate = each(range(1..=9)), validate = max_len(3))]
    pub(crate) numbers: Vec<u8>,
    #[arg(long, default_value = "1", allow_hyphen_values = true)]
    #[flag(dynamic, validate = min_len(1))]
    pub(crate) lines: Vec<i64>,
    #[arg(long, value_delimiter = ';', value_enum, ignore_case = true)]
    #[flag(dynamic)]
    pub(crate) modes: Vec<Mode>,
    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic, validate = some(min_len(1)), validate = some(each(range(0.0..=1.0))))]
    pub(crate) ratios: Option<Vec<f64>>,
    #[arg(long, num_args = 2, value_delimiter = ',', default_values = ["1", "2"])]
    #[flag(dynamic)]
    pub(crate) groups: Vec<u8>,
    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic, validate = each(matches("^[a-z]+$")))]
    pub(crate) words: Vec<String>,
    #[arg(long, value_delimiter = ',', required = true)]
    #[flag(dynamic)]
    pub(crate) switches: Vec<bool>,
    #[arg(long, default_value = "", value_parser = dflag::value::string_set())]
    #[flag(dynamic, validate = max_len(2))]
    pub(crate) set: BTreeSet<String>,
    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic, trim = false)]
    pub(crate) exact_list: Vec<u8>,

    #[arg(long, default_value = "{}", value_parser = dflag::value::json::<serde_json::Value>())]
    #[flag(dynamic)]
    pub(crate) json: serde_json::Value,
    #[arg(long, default_value = "AA==")]
    #[flag(dynamic)]
    pub(crate) bytes: dflag::value::Bytes,
    #[arg(long, default_value = "1s", value_parser = dflag::value::duration())]
    #[flag(dynamic)]
    pub(crate) timeout: std::time::Duration,
}

const LINE: [&str; 2] = ["server", "--switches=true"];

pub(crate) fn flags() -> Flags<Args> {
    Args::try_parse_dynamic_from(LINE).unwrap()
}

pub(crate) fn schema() -> Vec<FlagSchema> {
    Flags::<Args>::describe(LINE).unwrap()
}

/// The policy of the ConfigMap `default/flags`.
pub(crate) fn policy(options: impl FnOnce(Builder) -> Builder) -> String {
    let builder = options(Updater::builder(&flags(), "/etc/dflag"));
    builder
        .admission_policy(&schema(), &Args::command(), "default", "flags")
        .unwrap()
}
