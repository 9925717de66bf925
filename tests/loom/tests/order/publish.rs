//! Publishing: stale → mark → snapshot → fresh, as `Core::make_visible` has it.
//!
//! The contract: who has seen a publish, in whichever way, never again reads what was before it.

use std::cell::Cell;
use std::sync::Arc;

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use crate::in_every_order;
use crate::scalar::Mirror;
use crate::snapshot::Snapshot;
use crate::store::Store;

/// One flag: the store, and the mirror beside it.
struct Flag {
    mirror: Mirror,
    store: Store,
}

impl Flag {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            mirror: Mirror::of(&1_u64),
            store: Store::new(Snapshot::new(1)),
        })
    }

    /// As `Core::make_visible` does it.
    fn publish(&self, value: u64) {
        self.mirror.go_stale();
        self.store.publish(Arc::new(Snapshot::new(value)));
        self.mirror.refresh(&value);
    }

    /// As `Dynamic::load` reads: what the thread holds, while that is the newest.
    fn load(&self, held: &Cell<Option<Arc<Snapshot>>>) -> u64 {
        let known = held.take().filter(|known| !known.superseded.is_set());
        let newest = known.unwrap_or_else(|| self.store.load());
        let value = newest.value;
        held.set(Some(newest));
        value
    }

    /// As `Dynamic::get` reads.
    fn get(&self) -> u64 {
        self.mirror.get().unwrap_or_else(|| self.store.load().value)
    }
}

#[test]
fn a_thread_never_reads_backwards_by_whichever_way() {
    in_every_order(Some(3), || {
        let flag = Flag::new();
        let writer = Arc::clone(&flag);
        let publishes = thread::spawn(move || (2..=3).for_each(|value| writer.publish(value)));
        let (held, mut seen) = (Cell::new(Some(flag.store.load())), 0);
        let ways: [&dyn Fn() -> u64; 5] = [
            &|| flag.load(&held),
            &|| flag.get(),
            &|| flag.load(&held),
            &|| flag.store.load().value,
            &|| flag.get(),
        ];
        for way in ways {
            let now = way();
            assert!(now >= seen, "{now} after {seen}");
            seen = now;
        }
        publishes.join().unwrap();
        assert_eq!((flag.get(), flag.store.load().value), (3, 3));
    });
}

#[test]
fn what_one_thread_has_seen_the_next_one_sees_too() {
    in_every_order(Some(3), || {
        let (flag, told) = (Flag::new(), Arc::new(AtomicU64::new(0)));
        let writer = Arc::clone(&flag);
        let publishes = thread::spawn(move || writer.publish(2));
        let (first, tell) = (Arc::clone(&flag), Arc::clone(&told));
        let reads = thread::spawn(move || tell.store(first.store.load().value, Ordering::Release));
        let told = told.load(Ordering::Acquire);
        let now = flag.get();
        assert!(now >= told, "{now} after {told}");
        publishes.join().unwrap();
        reads.join().unwrap();
    });
}

/// A thread holds a snapshot, and takes it for the newest while it has no mark.
#[test]
fn a_held_snapshot_is_not_the_newest_for_who_has_seen_a_newer_one() {
    in_every_order(Some(3), || {
        let flag = Flag::new();
        let held = flag.store.load();
        let writer = Arc::clone(&flag);
        let publishes = thread::spawn(move || (2..=3).for_each(|value| writer.publish(value)));
        let seen = flag.get().max(flag.store.load().value);
        if !held.superseded.is_set() {
            assert_eq!(seen, held.value);
        }
        publishes.join().unwrap();
        assert!(held.superseded.is_set());
        assert!(!flag.store.load().superseded.is_set());
    });
}
