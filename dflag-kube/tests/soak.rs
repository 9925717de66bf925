//! Random faults, one after the other: nothing goes backwards, and when all is well the flags are the object.
//!
//! `DFLAG_SOAK_SECONDS` is how long it takes, 10 if it is not set; `DFLAG_SOAK_SEED` repeats a run.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use dflag_tests::fault_proxy::{Fault, Kind, Stream};
use fastrand::Rng;

use common::World;

/// The longest time from a change of the object to the swap of the mount.
const LAG: Duration = Duration::from_secs(2);

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Makes something go wrong.
fn break_something(world: &World, rng: &mut Rng) -> String {
    let kinds = [Kind::List, Kind::Metadata, Kind::Watch];
    let faults = [
        Fault::Silence,
        Fault::Close,
        Fault::Deaf,
        Fault::Status(410, vec![], ""),
        Fault::Status(
            429,
            vec!["Retry-After: 1"],
            "Too many requests, please try again later.",
        ),
        Fault::Status(503, vec![], ""),
    ];
    match rng.u8(0..8) {
        0..3 => {
            let (kind, fault) = (kinds[rng.usize(0..3)], &faults[rng.usize(0..6)]);
            world.proxy.fail(kind, fault.clone());
            world.proxy.cut(rng.bool());
            format!("{kind:?} {fault:?}")
        }
        3 => {
            world.proxy.fail_all(&faults[rng.usize(0..6)]);
            world.proxy.cut(rng.bool());
            "all".to_owned()
        }
        4 => {
            world.proxy.freeze();
            "frozen".to_owned()
        }
        5 => {
            world.api.compact();
            "compacted".to_owned()
        }
        _ => {
            let streams = [
                Stream::Duplicated,
                Stream::Dropped,
                Stream::Truncated,
                Stream::Broken,
            ];
            let stream = streams[rng.usize(0..4)];
            world.proxy.set_stream(stream);
            format!("{stream:?}")
        }
    }
}

#[test]
fn nothing_goes_backwards_and_what_is_well_converges() {
    let seed = variable("DFLAG_SOAK_SEED").unwrap_or_else(|| fastrand::u64(..));
    let length = Duration::from_secs(variable("DFLAG_SOAK_SECONDS").unwrap_or(10));
    let mut rng = Rng::with_seed(seed);
    let mut world = World::with("2");
    let builder = world
        .builder()
        .mount_lag(LAG)
        .idle_limit(Duration::from_secs(1));
    let updater = world.set_up(builder.check_every(Duration::from_secs(2)));
    let went_backwards = Arc::new(AtomicBool::new(false));
    let of_callback = Arc::clone(&went_backwards);
    let _subscription = world.args.limit.on_change(move |old, new| {
        of_callback.fetch_or(new < old, Ordering::Relaxed);
    });
    let (start, mut limit, mut log) = (Instant::now(), 2, Vec::new());
    // What the object was, and when that began.
    let mut history = vec![(2, Instant::now())];
    let mut mounted = 2;
    while start.elapsed() < length {
        log.push(break_something(&world, &mut rng));
        for _ in 0..rng.usize(1..30) {
            if rng.u8(0..3) == 0 {
                limit += 1;
                world.api.write(&[("limit", &limit.to_string())]);
                history.push((limit, Instant::now()));
                log.push(format!("object {limit}"));
            }
            if rng.u8(0..6) == 0 {
                // kubelet publishes what the object was at some moment in the lag, a little less for the time that this takes.
                let ended = history.windows(2).filter_map(|pair| match pair {
                    [(value, _), (_, end)] => Some((*value, Some(*end))),
                    _ => None,
                });
                let states = ended.chain([(limit, None)]);
                let is_recent =
                    |end: Option<Instant>| end.is_none_or(|end| end.elapsed() < LAG / 2);
                let recent: Vec<u32> = states
                    .filter(|(value, end)| *value >= mounted && is_recent(*end))
                    .map(|(value, _)| value)
                    .collect();
                mounted = recent[rng.usize(0..recent.len())];
                world.mount(&mounted.to_string());
                log.push(format!("mount {mounted}"));
            }
            // The pace of the faults; nothing is waited for.
            thread::sleep(Duration::from_millis(rng.u64(0..60)));
        }
        let is_sound = !went_backwards.load(Ordering::Relaxed);
        assert!(
            is_sound,
            "seed {seed}: the limit went backwards\n{}",
            log.join("\n")
        );
        if rng.bool() {
            world.proxy.heal();
            if rng.bool() {
                log.push("well".to_owned());
                world.wait_for(limit);
            }
        }
    }
    world.proxy.heal();
    world.wait_for(limit);
    assert!(
        !went_backwards.load(Ordering::Relaxed),
        "seed {seed}\n{}",
        log.join("\n")
    );
    drop(updater);
}
