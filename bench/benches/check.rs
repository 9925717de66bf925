//! The time of `--config-check`, from the command line to the report.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use clap::Parser;
use dflag::DynamicFlags;
use dflag_bench::many::{Change, Flags1000, Many, payload};
use dflag_bench::stats::{Samples, micros, number};
use dflag_bench::table::{Table, verdict};
use dflag_configmap::{ConfigMapArgs, ParseError};

const CHECKS: u32 = 100;

/// The longest time of a check, in milliseconds.
const TARGET: f64 = 50.0;

#[derive(Clone, Parser, DynamicFlags)]
struct Checked {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[command(flatten)]
    #[flag(flatten)]
    flags: Flags1000,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(
        "Check",
        "`--config-check` of a manifest with a key for each flag, from the command line to the report.",
        ["keys", "ms", "p99", "target"],
    );
    let keys = Flags1000::keys();
    let mut manifest =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: flags}\ndata:\n".to_owned();
    for (key, value) in payload(&keys, Change::All, 7) {
        writeln!(manifest, "  {key}: {value:?}")?;
    }
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), manifest)?;
    let line = [
        "bench".as_ref(),
        "--config-check".as_ref(),
        file.path().as_os_str(),
    ];

    let mut times = Vec::new();
    for _ in 0..CHECKS {
        let start = Instant::now();
        let checked = ConfigMapArgs::try_parse_from_with::<Checked, _, _>(line, |builder| builder);
        times.push(micros(start.elapsed()) / 1_000.0);
        match checked {
            Err(ParseError::Command(output)) if output.exit_code() == 0 => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Err("the command line asks for a check".into()),
        }
    }
    let times = Samples::from_iter(times);
    table.row([
        keys.len().to_string(),
        number(times.median()),
        number(times.quantile(0.99)),
        verdict(times.median(), Some(TARGET)),
    ]);
    table.publish("8-check")?;
    Ok(())
}
