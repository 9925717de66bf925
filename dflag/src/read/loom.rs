//! Publishing and reading under loom: invalidate → mark → store → refresh.
//!
//! The contract: a thread that has observed a publish, in any way, never reads an older value again.

use std::cell::Cell;
use std::sync::Arc;

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use crate::read::mirror::Mirror;
use crate::read::snapshot::Snapshot;
use crate::read::store::Store;
use crate::sync::in_every_order;

/// One flag: the store, and the mirror beside it.
struct Flag {
    mirror: Mirror,
    store: Store,
}

fn snapshot(value: u64) -> Snapshot {
    Snapshot::new(value, Arc::new(()), Vec::new())
}

impl Flag {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            mirror: Mirror::of(&1_u64),
            store: Store::new(snapshot(1)),
        })
    }

    /// Publishes as the core does.
    fn publish(&self, value: u64) {
        self.mirror.invalidate();
        self.store.publish(Arc::new(snapshot(value)));
        self.mirror.refresh(&value);
    }

    /// Reads as `Dynamic::load` does: from the cached snapshot while it is the newest.
    fn load(&self, cached: &Cell<Option<Arc<Snapshot>>>) -> u64 {
        let known = cached.take().filter(|known| !known.superseded.is_set());
        let newest = known.unwrap_or_else(|| self.store.load());
        let value = newest.generation;
        cached.set(Some(newest));
        value
    }

    /// Reads as `Dynamic::get` does.
    fn get(&self) -> u64 {
        self.mirror
            .get()
            .unwrap_or_else(|| self.store.load().generation)
    }
}

#[test]
fn no_read_method_returns_an_older_value_than_an_earlier_read() {
    in_every_order(|| {
        let flag = Flag::new();
        let writer = Arc::clone(&flag);
        let publishes = thread::spawn(move || (2..=3).for_each(|value| writer.publish(value)));
        let (cached, mut last) = (Cell::new(Some(flag.store.load())), 0);
        let ways: [&dyn Fn() -> u64; 5] = [
            &|| flag.load(&cached),
            &|| flag.get(),
            &|| flag.load(&cached),
            &|| flag.store.load().generation,
            &|| flag.get(),
        ];
        for way in ways {
            let now = way();
            assert!(now >= last, "{now} after {last}");
            last = now;
        }
        publishes.join().unwrap();
        assert_eq!((flag.get(), flag.store.load().generation), (3, 3));
    });
}

#[test]
fn publish_observed_by_one_thread_is_visible_to_the_next() {
    in_every_order(|| {
        let (flag, message) = (Flag::new(), Arc::new(AtomicU64::new(0)));
        let writer = Arc::clone(&flag);
        let publishes = thread::spawn(move || writer.publish(2));
        let (first, send) = (Arc::clone(&flag), Arc::clone(&message));
        let reads =
            thread::spawn(move || send.store(first.store.load().generation, Ordering::Release));
        let received = message.load(Ordering::Acquire);
        let now = flag.get();
        assert!(now >= received, "{now} after {received}");
        publishes.join().unwrap();
        reads.join().unwrap();
    });
}

#[test]
fn cached_snapshot_is_superseded_once_a_newer_one_was_observed() {
    in_every_order(|| {
        let flag = Flag::new();
        let cached = flag.store.load();
        let writer = Arc::clone(&flag);
        let publishes = thread::spawn(move || (2..=3).for_each(|value| writer.publish(value)));
        let newest = flag.get().max(flag.store.load().generation);
        if !cached.superseded.is_set() {
            assert_eq!(newest, cached.generation);
        }
        publishes.join().unwrap();
        assert!(cached.superseded.is_set());
        assert!(!flag.store.load().superseded.is_set());
    });
}
