//! The soak: an updater in a world where everything happens, at random.
//!
//! kubelet swaps and dies half-way, people edit plain files, links are re-pointed, directories are
//! deleted, exchanged and made again, garbage lies about. At each quiet moment the flags equal the
//! directory, or the status says what is wrong with it; and at no moment at all is one of a pair of keys
//! from one generation and the other from another.
//!
//! `DFLAG_SOAK_SECONDS` lets it run longer than a few seconds, up to `DFLAG_SOAK_STEPS` (100,000) steps;
//! `DFLAG_SOAK_SEED` repeats one that failed: the seed is printed.

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

/// What the directory sets. `left` and `right` are only ever written as a pair.
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

/// Nothing takes longer to come right, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn from_environment(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |text| text.parse().unwrap())
}

#[test]
fn at_every_quiet_moment_the_flags_equal_the_directory() {
    let seed = from_environment("DFLAG_SOAK_SEED", fastrand::u64(..));
    let most_steps = from_environment("DFLAG_SOAK_STEPS", 100_000);
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

    let (mut steps, mut moments, mut wrong_moments) = (0_u64, 0_u64, 0_u64);
    while steps < most_steps && Instant::now() < end {
        for _ in 0..world.rng.u32(1..80) {
            step(&mut world, &args, &updater);
            steps += 1;
        }
        let expected = Expected::of(&world.config());
        let agree = || wait::until(PATIENCE, "agreement", || expected.holds(&args, &updater));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(agree)) {
            println!("seed {seed}, step {steps}: expected {expected:?}");
            println!("found {:?}, {:?}", args.load_full(), updater.status());
            println!("last steps: {:#?}", world.last);
            resume_unwind(panic);
        }
        moments += 1;
        wrong_moments += u64::from(matches!(expected, Expected::Wrong { .. }));
    }
    assert_eq!(torn.load(Ordering::SeqCst), 0, "torn pairs");
    println!("{steps} steps, {moments} quiet moments, {wrong_moments} of them with an error");
}

/// One thing happens.
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
