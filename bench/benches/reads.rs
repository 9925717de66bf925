//! The cost of a read as a ratio to an atomic load, alone and while a writer publishes.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "its counts are small"
)]

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dflag_bench::ratio::{Loop, measure};
use dflag_bench::reads::Reads;
use dflag_bench::stats::number;
use dflag_bench::table::{Table, verdict};

const ROUNDS: usize = 500;

/// How long each row runs while a writer publishes.
const WITH_WRITER: Duration = Duration::from_secs(2);

/// How many reads are timed together, since reading the clock takes as long as many reads.
const BATCH: u64 = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut reads = Reads::new();
    let (table, atomic) = without_writer(&reads);
    table.publish("1-reads")?;
    with_writer(&mut reads, atomic).publish("2-reads-with-writer")?;
    Ok(())
}

/// The table, and the nanoseconds of an atomic load.
fn without_writer(reads: &Reads) -> (Table, f64) {
    let mut table = Table::new(
        "Reads",
        "The ratio is to the first row in the same round, in which each row runs for 100 µs. Medians, and the 10 % \
         and 90 % quantiles of the rounds. With two threads, both read the same value at the same time, and the \
         time of each thread is a sample.",
        ["read", "ns", "ratio", "spread", "two threads", "spread"],
    );
    let alone = measure(&reads.rows, 1, ROUNDS);
    let both = measure(&reads.rows, 2, ROUNDS);
    for ((row, alone), both) in reads.rows.iter().zip(&alone).zip(&both) {
        table.row([
            row.name.to_owned(),
            number(alone.nanos.median()),
            number(alone.ratios.median()),
            alone.ratios.spread(),
            number(both.ratios.median()),
            both.ratios.spread(),
        ]);
    }
    let first = alone.first().map(|first| first.nanos.median());
    (table, first.unwrap_or_default())
}

/// The table; `atomic` is the nanoseconds of an atomic load without a writer.
fn with_writer(reads: &mut Reads, atomic: f64) -> Table {
    let mut loops: Vec<(&str, bool, Loop)> = vec![("(the clock alone)", false, Box::new(|_| ()))];
    let rows = reads.rows.iter().enumerate();
    loops.extend(rows.map(|(at, row)| (row.name, reads.own.contains(&at), (row.make)())));
    let done = AtomicBool::new(false);
    let mut publishes = 0;
    let mut timed: Vec<(&str, bool, Histogram)> = Vec::new();
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut next = Instant::now();
            while !done.load(Ordering::Relaxed) {
                publishes += 1;
                reads.publish(publishes);
                next += Duration::from_millis(1);
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        });
        for (name, is_own, mut run) in loops {
            timed.push((name, is_own, Histogram::of(&mut run)));
        }
        done.store(true, Ordering::Relaxed);
    });
    let rate = publishes as f64 / start.elapsed().as_secs_f64();
    let clock = timed
        .first()
        .map(|(_, _, clock)| clock.quantile(0.5))
        .unwrap_or_default();
    let mut table = Table::new(
        "Reads while a writer publishes",
        &format!(
            "A writer publishes {} times a second to all rows except hotswap-config and sentry-options, which \
             publish from files only. Nanoseconds per read: {BATCH} reads are timed together, and the clock's own \
             median of {clock} ns is subtracted, so a single slow read counts for an eighth of its time. The ratio \
             is of the 99.9 % quantile to the {} ns of an atomic load above.",
            number(rate),
            number(atomic),
        ),
        ["read", "p50", "p99", "p99.9", "ratio of p99.9", "target"],
    );
    for (name, is_own, times) in &timed {
        let each = |part| (times.quantile(part) - clock).max(0.0) / BATCH as f64;
        let ratio = each(0.999) / atomic;
        table.row([
            (*name).to_owned(),
            number(each(0.5)),
            number(each(0.99)),
            number(each(0.999)),
            number(ratio),
            verdict(ratio, is_own.then_some(20.0)),
        ]);
    }
    table
}

/// The number of batches by their nanoseconds.
struct Histogram(Vec<u64>);

impl Histogram {
    fn of(run: &mut Loop) -> Self {
        let mut counts = vec![0; 100_000];
        let start = Instant::now();
        let mut now = start;
        while now - start < WITH_WRITER {
            run(BATCH);
            let before = std::mem::replace(&mut now, Instant::now());
            let nanos = ((now - before).as_nanos() as usize).min(counts.len() - 1);
            if let Some(count) = counts.get_mut(nanos) {
                *count += 1;
            }
        }
        Self(counts)
    }

    fn quantile(&self, part: f64) -> f64 {
        let below = self.0.iter().sum::<u64>() as f64 * part;
        let mut sum = 0;
        let at = self.0.iter().position(|count| {
            sum += count;
            sum as f64 >= below
        });
        at.unwrap_or_default() as f64
    }
}
