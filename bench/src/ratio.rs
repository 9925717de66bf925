//! Ratios: rows that are measured in turns, each beside the first.
//!
//! A turn of a row lasts some 100 µs, less than the scheduler's slice, so a neighbour spoils some
//! turns and not the medians.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::stats::Samples;

/// Does what a row is about as often as it is told.
pub type Loop = Box<dyn FnMut(u64)>;

/// One row of a table.
pub struct Row {
    /// The row's name for machines.
    pub slug: &'static str,
    /// The row's name.
    pub name: &'static str,
    /// What its ratio may be at most: on one thread, and on each of two.
    pub targets: Option<[f64; 2]>,
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

/// What a row took, from one sample a round and thread.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Nanoseconds each time.
    pub nanos: Samples,
    /// The same, divided by what the first row took in the same round on the same thread.
    pub ratios: Samples,
}

/// Makes a loop of `once`, whose result nobody may optimize away.
pub fn looped<R: 'static>(mut once: impl FnMut() -> R + 'static) -> Loop {
    Box::new(move |times| {
        for _ in 0..times {
            std::hint::black_box(once());
        }
    })
}

/// How long a turn lasts.
const TURN: Duration = Duration::from_micros(100);

/// Measures the rows on so many threads at once, all doing the same at the same time.
///
/// # Panics
/// If a row does.
pub fn measure(rows: &[Row], threads: usize, rounds: usize) -> Vec<Taken> {
    let times: Vec<u64> = rows.iter().map(times_in_a_turn).collect();
    let arrived = AtomicUsize::new(0);
    let one = || {
        let mut loops: Vec<Loop> = rows.iter().map(|row| (row.make)()).collect();
        let mut samples = vec![Vec::with_capacity(rounds); rows.len()];
        let mut meetings = 0;
        for _ in 0..rounds {
            for ((run, times), samples) in loops.iter_mut().zip(&times).zip(&mut samples) {
                meetings += threads;
                arrived.fetch_add(1, Ordering::AcqRel);
                while arrived.load(Ordering::Acquire) < meetings {
                    std::hint::spin_loop();
                }
                let begin = Instant::now();
                run(*times);
                samples.push(begin.elapsed().as_nanos() as f64 / *times as f64);
            }
        }
        samples
    };
    let all: Vec<Vec<Vec<f64>>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a row panicked"))
            .collect()
    });
    let taken = |row: usize| Taken {
        nanos: all
            .iter()
            .flat_map(|samples| samples[row].iter().copied())
            .collect(),
        ratios: all
            .iter()
            .flat_map(|samples| {
                samples[row]
                    .iter()
                    .zip(&samples[0])
                    .map(|(one, first)| one / first)
            })
            .collect(),
    };
    (0..rows.len()).map(taken).collect()
}

fn times_in_a_turn(row: &Row) -> u64 {
    let mut run = (row.make)();
    let mut times = 1;
    loop {
        let begin = Instant::now();
        run(times);
        let took = begin.elapsed();
        if took * 2 > TURN {
            let fitting = times as f64 * TURN.as_secs_f64() / took.as_secs_f64();
            return (fitting as u64).max(1);
        }
        times *= 2;
    }
}
