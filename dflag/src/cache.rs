//! The cache: each thread remembers the snapshot that it saw last.
//!
//! A read finds what it is after with one shared load and without a write that another thread would
//! notice. In exchange a thread keeps that snapshot alive until it loads from the same set of
//! flags again, ends, or [lets go](release_thread) of it.

use crate::held::{self, Held};
use crate::store::Store;

/// The newest snapshot, as this thread holds it.
pub(crate) fn newest(store: &Store) -> Held {
    if let Some(held) = held::kept(store.id).filter(|held| !held.superseded.is_set()) {
        return held;
    }
    let held = Held::new(store.load());
    // Where the thread is ending it keeps nothing any more, and the caller has it all the same.
    held::keep(store.id, Some(held.clone()));
    held
}

/// Lets go of the snapshots that the calling thread saw last.
///
/// A thread that has [loaded](crate::Dynamic::load) a value keeps the whole snapshot alive in which it
/// found it, one for each of up to eight sets of flags, until it loads from that set again or ends.
/// As a rule [`get`](crate::Dynamic::get) of a number, a `bool`, a `char` or a `Duration` has no part
/// in this: it reads a copy beside the handle. For a thread that will be idle for long, where flags
/// hold large values, this ends it at once. The next load costs as much as the thread's first.
///
/// A [`Guard`](crate::Guard) or a [`Reader`](crate::Reader) that is still there keeps its own snapshot.
///
/// ```
/// let name = dflag::Dynamic::constant("x");
/// assert_eq!(name.get(), "x");
/// dflag::release_thread();
/// ```
pub fn release_thread() {
    held::release();
}
