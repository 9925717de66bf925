//! What a read costs, as a ratio to an atomic load in the same round; and under a writer.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark that can't go on ends loudly, and its counts are small"
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

/// How long each row is read while a writer publishes.
const UNDER_WRITER: Duration = Duration::from_secs(2);

/// How many reads are timed together: the clock alone takes as long as many reads.
const BATCH: u64 = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut reads = Reads::new();
    let (table, atomic) = quiet(&reads);
    table.publish("1-reads")?;
    under_writer(&mut reads, atomic).publish("2-reads-under-writer")?;
    Ok(())
}

/// The table, and the nanoseconds of the first row.
fn quiet(reads: &Reads) -> (Table, f64) {
    let mut table = Table::new(
        "Reads",
        "Ratio to the first row in the same round of 100 µs; medians, and where 10 % and 90 % of the \
         rounds lie. With two threads both read the same at the same time; each one's time counts.",
        [
            "read",
            "ns",
            "ratio",
            "spread",
            "target",
            "two threads",
            "spread",
            "target",
        ],
    );
    let alone = measure(&reads.rows, 1, ROUNDS);
    let both = measure(&reads.rows, 2, ROUNDS);
    for ((row, alone), both) in reads.rows.iter().zip(&alone).zip(&both) {
        let (one, two) = (alone.ratios.median(), both.ratios.median());
        table.row([
            row.name.to_owned(),
            number(alone.nanos.median()),
            number(one),
            alone.ratios.spread(),
            verdict(one, row.targets.map(|[target, _]| target)),
            number(two),
            both.ratios.spread(),
            verdict(two, row.targets.map(|[_, target]| target)),
        ]);
    }
    let first = alone.first().map(|first| first.nanos.median());
    (table, first.unwrap_or_default())
}

/// `atomic` is what the first row takes without a writer.
fn under_writer(reads: &mut Reads, atomic: f64) -> Table {
    let mut loops: Vec<(&str, bool, Loop)> = vec![("(the clock alone)", false, Box::new(|_| ()))];
    loops.extend(
        reads
            .rows
            .iter()
            .map(|row| (row.name, row.targets.is_some(), (row.make)())),
    );
    let done = AtomicBool::new(false);
    let mut turns = 0;
    let mut timed: Vec<(&str, bool, Histogram)> = Vec::new();
    let begin = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut next = Instant::now();
            while !done.load(Ordering::Relaxed) {
                turns += 1;
                reads.publish(turns);
                next += Duration::from_millis(1);
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        });
        for (name, ours, mut run) in loops {
            timed.push((name, ours, Histogram::of(&mut run)));
        }
        done.store(true, Ordering::Relaxed);
    });
    let rate = turns as f64 / begin.elapsed().as_secs_f64();
    let clock = timed
        .first()
        .map(|(_, _, clock)| clock.quantile(0.5))
        .unwrap_or_default();
    let mut table = Table::new(
        "Reads while a writer publishes",
        &format!(
            "A writer published {} times a second to all rows (not to hotswap-config and sentry-options, \
             which publish from files only). Nanoseconds a read, of {BATCH} reads timed together, less \
             the clock's own median of {clock} ns for the {BATCH}; so one slow read may show as an eighth of itself. \
             The ratio is the 99.9 % quantile to the {} ns of an atomic load above.",
            number(rate),
            number(atomic),
        ),
        ["read", "p50", "p99", "p99.9", "ratio of p99.9", "target"],
    );
    for (name, ours, times) in &timed {
        let each = |part| (times.quantile(part) - clock).max(0.0) / BATCH as f64;
        let ratio = each(0.999) / atomic;
        table.row([
            (*name).to_owned(),
            number(each(0.5)),
            number(each(0.99)),
            number(each(0.999)),
            number(ratio),
            verdict(ratio, ours.then_some(20.0)),
        ]);
    }
    table
}

/// How many batches took how many nanoseconds.
struct Histogram(Vec<u64>);

impl Histogram {
    fn of(run: &mut Loop) -> Self {
        let mut counts = vec![0; 100_000];
        let begin = Instant::now();
        let mut now = begin;
        while now - begin < UNDER_WRITER {
            run(BATCH);
            let then = std::mem::replace(&mut now, Instant::now());
            let nanos = ((now - then).as_nanos() as usize).min(counts.len() - 1);
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
