//! What tasks that wait for a change cost the publisher.

#![allow(clippy::expect_used, reason = "a benchmark fails loudly")]

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_bench::stats::{Samples, number};
use dflag_bench::table::{Table, verdict};
use tokio::runtime::Builder;
use tokio::sync::watch;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    /// The flag that is set.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    limit: u64,

    /// A flag that is not.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    other: u64,
}

const TASKS: usize = 10_000;
const ROUNDS: u64 = 200;
/// The target for a change with so many tasks, in milliseconds.
const TARGET: f64 = 5.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = Table::new(
        "Waiting",
        "One `set` of a flag while 10,000 tasks of a runtime on another thread wait for it, or for another flag, and one \
         `send` to as many receivers of a `tokio::sync::watch`. The rows take turns. Medians, and the 10 % and 90 % \
         quantiles; the ratio is to the `watch` in the same round.",
        ["waiting", "µs", "spread", "ratio", "target, ms"],
    );
    let args = |woken: &Arc<AtomicUsize>, tasks, of: fn(&Flags<Args>) -> dflag::Changes<u64>| {
        let args = Args::try_parse_dynamic_from(["bench"]);
        let args = args.expect("the arguments are valid");
        let waits = args.clone();
        run(tasks, woken, move |woken| {
            let mut changes = of(&waits);
            async move {
                while changes.changed().await.is_some() {
                    woken.fetch_add(1, Ordering::Release);
                }
            }
        });
        args
    };
    let [none, other, all, watched] = [(); 4].map(|()| Arc::new(AtomicUsize::new(0)));
    let without = args(&none, 0, |args| args.limit.changes());
    let elsewhere = args(&other, TASKS, |args| args.other.changes());
    let here = args(&all, TASKS, |args| args.limit.changes());
    let (sender, receiver) = watch::channel(0);
    run(TASKS, &watched, move |woken| {
        let mut receiver = receiver.clone();
        async move {
            while receiver.changed().await.is_ok() {
                woken.fetch_add(1, Ordering::Release);
            }
        }
    });

    let set = |args: &Flags<Args>, round: u64| {
        let text = round.to_string();
        timed(|| drop(args.set("limit", &text)))
    };
    let mut rows = [(); 4].map(|()| (Vec::new(), Vec::new()));
    for round in 1..=ROUNDS {
        let send = timed(|| sender.send(round).expect("there are receivers"));
        awake(&watched, round);
        let times = [
            send,
            set(&without, round),
            set(&elsewhere, round),
            set(&here, round),
        ];
        awake(&all, round);
        for ((micros, ratios), time) in rows.iter_mut().zip(times) {
            micros.push(time);
            ratios.push(time / send);
        }
    }
    let names = [
        "10,000, `tokio::sync::watch`",
        "none",
        "10,000, for another flag",
        "10,000",
    ];
    for (name, (micros, ratios)) in names.iter().zip(rows) {
        let (micros, ratios): (Samples, Samples) =
            (micros.into_iter().collect(), ratios.into_iter().collect());
        let is_ours = name.starts_with("10,000") && !name.contains("tokio");
        let verdict = if is_ours {
            verdict(micros.median() / 1_000.0, Some(TARGET))
        } else {
            String::new()
        };
        table.row([
            (*name).to_owned(),
            number(micros.median()),
            format!(
                "{}–{}",
                number(micros.quantile(0.1)),
                number(micros.quantile(0.9))
            ),
            number(ratios.median()),
            verdict,
        ]);
    }
    table.publish("3-waiting")?;
    Ok(())
}

/// Runs tasks on a thread of their own until the program ends, and returns when all wait.
fn run<F>(
    tasks: usize,
    woken: &Arc<AtomicUsize>,
    task: impl Fn(Arc<AtomicUsize>) -> F + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let woken = Arc::clone(woken);
    let (ready, all_ready) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().build();
        runtime.expect("a runtime").block_on(async move {
            let tasks: Vec<_> = (0..tasks)
                .map(|_| tokio::spawn(task(Arc::clone(&woken))))
                .collect();
            tokio::task::yield_now().await;
            ready.send(()).ok();
            for task in tasks {
                task.await.ok();
            }
        });
    });
    all_ready.recv().expect("the tasks start");
    settle();
}

/// Waits until every task was woken by each of the rounds and waits again.
fn awake(woken: &AtomicUsize, rounds: u64) {
    let expected = TASKS * usize::try_from(rounds).unwrap_or(usize::MAX);
    while woken.load(Ordering::Acquire) < expected {
        thread::yield_now();
    }
    settle();
}

/// The last task that was woken is about to wait again.
fn settle() {
    thread::sleep(Duration::from_millis(5));
}

fn timed(code: impl FnOnce()) -> f64 {
    let start = Instant::now();
    code();
    start.elapsed().as_secs_f64() * 1e6
}
