//! What it costs to begin with live flags, beside what clap takes to parse them.

use std::error::Error;

use dflag_bench::many::{Flags30, Flags300, Flags1000, Many};
use dflag_bench::ratio::{Row, looped, measure};
use dflag_bench::stats::number;
use dflag_bench::table::{Table, verdict};

const ROUNDS: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(
        "Start-up",
        "`parse_dynamic` beside `parse` of the same command line in the same round; medians, and where \
         10 % and 90 % of the rounds lie.",
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
    measure_one::<Flags30>(&mut table, 0, Some(1.5));
    measure_one::<Flags30>(&mut table, 10, Some(1.5));
    measure_one::<Flags300>(&mut table, 0, Some(1.5));
    measure_one::<Flags300>(&mut table, 10, Some(1.5));
    measure_one::<Flags1000>(&mut table, 0, None);
    table.publish("4-startup")?;
    Ok(())
}

fn measure_one<A: Many>(table: &mut Table, given: usize, target: Option<f64>) {
    // The numbers among the flags, which are the first and second of each five.
    let keys = A::keys().into_iter().step_by(5).take(given);
    let mut line = vec!["bench".to_owned()];
    line.extend(keys.map(|key| format!("--{key}=7")));
    let (plain, dynamic) = (line.clone(), line);
    let rows = [
        Row {
            slug: "parse",
            name: "parse",
            targets: None,
            make: Box::new(move || {
                let line = plain.clone();
                looped(move || A::try_parse_from(&line))
            }),
        },
        Row {
            slug: "parse_dynamic",
            name: "parse_dynamic",
            targets: None,
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
