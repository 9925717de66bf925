//! The program of these tests, and how they ask it for a check.

use std::path::Path;

use clap::Parser;
use dflag::DynamicFlags;
use dflag::value::Bytes;
use dflag_configmap::commands::Output;
use dflag_configmap::{Builder, ConfigMapArgs, ParseError};

/// Flags of each kind.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
pub struct Args {
    #[command(flatten)]
    #[flag(flatten)]
    pub config: ConfigMapArgs,

    #[arg(long, default_value_t = 8080)]
    pub port: u16,

    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    pub rollout: f64,

    #[arg(long, default_value = "info", env = "LOG_LEVEL", value_parser = ["error", "warn", "info", "debug", "trace"])]
    #[flag(dynamic)]
    pub log_level: String,

    #[arg(long, default_value_t = 100)]
    #[flag(dynamic)]
    pub max_connections: u32,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    pub message: String,

    #[arg(long, default_value = "")]
    #[flag(dynamic, trim = false)]
    pub banner: String,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    pub regions: Vec<String>,

    #[arg(long)]
    #[flag(dynamic)]
    pub timeout: Option<u64>,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    pub icon: Bytes,

    #[arg(long, default_value = "00000000")]
    #[flag(dynamic, secret, validate = dflag::validate::min_len(6))]
    pub token: String,
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        if self.rollout > 0.0 && self.max_connections == 0 {
            return Err("a rollout needs connections");
        }
        Ok(())
    }
}

/// The output of `--config-check` for a program and a manifest or directory.
pub fn check<A>(input: &Path, line: &[&str]) -> Output
where
    A: DynamicFlags + clap::CommandFactory,
{
    check_with::<A>(input, line, |builder| builder)
}

/// The same with options of the updater.
pub fn check_with<A>(
    input: &Path,
    line: &[&str],
    options: impl FnOnce(Builder<()>) -> Builder<()>,
) -> Output
where
    A: DynamicFlags + clap::CommandFactory,
{
    let mut all = vec!["server".into(), "--config-check".into(), input.into()];
    all.extend(line.iter().map(std::ffi::OsString::from));
    match ConfigMapArgs::try_parse_from_with::<A, _, _>(all, options) {
        Err(ParseError::Command(output)) => *output,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the line asks for a command"),
    }
}

/// The output for the text of a manifest.
pub fn check_text(manifest: &str, line: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cm.yaml");
    std::fs::write(&path, manifest).unwrap();
    check::<Args>(&path, line)
}

/// The report in JSON.
pub fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&output.text()).unwrap()
}

/// The text of a report without the folder of its file.
pub fn text(manifest: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cm.yaml");
    std::fs::write(&path, manifest).unwrap();
    let text = check::<Args>(&path, &[]).text();
    text.replace(&format!("{}/", dir.path().display()), "")
}
