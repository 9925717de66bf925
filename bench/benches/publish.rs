//! The cost of publishing a layer, from its texts to the new snapshot.

#![allow(clippy::cast_precision_loss, reason = "what is counted here is small")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use dflag::FlagSet;
use dflag_bench::many::{Change, Flags30, Flags100, Flags300, Flags1000, Many, layer, payload};
use dflag_bench::stats::{Samples, number};
use dflag_bench::table::Table;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("criterion");
    let mut criterion = Criterion::default()
        .configure_from_args()
        .output_directory(&out)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let mut table = Table::new(
        "Publish",
        "One `propose` of a layer that sets all flags, which are in flattened groups of 50: each changed text is \
         parsed and checked, and the candidate is built and published. Or one edit, with such a layer below; or a \
         layer with keys that are no flags. Medians, and the 10 % and 90 % quantiles of criterion's samples.",
        ["flags", "changed", "µs", "spread", "ns per flag"],
    );
    for change in [Change::All, Change::One] {
        propose::<Flags30>(&mut criterion, &out, &mut table, change)?;
        propose::<Flags100>(&mut criterion, &out, &mut table, change)?;
        propose::<Flags300>(&mut criterion, &out, &mut table, change)?;
        propose::<Flags1000>(&mut criterion, &out, &mut table, change)?;
    }
    edit::<Flags30>(&mut criterion, &out, &mut table)?;
    edit::<Flags300>(&mut criterion, &out, &mut table)?;
    edit::<Flags1000>(&mut criterion, &out, &mut table)?;
    unknown_keys::<Flags300>(&mut criterion, &out, &mut table, 4_700)?;
    criterion.final_summary();
    table.publish("3-publish")?;
    Ok(())
}

fn propose<A: Many>(
    criterion: &mut Criterion,
    out: &Path,
    table: &mut Table,
    change: Change,
) -> Result<(), Box<dyn Error>> {
    let flags = A::try_parse_dynamic_from(["bench"])?;
    let set: Arc<dyn FlagSet> = (&flags).into();
    let keys = A::keys();
    let [mut next, mut other] = [1, 2].map(|number| layer(&payload(&keys, change, number)));
    // A flag's parser is made when a source first sets it, which belongs to the start-up.
    set.propose(&other)?;
    let expected = if change == Change::All { keys.len() } else { 1 };
    let changed = set.propose(&next)?.changed.len();
    if changed != expected {
        return Err(format!("{changed} of {} flags changed, not {expected}", keys.len()).into());
    }

    row(criterion, out, table, change.name(), keys.len(), || {
        std::mem::swap(&mut next, &mut other);
        set.propose(&next)
    })
}

/// An override of one flag, with a layer below that sets all flags.
fn edit<A: Many>(
    criterion: &mut Criterion,
    out: &Path,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let flags = A::try_parse_dynamic_from(["bench"])?;
    let set: Arc<dyn FlagSet> = (&flags).into();
    let keys = A::keys();
    let name = keys.first().ok_or("no flag")?;
    set.propose(&layer(&payload(&keys, Change::One, 1)))?;
    let mut values = ["2", "3"].iter().cycle();
    row(criterion, out, table, "one, by an edit", keys.len(), || {
        let value = values.next().copied().unwrap_or_default();
        flags.set(name, value)
    })
}

/// One changed flag, in a layer with a number of keys that are no flags.
fn unknown_keys<A: Many>(
    criterion: &mut Criterion,
    out: &Path,
    table: &mut Table,
    unknown: usize,
) -> Result<(), Box<dyn Error>> {
    let flags = A::try_parse_dynamic_from(["bench"])?;
    let set: Arc<dyn FlagSet> = (&flags).into();
    let keys = A::keys();
    let [mut next, mut other] = [1, 2].map(|number| {
        let mut entries = payload(&keys, Change::One, number);
        entries.extend((0..unknown).map(|at| (format!("unknown_{at}"), "text".to_owned())));
        layer(&entries)
    });
    let reported = set.propose(&other)?.unknown.len();
    if reported != unknown {
        return Err(format!("{reported} unknown keys, not {unknown}").into());
    }
    let changed = format!("one, beside {unknown} unknown keys");
    row(criterion, out, table, &changed, keys.len(), || {
        std::mem::swap(&mut next, &mut other);
        set.propose(&next)
    })
}

/// Measures `publish` and adds a row to the table.
fn row<T>(
    criterion: &mut Criterion,
    out: &Path,
    table: &mut Table,
    changed: &str,
    flags: usize,
    mut publish: impl FnMut() -> T,
) -> Result<(), Box<dyn Error>> {
    let slug = changed.replace([',', ' '], "_");
    let mut group = criterion.benchmark_group("publish");
    group.throughput(Throughput::Elements(flags as u64));
    group.bench_function(BenchmarkId::new(&slug, flags), |bencher| {
        bencher.iter(&mut publish);
    });
    group.finish();

    let nanos = nanos(&out.join("publish").join(slug).join(flags.to_string()))?;
    table.row([
        flags.to_string(),
        changed.to_owned(),
        number(nanos.median() / 1_000.0),
        format!(
            "{}–{}",
            number(nanos.quantile(0.1) / 1_000.0),
            number(nanos.quantile(0.9) / 1_000.0)
        ),
        number(nanos.median() / flags as f64),
    ]);
    Ok(())
}

/// The samples of criterion's last run.
fn nanos(directory: &Path) -> Result<Samples, Box<dyn Error>> {
    let file = fs::read(directory.join("new").join("sample.json"))?;
    let sample: serde_json::Value = serde_json::from_slice(&file)?;
    let numbers = |key: &str| {
        let numbers = sample.get(key).and_then(|numbers| numbers.as_array());
        let numbers = numbers.into_iter().flatten();
        numbers
            .filter_map(serde_json::Value::as_f64)
            .collect::<Vec<_>>()
    };
    let times = numbers("times");
    Ok(times
        .iter()
        .zip(numbers("iters"))
        .map(|(time, iters)| time / iters)
        .collect())
}
