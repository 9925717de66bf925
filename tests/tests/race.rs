//! Concurrent changes of two layers: overrides by many threads, and a ConfigMap.
//!
//! The changes are linearizable. Each has its own generation, and applying them one after another in the order of
//! their generations gives the values that callbacks and readers got.

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
    /// Set by the ConfigMap alone, to the value that it sets `both` to.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    configmap: u32,
}

/// `both` and `configmap`, before and after a publish.
type Step = ((u32, u32), (u32, u32));

const THREADS: u32 = 8;
const ROUNDS: u32 = 300;
const UPDATES: u32 = 300;

/// The values of overrides are above this number, those of the ConfigMap below.
const OVERRIDES: u32 = 1000;

#[test]
fn overrides_and_configmap_updates_are_linearizable() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume
        .write(&[("both", b"1"), ("configmap", b"1")])
        .unwrap();
    let args = Args::try_parse_dynamic_from(["race"]).unwrap();
    let updater = Updater::builder(&args, volume.root()).build().unwrap();
    updater.initialize().unwrap();
    updater.start().unwrap();

    let first = args.generation();
    let steps: Arc<Mutex<Vec<Step>>> = Arc::default();
    let generations: Arc<Mutex<Vec<u64>>> = Arc::default();
    let push = Arc::clone(&steps);
    let _values = args.on_change(move |old, new| {
        let pair = |args: &Args| (args.both, args.configmap);
        lock(&push).push((pair(old), pair(new)));
    });
    let push = Arc::clone(&generations);
    let set: Arc<dyn FlagSet> = (&args).into();
    let _generations = set.on_publish(Arc::new(move |published| {
        lock(&push).push(published.generation);
    }));

    // The override, or its removal, by generation.
    let edits = Mutex::new(BTreeMap::new());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let now = args.load();
                assert!(now.configmap >= last, "{} after {last}", now.configmap);
                assert!(now.both == now.configmap || now.both > OVERRIDES, "{now:?}");
                last = now.configmap;
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
                        // Another thread may already have cleared it.
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
            let payload = [("both", value.as_bytes()), ("configmap", value.as_bytes())];
            volume.write(&payload).unwrap();
        }
        for writer in writers {
            writer.join().unwrap();
        }
        wait::until(Duration::from_secs(30), "the last ConfigMap", || {
            let now = args.load();
            (now.both, now.configmap) == (UPDATES, UPDATES)
        });
        done.store(true, Ordering::Relaxed);
    });
    wait::until(Duration::from_secs(30), "the last callback", || {
        lock(&generations).last() == Some(&args.generation())
            && lock(&steps).len() == lock(&generations).len()
    });
    updater.stop().unwrap();

    let (steps, generations, edits) = (lock(&steps), lock(&generations), lock(&edits));
    let every: Vec<u64> = (first + 1..=args.generation()).collect();
    assert_eq!(
        *generations, every,
        "each generation is notified once and in order"
    );
    let (mut overridden, mut now) = (None, (1, 1));
    for (generation, (old, new)) in generations.iter().zip(steps.iter()) {
        assert_eq!(*old, now, "generation {generation} follows another");
        let configmap = if let Some(edit) = edits.get(generation) {
            overridden = *edit;
            now.1
        } else {
            assert!(
                new.1 > now.1,
                "generation {generation} has an older ConfigMap"
            );
            new.1
        };
        now = (overridden.unwrap_or(configmap), configmap);
        assert_eq!(*new, now, "generation {generation}");
    }
    assert_eq!(updater.status().rejected, 0);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
