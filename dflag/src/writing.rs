//! Writing: which sets of flags this thread is at, so that no check waits for itself.
//!
//! A check, a rule or a parser runs while its set is locked for writing. What it asks of the same
//! set, also by way of another one, can't be waited for.

use std::cell::Cell;

/// How many sets one thread can be at, each asked to by a check of the one before.
const DEEPEST: usize = 8;

thread_local! {
    /// The sets; 0 for none. It has no destructor, so it is there for as long as the thread runs.
    static SETS: Cell<[usize; DEEPEST]> = const { Cell::new([0; DEEPEST]) };
}

/// This thread writing to a set, until it is dropped.
pub(crate) struct Writing {
    set: usize,
}

impl Writing {
    /// Begins to write to `set`, which is not 0; `None` if the thread is at it already, or at too many.
    pub(crate) fn begin(set: usize) -> Option<Self> {
        let begun = !Self::is_under_way(set) && replace(0, set);
        // Made only then: one that was made and let go would end what is under way.
        begun.then(|| Self { set })
    }

    /// Whether this thread is writing to `set`.
    pub(crate) fn is_under_way(set: usize) -> bool {
        SETS.get().contains(&set)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        replace(self.set, 0);
    }
}

/// Whether there was an `old` to replace.
fn replace(old: usize, new: usize) -> bool {
    let mut sets = SETS.get();
    let place = sets.iter_mut().find(|set| **set == old);
    let found = place.map(|set| *set = new).is_some();
    SETS.set(sets);
    found
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, Writing};

    #[test]
    fn a_set_is_written_to_once_at_a_time_also_by_way_of_others() {
        let outer = Writing::begin(1);
        let inner = Writing::begin(2);
        assert!(outer.is_some() && inner.is_some());
        assert!(Writing::begin(1).is_none());
        assert!(Writing::is_under_way(1) && Writing::is_under_way(2));
        drop(inner);
        assert!(!Writing::is_under_way(2) && Writing::begin(2).is_some());
        drop(outer);
        assert!(!Writing::is_under_way(1));
    }

    #[test]
    fn nobody_goes_deeper_than_the_deepest() {
        let sets: Vec<_> = (1..=DEEPEST).map(Writing::begin).collect();
        assert!(sets.iter().all(Option::is_some));
        assert!(Writing::begin(DEEPEST + 1).is_none());
    }
}
