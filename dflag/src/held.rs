//! Held snapshots: what a thread saw last of each set of flags, and where it found values in it.
//!
//! It takes a little unsafe code. A read is to cost a few plain loads, so what it finds must be at
//! hand at once: an entry points to the value and to the snapshot, and counts neither.
//!
//! Why it is sound:
//! - A [`Held`] is made with a count of one, each clone adds one and each drop takes one away. The last
//!   one frees what was counted, by the pointer that it was made with.
//! - An [`Entry`] is made for a snapshot that is [`KEPT`] at that moment, and whatever changes what is
//!   kept first [forgets](forget) all entries. So while there is an entry, its snapshot is counted,
//!   also after it was superseded.
//! - Entries and counts are the thread's own, and no code of a user's runs between finding an entry
//!   and counting its snapshot.
//! - [`KEPT`] has a destructor and [`ENTRIES`] has none, so entries can be looked at for as long as the
//!   thread runs. The destructor forgets them before it lets go, and from then on nothing
//!   is kept and no entry made.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::ops::Deref;
use std::process;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::snapshot::Snapshot;

/// Sets of flags of which a thread can keep a snapshot at once.
/// Two sets that share a slot are read correctly, but more slowly.
const SETS: usize = 8;

/// Places that a thread can remember at once, which takes 4 KiB.
/// Two places that share an entry are read correctly, but more slowly.
const PLACES: usize = 128;

/// A place's number is a multiple of this: then its bits say where its entry lies, with no shift.
const STEP: u64 = size_of::<Entry>() as u64;

thread_local! {
    static KEPT: Kept = const { Kept([const { Cell::new(None) }; SETS]) };
    static ENTRIES: [Entry; PLACES] = const { [const { Entry::empty() }; PLACES] };
}

/// A snapshot that one thread holds. No other thread notices how it is counted.
pub(crate) struct Held(NonNull<Counted>);

struct Counted {
    /// How many [`Held`] there are.
    count: Cell<NonZeroU64>,
    snapshot: Arc<Snapshot>,
}

/// One snapshot for each slot, and the set that it is of.
struct Kept([Cell<Option<(usize, Held)>>; SETS]);

/// Where a place's value was found. It lies within a line of the cache.
#[repr(align(32))]
struct Entry {
    /// The number of the place; 0 for none.
    place: Cell<u64>,
    value: Cell<NonNull<()>>,
    snapshot: Cell<NonNull<Counted>>,
}

/// The `n`th number for a place, from 1 on.
pub(crate) fn number(n: u64) -> u64 {
    n * STEP
}

/// Where a place's value was found in the newest snapshot, if the thread remembers.
#[inline]
pub(crate) fn remembered(place: u64) -> Option<(NonNull<()>, Held)> {
    ENTRIES
        .try_with(|entries| entry(entries, place)?.get(place))
        .ok()?
}

/// Remembers where a place's value was found in a snapshot, if that is the one kept of its set.
pub(crate) fn remember(place: u64, value: NonNull<()>, set: usize, held: &Held) {
    if kept(set).is_some_and(|kept| kept.0 == held.0) {
        let _ = ENTRIES.try_with(|entries| {
            entry(entries, place)?.set(place, value, held);
            Some(())
        });
    }
}

/// The snapshot that is kept of a set.
pub(crate) fn kept(set: usize) -> Option<Held> {
    let kept = KEPT.try_with(|kept| {
        let slot = kept.slot(set)?;
        let held = slot.take();
        slot.set(held.clone());
        held
    });
    let (of, held) = kept.ok()??;
    (of == set).then_some(held)
}

/// Keeps another snapshot of a set, or none. Where the thread is ending, it keeps nothing any more.
pub(crate) fn keep(set: usize, held: Option<Held>) {
    let last = KEPT.try_with(|kept| {
        forget();
        kept.slot(set)?.replace(held.map(|held| (set, held)))
    });
    // What a user's value does when it is dropped may be to read a flag: all is in place by then.
    drop(last);
}

/// Keeps nothing.
pub(crate) fn release() {
    for set in 0..SETS {
        keep(set, None);
    }
}

fn forget() {
    let _ = ENTRIES.try_with(|entries| entries.iter().for_each(|entry| entry.place.set(0)));
}

#[inline]
fn entry(entries: &[Entry; PLACES], place: u64) -> Option<&Entry> {
    let [low, ..] = (place / STEP).to_le_bytes();
    entries.get(usize::from(low) % PLACES)
}

impl Kept {
    fn slot(&self, set: usize) -> Option<&Cell<Option<(usize, Held)>>> {
        self.0.get(set % SETS)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        forget();
    }
}

impl Entry {
    const fn empty() -> Self {
        Self {
            place: Cell::new(0),
            value: Cell::new(NonNull::dangling()),
            snapshot: Cell::new(NonNull::dangling()),
        }
    }

    #[inline]
    fn get(&self, place: u64) -> Option<(NonNull<()>, Held)> {
        if self.place.get() != place {
            return None;
        }
        // The one that is kept, looked at from here: it is counted there.
        let kept = ManuallyDrop::new(Held(self.snapshot.get()));
        if kept.superseded.is_set() {
            return None;
        }
        Some((self.value.get(), Held::clone(&kept)))
    }

    fn set(&self, place: u64, value: NonNull<()>, held: &Held) {
        self.place.set(place);
        self.value.set(value);
        self.snapshot.set(held.0);
    }
}

impl Held {
    pub(crate) fn new(snapshot: Arc<Snapshot>) -> Self {
        let counted = Box::new(Counted {
            count: Cell::new(NonZeroU64::MIN),
            snapshot,
        });
        Self(NonNull::from(Box::leak(counted)))
    }

    #[inline]
    fn counted(&self) -> &Counted {
        // SAFETY: it was made by `new`, and is there as long as a `Held` is counted.
        #[expect(unsafe_code, reason = "see the head of this file")]
        unsafe {
            self.0.as_ref()
        }
    }
}

impl Clone for Held {
    #[inline]
    fn clone(&self) -> Self {
        let count = &self.counted().count;
        match count.get().checked_add(1) {
            Some(more) => count.set(more),
            // As `Rc` does it: nobody but who forgets guards for centuries gets here.
            None => process::abort(),
        }
        Self(self.0)
    }
}

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        let count = &self.counted().count;
        match NonZeroU64::new(count.get().get() - 1) {
            Some(less) => count.set(less),
            None => free(self.0),
        }
    }
}

impl Deref for Held {
    type Target = Arc<Snapshot>;

    #[inline]
    fn deref(&self) -> &Arc<Snapshot> {
        &self.counted().snapshot
    }
}

#[cold]
#[inline(never)]
fn free(last: NonNull<Counted>) {
    // SAFETY: `Held::new` leaked this box, and the last `Held` comes here once.
    #[expect(unsafe_code, reason = "see the head of this file")]
    drop(unsafe { Box::from_raw(last.as_ptr()) });
}

#[cfg(test)]
mod tests {
    use super::{Held, PLACES, SETS, keep, kept, number, release, remember, remembered};
    use crate::snapshot::Snapshot;
    use std::any::Any;
    use std::cell::Cell;
    use std::ptr::NonNull;
    use std::sync::{Arc, mpsc};
    use std::thread;

    fn snapshot(generation: u64) -> Arc<Snapshot> {
        snapshot_of(generation, ())
    }

    fn snapshot_of(generation: u64, args: impl Any + Send + Sync) -> Arc<Snapshot> {
        let states = std::iter::empty().collect();
        Arc::new(Snapshot::new(generation, Arc::new(args), states))
    }

    /// Keeps a snapshot of a set, and remembers the seventh place in it.
    fn keep_and_remember(set: usize, generation: u64) -> Held {
        let held = Held::new(snapshot(generation));
        keep(set, Some(held.clone()));
        remember(number(7), NonNull::dangling(), set, &held);
        assert!(remembered(number(7)).is_some());
        held
    }

    #[test]
    fn a_snapshot_is_freed_with_its_last_holder_whichever_that_is() {
        let snapshot = snapshot(1);
        let first = Held::new(Arc::clone(&snapshot));
        let others = [first.clone(), first.clone()];
        drop(first);
        assert_eq!((Arc::strong_count(&snapshot), others[1].generation), (2, 1));
        drop(others);
        assert_eq!(Arc::strong_count(&snapshot), 1);
    }

    #[test]
    fn what_is_remembered_is_counted_by_who_finds_it() {
        let held = keep_and_remember(0, 1);
        let snapshot = Arc::clone(&held);
        drop(held);
        let (_, found) = remembered(number(7)).unwrap();
        release();
        assert_eq!((found.generation, Arc::strong_count(&snapshot)), (1, 2));
        drop(found);
        assert_eq!(Arc::strong_count(&snapshot), 1);
    }

    #[test]
    fn a_place_is_remembered_until_its_snapshot_is_superseded() {
        let held = keep_and_remember(0, 1);
        assert!(remembered(number(7 + PLACES as u64)).is_none());
        assert!(remembered(number(6)).is_none());
        held.superseded.set();
        assert!(remembered(number(7)).is_none());
    }

    #[test]
    fn each_place_has_an_entry_until_there_are_more_places_than_entries() {
        let held = keep_and_remember(0, 1);
        let places = || (1..=PLACES as u64).map(number);
        for place in places() {
            remember(place, NonNull::dangling(), 0, &held);
        }
        assert!(places().all(|place| remembered(place).is_some()));
    }

    #[test]
    fn what_is_kept_of_one_set_is_not_taken_for_another_one_s() {
        keep_and_remember(0, 1);
        assert!(kept(SETS).is_none());
        assert_eq!(kept(0).map(|kept| kept.generation), Some(1));
    }

    #[test]
    fn nothing_is_remembered_of_what_is_not_kept_any_more() {
        let changes: [fn(); 4] = [
            || keep(0, None),
            || keep(0, Some(Held::new(snapshot(2)))),
            || keep(SETS, Some(Held::new(snapshot(2)))),
            release,
        ];
        for change in changes {
            let held = keep_and_remember(0, 1);
            change();
            assert!(remembered(number(7)).is_none());
            remember(number(7), NonNull::dangling(), 0, &held);
            assert!(remembered(number(7)).is_none(), "it is kept no more");
        }
    }

    #[test]
    fn what_a_value_that_goes_makes_the_thread_keep_is_kept() {
        struct Reads;
        impl Drop for Reads {
            fn drop(&mut self) {
                keep_and_remember(0, 3);
            }
        }
        keep(0, Some(Held::new(snapshot_of(1, Reads))));
        keep(0, Some(Held::new(snapshot(2))));
        assert_eq!(kept(0).map(|kept| kept.generation), Some(3));
        assert!(remembered(number(7)).is_some());
    }

    #[test]
    fn a_thread_that_is_ending_remembers_nothing() {
        struct Late(mpsc::Sender<bool>);
        impl Drop for Late {
            fn drop(&mut self) {
                let nothing = remembered(number(7)).is_none() && kept(0).is_none();
                let held = Held::new(snapshot(1));
                keep(0, Some(held.clone()));
                remember(number(7), NonNull::dangling(), 0, &held);
                let again = remembered(number(7)).is_none();
                self.0.send(nothing && again).unwrap();
            }
        }
        thread_local! {
            static LATE: Cell<Option<Late>> = const { Cell::new(None) };
        }
        let (sender, seen) = mpsc::channel();
        let snapshot = snapshot(1);
        let weak = Arc::downgrade(&snapshot);
        thread::spawn(move || {
            // What is there first goes last.
            LATE.set(Some(Late(sender)));
            let held = Held::new(snapshot);
            keep(0, Some(held.clone()));
            remember(number(7), NonNull::dangling(), 0, &held);
            assert!(remembered(number(7)).is_some());
        })
        .join()
        .unwrap();
        assert_eq!((seen.recv(), weak.strong_count()), (Ok(true), 0));
    }
}
