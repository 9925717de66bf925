//! Ratios of rows that are measured alternately.
//!
//! In each round, every row runs for about 100 µs, less than the scheduler's time slice. So other load on the
//! machine spoils some rounds, and not the medians.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::stats::Samples;

/// Performs the operation of a row a number of times.
pub type Loop = Box<dyn FnMut(u64)>;

/// One row of a table.
pub struct Row {
    /// The row's name in scripts.
    pub slug: &'static str,
    /// The row's name in tables.
    pub name: &'static str,
    /// Makes a loop on the thread that runs it.
    pub make: Box<dyn Fn() -> Loop + Send + Sync>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row")
            .field("slug", &self.slug)
            .finish_non_exhaustive()
    }
}

/// The results of a row, with one sample for each round and thread.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Nanoseconds of one operation.
    pub nanos: Samples,
    /// Ratios to the first row in the same round on the same thread.
    pub ratios: Samples,
}

/// Makes a loop of `once`, with a result that the compiler cannot optimize away.
pub fn looped<R: 'static>(mut once: impl FnMut() -> R + 'static) -> Loop {
    Box::new(move |times| {
        for _ in 0..times {
            std::hint::black_box(once());
        }
    })
}

/// How long a row runs in each round.
const ROUND: Duration = Duration::from_micros(100);

/// Measures the rows on a number of threads, which all run the same row at the same time.
///
/// # Panics
/// If a row panics.
pub fn measure(rows: &[Row], threads: usize, rounds: usize) -> Vec<Measured> {
    let times: Vec<u64> = rows.iter().map(times_per_round).collect();
    let arrived = AtomicUsize::new(0);
    let one_thread = || {
        let mut loops: Vec<Loop> = rows.iter().map(|row| (row.make)()).collect();
        let mut samples = vec![Vec::with_capacity(rounds); rows.len()];
        let mut expected = 0;
        for _ in 0..rounds {
            for ((run, times), samples) in loops.iter_mut().zip(&times).zip(&mut samples) {
                expected += threads;
                arrived.fetch_add(1, Ordering::AcqRel);
                while arrived.load(Ordering::Acquire) < expected {
                    std::hint::spin_loop();
                }
                let start = Instant::now();
                run(*times);
                samples.push(start.elapsed().as_nanos() as f64 / *times as f64);
            }
        }
        samples
    };
    let all: Vec<Vec<Vec<f64>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one_thread)).collect();
        let threads = threads.into_iter();
        threads
            .map(|thread| thread.join().expect("a row panicked"))
            .collect()
    });
    let measured = |row: usize| Measured {
        nanos: all
            .iter()
            .flat_map(|samples| samples[row].iter().copied())
            .collect(),
        ratios: all
            .iter()
            .flat_map(|samples| samples[row].iter().zip(&samples[0]))
            .map(|(nanos, first)| nanos / first)
            .collect(),
    };
    (0..rows.len()).map(measured).collect()
}

/// How often a row's operation fits in a round.
fn times_per_round(row: &Row) -> u64 {
    let mut run = (row.make)();
    let mut times = 1;
    loop {
        let start = Instant::now();
        run(times);
        let elapsed = start.elapsed();
        if elapsed * 2 > ROUND {
            let fitting = times as f64 * ROUND.as_secs_f64() / elapsed.as_secs_f64();
            return (fitting as u64).max(1);
        }
        times *= 2;
    }
}
