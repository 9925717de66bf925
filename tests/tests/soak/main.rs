//! An updater and random changes of the file system.
//!
//! kubelet updates volumes and dies during some updates, users edit plain files, links get new targets, directories
//! are deleted, exchanged and created again, and unrelated files appear. Whenever the changes pause, the flags become
//! equal to the directory, or the status names what is wrong with it. A pair of keys that is only written together
//! never has values of two generations.
//!
//! `DFLAG_SOAK_SECONDS` sets the duration (5), `DFLAG_SOAK_STEPS` the maximum number of changes (100,000), and
//! `DFLAG_SOAK_SEED` repeats a run: each run prints its seed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails loudly"
)]

mod expect;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_configmap::Updater;
use dflag_tests::wait;

use expect::Expected;
use world::World;

/// `left` and `right` are only written together.
#[derive(Clone, Debug, PartialEq, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    left: u32,
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    right: u32,
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,
    #[arg(long, default_value = "none")]
    #[flag(dynamic)]
    text: String,
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    overridden: u32,
}

/// The maximum time until the flags equal the directory.
const TIMEOUT: Duration = Duration::from_secs(60);

fn from_environment(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().unwrap())
}

#[test]
fn at_every_pause_the_flags_equal_the_directory() {
    let seed = from_environment("DFLAG_SOAK_SEED", fastrand::u64(..));
    let max_steps = from_environment("DFLAG_SOAK_STEPS", 100_000);
    let end = Instant::now() + Duration::from_secs(from_environment("DFLAG_SOAK_SECONDS", 5));
    println!("DFLAG_SOAK_SEED={seed}");

    let mut world = World::new(seed);
    let args = Args::try_parse_dynamic_from(["soak"]).unwrap();
    let updater = Updater::builder(&args, world.config())
        .optional(true)
        .rescan_every(Duration::from_millis(100))
        .settle(Duration::from_millis(5))
        .build()
        .unwrap();
    let torn = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&torn);
    let _sub = args.on_change(move |_, now| {
        count.fetch_add(u64::from(now.left != now.right), Ordering::SeqCst);
    });
    updater.start().unwrap();

    let (mut steps, mut pauses, mut failures) = (0_u64, 0_u64, 0_u64);
    while steps < max_steps && Instant::now() < end {
        for _ in 0..world.rng.u32(1..80) {
            step(&mut world, &args, &updater);
            steps += 1;
        }
        let expected = Expected::of(&world.config());
        let wait = || {
            wait::until(TIMEOUT, "the expected flags", || {
                expected.holds(&args, &updater)
            });
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(wait)) {
            println!("seed {seed}, step {steps}: expected {expected:?}");
            println!("actual: {:?}, {:?}", args.load_full(), updater.status());
            println!("last steps: {:#?}", world.last);
            resume_unwind(panic);
        }
        pauses += 1;
        failures += u64::from(matches!(expected, Expected::Failure { .. }));
    }
    assert_eq!(torn.load(Ordering::SeqCst), 0, "torn pairs");
    println!("{steps} steps, {pauses} pauses, {failures} of them with an error");
}

/// Makes one random change.
fn step(world: &mut World, args: &Flags<Args>, updater: &Updater) {
    match world.rng.u32(..1000) {
        0..2 => {
            updater.stop().unwrap();
            updater.start().unwrap();
        }
        2..6 => {
            args.set("overridden", "7").unwrap();
        }
        6..10 => {
            args.clear("overridden").unwrap();
        }
        _ => world.step(),
    }
}
