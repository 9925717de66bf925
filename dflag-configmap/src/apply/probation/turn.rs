//! Turns: of several sources of the same flags, the one whose contents were applied last is rolled back first.

use std::sync::{Arc, Mutex};

use super::news::News;
use crate::lock::lock;

/// The probations that are under way in this process.
static ON_PROBATION: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Entry {
    /// The address of the set of flags.
    flags: usize,
    generation: u64,
    news: Arc<News>,
}

/// A probation's entry until it is dropped. Its owner also owns the set of flags, so the address stays its own.
#[derive(Debug)]
pub(super) struct Turn {
    flags: usize,
    generation: u64,
    news: Arc<News>,
}

impl Turn {
    /// Enters a probation of contents that were applied to `flags` with this generation.
    pub(super) fn new(flags: usize, generation: u64, news: &Arc<News>) -> Self {
        let news = Arc::clone(news);
        lock(&ON_PROBATION).push(Entry {
            flags,
            generation,
            news: Arc::clone(&news),
        });
        Self {
            flags,
            generation,
            news,
        }
    }

    /// The probation of the contents that were applied last, if those came after these.
    pub(super) fn later(&self) -> Option<Arc<News>> {
        let entries = lock(&ON_PROBATION);
        let others = entries.iter().filter(|entry| {
            entry.flags == self.flags
                && entry.generation > self.generation
                && !Arc::ptr_eq(&entry.news, &self.news)
        });
        let last = others.max_by_key(|entry| entry.generation)?;
        Some(Arc::clone(&last.news))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&ON_PROBATION).retain(|entry| {
            !Arc::ptr_eq(&entry.news, &self.news) || entry.generation != self.generation
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{News, Turn};

    #[test]
    fn the_last_one_of_the_same_flags_comes_first() {
        let news = [(); 4].map(|()| Arc::new(News::default()));
        let one = Turn::new(1, 5, &news[0]);
        let two = Turn::new(1, 7, &news[1]);
        let _of_other_flags = Turn::new(2, 9, &news[2]);
        assert!(Arc::ptr_eq(&one.later().unwrap(), &news[1]));
        let three = Turn::new(1, 8, &news[3]);
        assert!(Arc::ptr_eq(&one.later().unwrap(), &news[3]));
        assert!(three.later().is_none());
        drop((two, three));
        assert!(one.later().is_none());
    }
}
