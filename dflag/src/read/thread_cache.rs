//! The thread cache: the snapshots that a thread loaded last, and pointers to values in them.
//!
//! A cached read costs a few plain loads and writes nothing that another thread reads. In exchange, a
//! thread keeps a snapshot alive until it loads from the same set of flags again, ends, or calls
//! [`release_thread`].
//!
//! A thread counts each snapshot twice: for guards that show their value, and for those that mask it.
//! The count that a guard holds thus says what the guard is, and a read costs nothing for it.
//!
//! The first guard of a thread is not counted but noted in [`LENT`]: a debt, as `arc_swap` calls it. A count goes up
//! and down in memory, so each read would wait for the write of the one before. A note is written whatever it was, and
//! the processor predicts how a comparison with it turns out.
//!
//! A [`CachedValue`] holds a raw pointer to the thread's count of its snapshot, because a counted
//! one would need a destructor, and a thread-local with a destructor is slower to reach. Why that is sound:
//! - A `CachedValue` is only set for a snapshot that is in [`SNAPSHOTS`] at that time, and every
//!   change of `SNAPSHOTS` first [clears](forget) the cached values. So while one is set,
//!   `SNAPSHOTS` counts its snapshot, even after that was superseded.
//! - `LENT` is only set from such a `CachedValue`, and every change of `SNAPSHOTS` first [counts](forget) the guard
//!   that it stands for. So a snapshot has as many counts as `SNAPSHOTS` and its guards have together, less the one
//!   in `LENT`, and while that is set, `SNAPSHOTS` counts the snapshot. Which of several guards it stands for makes no
//!   difference.
//! - Both are thread-local, and no user code runs between reading a cached value and counting its
//!   snapshot.
//! - `SNAPSHOTS` has a destructor and [`VALUES`] has none, so cached values can be read for as long
//!   as the thread runs. The destructor clears them before it drops the snapshots, and from then
//!   on nothing is cached.

use std::cell::Cell;
use std::ops::Deref;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;

use crate::read::snapshot::Snapshot;
use crate::read::store::Store;

/// The number of sets of flags whose snapshots a thread caches.
/// Two sets that share an entry are read correctly, but more slowly.
const SETS: usize = 8;

/// The number of slots whose values a thread caches, in 4 KiB.
/// Two slots that share an entry are read correctly, but more slowly.
const SLOTS: usize = 128;

/// The step between slot ids. An id's bits are then the offset of its cached value, without a shift.
const STEP: u64 = size_of::<CachedValue>() as u64;

thread_local! {
    static SNAPSHOTS: Snapshots = const { Snapshots([const { Cell::new(None) }; SETS]) };
    static VALUES: [CachedValue; SLOTS] = const { [const { CachedValue::empty() }; SLOTS] };
    /// The snapshot of the guard that is not counted, if there is one.
    static LENT: Cell<Option<NonNull<Local>>> = const { Cell::new(None) };
}

/// A snapshot that a guard keeps alive. It is one of the snapshot's counts, or the one that [`LENT`] stands for.
pub(crate) struct LocalSnapshot(NonNull<Local>);

/// A snapshot with a count of the thread's own, so that counting writes nothing that another thread reads.
pub(crate) struct Local {
    snapshot: Arc<Snapshot>,
    pub(crate) masking: Masking,
}

/// Whether a guard's `Debug` and `Display` mask the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Masking {
    Masked,
    Shown,
}

/// A snapshot for each place.
struct Snapshots([Cell<Option<CachedSnapshot>>; SETS]);

/// The newest snapshot of a store that a thread knows of.
#[derive(Clone)]
struct CachedSnapshot {
    /// The store's id.
    store: usize,
    shown: Rc<Local>,
    masked: Rc<Local>,
}

/// A pointer to a slot's value. Aligned so that it lies within one cache line.
#[repr(align(32))]
struct CachedValue {
    /// The slot's id; 0 for none.
    slot: Cell<u64>,
    value: Cell<NonNull<()>>,
    snapshot: Cell<NonNull<Local>>,
}

/// The id of the `n`th slot of the process, from 1 on.
pub(crate) fn slot_id(n: u64) -> u64 {
    n * STEP
}

/// The newest snapshot of a store, for a guard that masks its value or shows it.
pub(crate) fn newest(store: &Store, masking: Masking) -> LocalSnapshot {
    if let Some(cached) = cached(store.id).filter(|cached| !cached.shown.superseded.is_set()) {
        return LocalSnapshot::counted(cached.local(masking));
    }
    let newest = CachedSnapshot::new(store.id, store.load());
    let local = LocalSnapshot::counted(newest.local(masking));
    cache(store.id, Some(newest));
    local
}

/// A slot's value and its snapshot, if they are cached and the snapshot is the newest.
#[inline]
pub(crate) fn cached_value(slot: u64) -> Option<(NonNull<()>, LocalSnapshot)> {
    VALUES
        .try_with(|values| place(values, slot)?.get(slot))
        .ok()?
}

/// Caches a slot's value, if `snapshot` is the one cached for its store.
pub(crate) fn cache_value(slot: u64, value: NonNull<()>, store: usize, snapshot: &LocalSnapshot) {
    let same =
        |cached: &CachedSnapshot| Rc::as_ptr(cached.local(snapshot.masking)) == snapshot.0.as_ptr();
    if cached(store).as_ref().is_some_and(same) {
        let _ = VALUES.try_with(|values| {
            place(values, slot)?.set(slot, value, snapshot);
            Some(())
        });
    }
}

/// Releases the snapshots that the calling thread has cached.
///
/// A thread that [loads](crate::Dynamic::load) a value keeps the value's whole snapshot alive until
/// it loads from the same set of flags again or ends. It keeps one snapshot for each of up to eight
/// sets. [`get`](crate::Dynamic::get) of a number, a `bool`, a `char` or a `Duration` usually keeps
/// none: it reads a copy in the handle. If flags hold large values, call this on a thread that will
/// be idle for long. The next load costs as much as the thread's first.
///
/// A [`Guard`](crate::Guard) or a [`Reader`](crate::Reader) that still exists keeps its own snapshot.
///
/// ```
/// let name = dflag::Dynamic::constant("x");
/// assert_eq!(name.get(), "x");
/// dflag::release_thread();
/// ```
pub fn release_thread() {
    for set in 0..SETS {
        cache(set, None);
    }
}

/// The snapshot that is cached for a store.
fn cached(store: usize) -> Option<CachedSnapshot> {
    let cached = SNAPSHOTS.try_with(|snapshots| {
        let place = snapshots.place(store)?;
        let cached = place.take();
        place.set(cached.clone());
        cached
    });
    cached.ok()?.filter(|cached| cached.store == store)
}

/// Replaces the snapshot that is cached for a store. A thread that is ending caches nothing.
fn cache(store: usize, snapshot: Option<CachedSnapshot>) {
    let last = SNAPSHOTS.try_with(|snapshots| {
        forget();
        snapshots.place(store)?.replace(snapshot)
    });
    // Dropping a user's value may read a flag, so the cache must be consistent by now.
    drop(last);
}

/// Clears the cached values and counts the guard that is not counted, since [`SNAPSHOTS`] is about to change.
fn forget() {
    let _ = VALUES.try_with(|values| values.iter().for_each(|value| value.slot.set(0)));
    if let Some(lent) = LENT.take() {
        count(lent);
    }
}

/// Counts one more guard of a snapshot that [`SNAPSHOTS`] holds.
#[cold]
#[inline(never)]
fn count(local: NonNull<Local>) {
    // SAFETY: the pointer came from an `Rc`, and `SNAPSHOTS` still holds one (see the head of this file).
    #[expect(unsafe_code, reason = "see the head of this file")]
    unsafe {
        Rc::increment_strong_count(local.as_ptr());
    }
}

/// Drops a guard that was counted.
#[cold]
#[inline(never)]
fn uncount(local: NonNull<Local>) {
    // SAFETY: the pointer came from an `Rc`, and the guard is one of its counts (see the head of this file).
    #[expect(unsafe_code, reason = "see the head of this file")]
    unsafe {
        Rc::decrement_strong_count(local.as_ptr());
    }
}

#[inline]
fn place(values: &[CachedValue; SLOTS], slot: u64) -> Option<&CachedValue> {
    let [low, ..] = (slot / STEP).to_le_bytes();
    values.get(usize::from(low) % SLOTS)
}

impl Snapshots {
    fn place(&self, store: usize) -> Option<&Cell<Option<CachedSnapshot>>> {
        self.0.get(store % SETS)
    }
}

impl CachedSnapshot {
    fn new(store: usize, snapshot: Arc<Snapshot>) -> Self {
        let local = |snapshot, masking| Rc::new(Local { snapshot, masking });
        Self {
            store,
            masked: local(Arc::clone(&snapshot), Masking::Masked),
            shown: local(snapshot, Masking::Shown),
        }
    }

    fn local(&self, masking: Masking) -> &Rc<Local> {
        match masking {
            Masking::Masked => &self.masked,
            Masking::Shown => &self.shown,
        }
    }
}

impl LocalSnapshot {
    fn counted(local: &Rc<Local>) -> Self {
        let local = Rc::into_raw(Rc::clone(local)).cast_mut();
        // SAFETY: a pointer to a value is not null.
        #[expect(unsafe_code, reason = "see the head of this file")]
        Self(unsafe { NonNull::new_unchecked(local) })
    }
}

impl Deref for LocalSnapshot {
    type Target = Local;

    #[inline]
    fn deref(&self) -> &Local {
        // SAFETY: `self` keeps the snapshot alive (see the head of this file).
        #[expect(unsafe_code, reason = "see the head of this file")]
        unsafe {
            self.0.as_ref()
        }
    }
}

impl Drop for LocalSnapshot {
    #[inline]
    fn drop(&mut self) {
        if LENT.get() == Some(self.0) {
            LENT.set(None);
        } else {
            uncount(self.0);
        }
    }
}

impl Deref for Local {
    type Target = Snapshot;

    #[inline]
    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl Drop for Snapshots {
    fn drop(&mut self) {
        forget();
    }
}

impl CachedValue {
    const fn empty() -> Self {
        Self {
            slot: Cell::new(0),
            value: Cell::new(NonNull::dangling()),
            snapshot: Cell::new(NonNull::dangling()),
        }
    }

    #[inline]
    fn get(&self, slot: u64) -> Option<(NonNull<()>, LocalSnapshot)> {
        if self.slot.get() != slot {
            return None;
        }
        let snapshot = self.snapshot.get();
        // SAFETY: a slot is set together with the pointer, which came from an `Rc` that `SNAPSHOTS`
        // still holds (see the head of this file).
        #[expect(unsafe_code, reason = "see the head of this file")]
        let is_superseded = unsafe { snapshot.as_ref() }.superseded.is_set();
        if is_superseded {
            return None;
        }
        if LENT.get().is_none() {
            LENT.set(Some(snapshot));
        } else {
            count(snapshot);
        }
        Some((self.value.get(), LocalSnapshot(snapshot)))
    }

    fn set(&self, slot: u64, value: NonNull<()>, snapshot: &LocalSnapshot) {
        self.slot.set(slot);
        self.value.set(value);
        self.snapshot.set(snapshot.0);
    }
}

#[cfg(all(test, not(dflag_loom)))]
mod tests {
    use super::{
        CachedSnapshot, LocalSnapshot, Masking, SETS, SLOTS, cache, cache_value, cached,
        cached_value, release_thread, slot_id,
    };
    use crate::read::snapshot::Snapshot;
    use std::any::Any;
    use std::cell::Cell;
    use std::ptr::NonNull;
    use std::sync::{Arc, mpsc};
    use std::thread;

    fn snapshot(generation: u64) -> Arc<Snapshot> {
        snapshot_with(generation, ())
    }

    fn snapshot_with(generation: u64, args: impl Any + Send + Sync) -> Arc<Snapshot> {
        Arc::new(Snapshot::new(generation, Arc::new(args), Vec::new()))
    }

    fn cache_snapshot(store: usize, snapshot: Arc<Snapshot>) -> LocalSnapshot {
        let cached = CachedSnapshot::new(store, snapshot);
        let local = LocalSnapshot::counted(&cached.shown);
        cache(store, Some(cached));
        local
    }

    /// Caches a snapshot of a store, and the value of the seventh slot in it.
    fn cache_both(store: usize, generation: u64) -> LocalSnapshot {
        let local = cache_snapshot(store, snapshot(generation));
        cache_value(slot_id(7), NonNull::dangling(), store, &local);
        assert!(cached_value(slot_id(7)).is_some());
        local
    }

    #[test]
    fn cached_value_counts_its_snapshot_for_the_caller() {
        let local = cache_both(0, 1);
        let snapshot = Arc::clone(&local.snapshot);
        drop(local);
        let (_, loaded) = cached_value(slot_id(7)).unwrap();
        release_thread();
        assert_eq!((loaded.generation, Arc::strong_count(&snapshot)), (1, 2));
        drop(loaded);
        assert_eq!(Arc::strong_count(&snapshot), 1);
    }

    #[test]
    fn guards_keep_their_snapshot_whenever_they_are_dropped_and_the_thread_releases_it() {
        for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            for releases_after in 0..=order.len() {
                let local = cache_both(0, 1);
                let snapshot = Arc::clone(&local.snapshot);
                drop(local);
                let mut guards = [(); 3].map(|()| cached_value(slot_id(7)));
                for (dropped, guard) in order.into_iter().enumerate() {
                    if dropped == releases_after {
                        release_thread();
                    }
                    assert!(Arc::strong_count(&snapshot) > 1);
                    guards[guard] = None;
                }
                release_thread();
                assert_eq!(Arc::strong_count(&snapshot), 1);
            }
        }
    }

    #[test]
    fn cached_value_knows_whether_it_is_masked() {
        cache_both(0, 1);
        let masked = LocalSnapshot::counted(&cached(0).unwrap().masked);
        cache_value(slot_id(8), NonNull::dangling(), 0, &masked);
        let masking = |slot| cached_value(slot_id(slot)).map(|(_, snapshot)| snapshot.masking);
        assert_eq!(masking(7), Some(Masking::Shown));
        assert_eq!(masking(8), Some(Masking::Masked));
    }

    #[test]
    fn value_is_cached_until_its_snapshot_is_superseded() {
        let local = cache_both(0, 1);
        assert!(cached_value(slot_id(7 + SLOTS as u64)).is_none());
        assert!(cached_value(slot_id(6)).is_none());
        local.superseded.set();
        assert!(cached_value(slot_id(7)).is_none());
    }

    #[test]
    fn each_slot_has_its_own_entry_up_to_the_capacity() {
        let local = cache_both(0, 1);
        let slots = || (1..=SLOTS as u64).map(slot_id);
        for slot in slots() {
            cache_value(slot, NonNull::dangling(), 0, &local);
        }
        assert!(slots().all(|slot| cached_value(slot).is_some()));
    }

    #[test]
    fn snapshot_of_one_store_is_not_returned_for_another() {
        cache_both(0, 1);
        assert!(cached(SETS).is_none());
        assert_eq!(cached(0).map(|cached| cached.shown.generation), Some(1));
    }

    #[test]
    fn no_value_is_cached_without_its_snapshot() {
        let changes: [fn(); 4] = [
            || cache(0, None),
            || drop(cache_snapshot(0, snapshot(2))),
            || drop(cache_snapshot(SETS, snapshot(2))),
            release_thread,
        ];
        for change in changes {
            let local = cache_both(0, 1);
            change();
            assert!(cached_value(slot_id(7)).is_none());
            cache_value(slot_id(7), NonNull::dangling(), 0, &local);
            assert!(
                cached_value(slot_id(7)).is_none(),
                "the snapshot is no longer cached"
            );
        }
    }

    #[test]
    fn entries_cached_while_dropping_a_value_stay_cached() {
        struct ReadsOnDrop;
        impl Drop for ReadsOnDrop {
            fn drop(&mut self) {
                cache_both(0, 3);
            }
        }
        cache_snapshot(0, snapshot_with(1, ReadsOnDrop));
        cache_snapshot(0, snapshot(2));
        assert_eq!(cached(0).map(|cached| cached.shown.generation), Some(3));
        assert!(cached_value(slot_id(7)).is_some());
    }

    #[test]
    fn ending_thread_caches_nothing() {
        struct Late(mpsc::Sender<bool>);
        impl Drop for Late {
            fn drop(&mut self) {
                let nothing = cached_value(slot_id(7)).is_none() && cached(0).is_none();
                let local = cache_snapshot(0, snapshot(1));
                cache_value(slot_id(7), NonNull::dangling(), 0, &local);
                let again = cached_value(slot_id(7)).is_none();
                self.0.send(nothing && again).unwrap();
            }
        }
        thread_local! {
            static LATE: Cell<Option<Late>> = const { Cell::new(None) };
        }
        let (sender, receiver) = mpsc::channel();
        let snapshot = snapshot(1);
        let weak = Arc::downgrade(&snapshot);
        thread::spawn(move || {
            // Thread-locals are destroyed in the reverse order of their first use.
            LATE.set(Some(Late(sender)));
            let local = cache_snapshot(0, snapshot);
            cache_value(slot_id(7), NonNull::dangling(), 0, &local);
            assert!(cached_value(slot_id(7)).is_some());
        })
        .join()
        .unwrap();
        assert_eq!((receiver.recv(), weak.strong_count()), (Ok(true), 0));
    }
}
