//! The cache: each thread remembers the snapshot that it saw last.
//!
//! A read finds it with one shared load and without a write that another thread would notice.
//! In exchange a thread keeps that snapshot alive until it reads again, ends, or
//! [lets go](release_thread) of it.

use crate::held::{self, Held};
use crate::store::Store;

/// The newest snapshot, as this thread holds it.
pub(crate) fn newest(store: &Store) -> Held {
    let stamp = store.newest().stamp();
    if let Some(held) = held::kept(store.id).filter(|held| held.stamp == stamp) {
        return held;
    }
    let held = Held::new(store.load());
    // Where the thread is ending it keeps nothing any more, and the caller has it all the same.
    held::keep(store.id, Some(held.clone()));
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
    held::release();
}
