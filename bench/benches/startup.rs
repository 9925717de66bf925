//! The cost of starting with dynamic flags, compared with clap's parser alone.

use std::error::Error;

use dflag_bench::many::{Flags30, Flags300, Flags1000, Many};
use dflag_bench::ratio::{Row, looped, measure};
use dflag_bench::stats::number;
use dflag_bench::table::{Table, verdict};

const ROUNDS: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(
        "Start-up",
        "`parse_dynamic` and `parse` of the same command line in the same round. Medians, and the 10 % and 90 % \
         quantiles of the rounds.",
        [
            "flags",
            "on the command line",
            "parse µs",
            "parse_dynamic µs",
            "ratio",
            "spread",
            "target",
        ],
    );
    start_up::<Flags30>(&mut table, 0, Some(1.5));
    start_up::<Flags30>(&mut table, 10, Some(1.5));
    start_up::<Flags300>(&mut table, 0, Some(1.5));
    start_up::<Flags300>(&mut table, 10, Some(1.5));
    start_up::<Flags1000>(&mut table, 0, None);
    table.publish("4-startup")?;
    Ok(())
}

/// Measures `A` with values for `given` of its flags on the command line.
fn start_up<A: Many>(table: &mut Table, given: usize, target: Option<f64>) {
    // Every fifth flag is an integer.
    let keys = A::keys().into_iter().step_by(5).take(given);
    let mut line = vec!["bench".to_owned()];
    line.extend(keys.map(|key| format!("--{key}=7")));
    let (plain, dynamic) = (line.clone(), line);
    let rows = [
        Row {
            slug: "parse",
            name: "parse",
            make: Box::new(move || {
                let line = plain.clone();
                looped(move || A::try_parse_from(&line))
            }),
        },
        Row {
            slug: "parse_dynamic",
            name: "parse_dynamic",
            make: Box::new(move || {
                let line = dynamic.clone();
                looped(move || A::try_parse_dynamic_from(&line))
            }),
        },
    ];
    if let [parse, dynamic] = measure(&rows, 1, ROUNDS).as_slice() {
        let ratio = dynamic.ratios.median();
        table.row([
            A::count().to_string(),
            given.to_string(),
            number(parse.nanos.median() / 1_000.0),
            number(dynamic.nanos.median() / 1_000.0),
            number(ratio),
            dynamic.ratios.spread(),
            verdict(ratio, target),
        ]);
    }
}
