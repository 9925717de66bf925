//! The cache: each thread remembers the snapshot that it saw last.
//!
//! A read finds it with one shared load and without a write that another thread would notice.
//! In exchange a thread keeps that snapshot alive until it reads again, ends, or
//! [lets go](release_thread) of it.

use std::rc::Rc;

use crate::held::{Held, Slot};
use crate::store::Store;

/// Sets of flags that a thread can remember at once.
/// Two sets that share a slot are read correctly, but more slowly.
const SLOTS: usize = 8;

thread_local! {
    static SLOTS_OF_THREAD: [Slot; SLOTS] = const { [const { Slot::empty() }; SLOTS] };
}

/// The newest snapshot, as this thread holds it.
#[inline]
pub(crate) fn newest(store: &Store) -> Rc<Held> {
    let stamp = store.stamp();
    let known = SLOTS_OF_THREAD.try_with(|slots| slots.get(store.id % SLOTS)?.get(stamp));
    match known {
        Ok(Some(held)) => held,
        _ => look(store),
    }
}

/// Loads the newest snapshot and remembers it.
#[cold]
#[inline(never)]
fn look(store: &Store) -> Rc<Held> {
    let held = Rc::new(Held::new(store.load(), store.places()));
    // Where the thread is ending it remembers nothing any more, and the caller has it all the same.
    let _ = SLOTS_OF_THREAD.try_with(|slots| {
        slots.get(store.id % SLOTS)?.set(Some(Rc::clone(&held)));
        Some(())
    });
    held
}

/// Lets go of the snapshots that the calling thread saw last.
///
/// A thread that has read a flag keeps the whole snapshot alive in which it found the value, one
/// for each set of flags, until it reads again or ends. For a thread that will be idle for
/// long, where flags hold large values, this ends it at once. The next read costs as much as the
/// thread's first.
///
/// ```
/// let name = dflag::Dynamic::constant("x");
/// assert_eq!(name.get(), "x");
/// dflag::release_thread();
/// ```
pub fn release_thread() {
    let _ = SLOTS_OF_THREAD.try_with(|slots| {
        for slot in slots {
            slot.set(None);
        }
    });
}
