//! Two layers race: overrides from many threads, and a ConfigMap that changes meanwhile.
//!
//! The contract: whatever is seen is one of the serial orders. Each change has a generation of its own,
//! and doing the changes one after the other in the order of their generations gives,
//! step by step, what subscribers were told and what readers saw.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, FlagSet};
use dflag_configmap::Updater;
use dflag_tests::kubelet::Volume;
use dflag_tests::wait;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    /// Set by both layers.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    both: u32,
    /// Set by the ConfigMap, to the same value.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    below: u32,
}

/// `both` and `below`, before and after.
type Step = ((u32, u32), (u32, u32));

const THREADS: u32 = 8;
const ROUNDS: u32 = 300;
const UPDATES: u32 = 300;

/// Overrides are above it, the ConfigMap's values below.
const OVERRIDES: u32 = 1000;

#[test]
fn eight_threads_of_overrides_and_a_configmap_end_in_one_serial_order_at_each_step() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("both", b"1"), ("below", b"1")]).unwrap();
    let args = Args::try_parse_dynamic_from(["race"]).unwrap();
    let updater = Updater::builder(&args, volume.root()).build().unwrap();
    updater.initialize().unwrap();
    updater.start().unwrap();

    let first = args.generation();
    let told: Arc<Mutex<Vec<Step>>> = Arc::default();
    let generations: Arc<Mutex<Vec<u64>>> = Arc::default();
    let push = Arc::clone(&told);
    let _values = args.on_change(move |old, new| {
        let pair = |args: &Args| (args.both, args.below);
        lock(&push).push((pair(old), pair(new)));
    });
    let push = Arc::clone(&generations);
    let set: Arc<dyn FlagSet> = (&args).into();
    let _generations = set.on_publish(Arc::new(move |published| {
        lock(&push).push(published.generation);
    }));

    // By generation, what the override became there.
    let edits = Mutex::new(BTreeMap::new());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut below = 0;
            while !done.load(Ordering::Relaxed) {
                let now = args.load();
                assert!(now.below >= below, "a reader went back to {}", now.below);
                assert!(now.both == now.below || now.both > OVERRIDES, "{now:?}");
                below = now.below;
            }
        });
        let writers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (args, edits) = (&args, &edits);
                scope.spawn(move || {
                    for round in 1..=ROUNDS {
                        let value = OVERRIDES * (thread + 1) + round;
                        let applied = args.set("both", &value.to_string()).unwrap();
                        let twice = lock(edits).insert(applied.generation, Some(value));
                        assert_eq!(twice, None);
                        let applied = args.clear("both").unwrap();
                        // Another thread may have cleared it before.
                        if !applied.changed.is_empty() {
                            let twice = lock(edits).insert(applied.generation, None);
                            assert_eq!(twice, None);
                        }
                    }
                })
            })
            .collect();
        for n in 2..=UPDATES {
            let value = n.to_string();
            let payload = [("both", value.as_bytes()), ("below", value.as_bytes())];
            volume.write(&payload).unwrap();
        }
        for writer in writers {
            writer.join().unwrap();
        }
        wait::until(Duration::from_secs(30), "the ConfigMap's last", || {
            let now = args.load();
            (now.both, now.below) == (UPDATES, UPDATES)
        });
        done.store(true, Ordering::Relaxed);
    });
    wait::until(Duration::from_secs(30), "all that is to be told", || {
        lock(&generations).last() == Some(&args.generation())
            && lock(&told).len() == lock(&generations).len()
    });
    updater.stop().unwrap();

    let (told, generations, edits) = (lock(&told), lock(&generations), lock(&edits));
    let every: Vec<u64> = (first + 1..=args.generation()).collect();
    assert_eq!(
        *generations, every,
        "each generation is told, once and in order"
    );
    let (mut overridden, mut now) = (None, (1, 1));
    for (generation, (old, new)) in generations.iter().zip(told.iter()) {
        assert_eq!(*old, now, "generation {generation} follows the one before");
        let below = if let Some(edit) = edits.get(generation) {
            overridden = *edit;
            now.1
        } else {
            // It is the ConfigMap's.
            assert!(new.1 > now.1, "generation {generation} goes back");
            new.1
        };
        now = (overridden.unwrap_or(below), below);
        assert_eq!(*new, now, "generation {generation}");
    }
    assert_eq!(updater.status().rejected, 0);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
