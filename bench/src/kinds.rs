//! A flag of each kind of type.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Parser;
use dflag::DynamicFlags;

/// A flag of each kind of type.
#[derive(Clone, Debug, Parser, DynamicFlags)]
pub struct Kinds {
    /// An integer.
    #[arg(long, default_value_t = 1337)]
    #[flag(dynamic)]
    pub number: i64,

    /// A switch.
    #[arg(long)]
    #[flag(dynamic)]
    pub switch: bool,

    /// A float.
    #[arg(long, default_value_t = 0.5)]
    #[flag(dynamic)]
    pub fraction: f64,

    /// A character.
    #[arg(long, default_value_t = 'x')]
    #[flag(dynamic)]
    pub letter: char,

    /// A duration.
    #[arg(long, default_value = "250ms", value_parser = dflag::value::duration())]
    #[flag(dynamic)]
    pub time: Duration,

    /// A text.
    #[arg(long, default_value = "somewhat longer than a word")]
    #[flag(dynamic)]
    pub text: String,

    /// A list.
    #[arg(long, value_delimiter = ',', default_value = "a,b,c")]
    #[flag(dynamic)]
    pub list: Vec<String>,

    /// A set.
    #[arg(long, default_value = "a,b,c", value_parser = dflag::value::string_set())]
    #[flag(dynamic)]
    pub set: BTreeSet<String>,

    /// A JSON object.
    #[arg(long, default_value = r#"{"policy":"allow","rate":50}"#, value_parser = dflag::value::json::<Policy>())]
    #[flag(dynamic)]
    pub policy: Policy,
}

/// The type of a flag with a JSON object.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
pub struct Policy {
    /// A text.
    pub policy: String,
    /// A number.
    pub rate: u32,
}
