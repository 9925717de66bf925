//! Chunks: one thing for each flag, in lists whose copies share what did not change.
//!
//! A copy counts up once for each chunk, a change copies the chunk that it falls in, and two lists
//! are compared by looking into the chunks that they do not share. A list never grows.

use std::iter::repeat_n;
use std::sync::Arc;

/// How many things stand together: of about a thousand, as many in a chunk as there are chunks.
const CHUNK: usize = 32;

#[derive(Clone)]
pub(crate) struct Chunks<T>(Vec<Arc<[T]>>);

impl<T> Chunks<T> {
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at / CHUNK)?.get(at % CHUNK)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|chunk| chunk.iter())
    }

    /// What stands in the same place of both, and which place that is,
    /// but for the chunks that they share.
    pub(crate) fn apart<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (usize, &'a T, &'a T)> {
        let chunks = self.0.iter().zip(&other.0).enumerate();
        let apart = chunks.filter(|(_, (one, other))| !Arc::ptr_eq(one, other));
        apart.flat_map(|(chunk, (one, other))| {
            let pairs = one.iter().zip(other.iter()).enumerate();
            pairs.map(move |(at, (one, other))| (chunk * CHUNK + at, one, other))
        })
    }
}

impl<T: Clone> Chunks<T> {
    /// The same thing in at least `length` places: all chunks are one, and so it is full.
    pub(crate) fn repeat(thing: T, length: usize) -> Self {
        let chunk = repeat_n(thing, CHUNK).collect();
        Self(vec![chunk; length.div_ceil(CHUNK)])
    }

    /// Puts a thing in the place of another.
    pub(crate) fn set(&mut self, at: usize, thing: T) {
        let chunk = self.0.get_mut(at / CHUNK);
        if let Some(place) = chunk.and_then(|chunk| Arc::make_mut(chunk).get_mut(at % CHUNK)) {
            *place = thing;
        }
    }
}

impl<T> FromIterator<T> for Chunks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(things: I) -> Self {
        let mut things = things.into_iter().peekable();
        let mut chunks = Vec::with_capacity(things.size_hint().0.div_ceil(CHUNK));
        while things.peek().is_some() {
            chunks.push(things.by_ref().take(CHUNK).collect());
        }
        Self(chunks)
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, Chunks};

    const LENGTH: usize = 3 * CHUNK + 1;

    #[test]
    fn what_is_set_shows_in_no_other_copy() {
        let before = Chunks::repeat(0, LENGTH);
        for at in 0..LENGTH {
            let mut after = before.clone();
            after.set(at, 1);
            let ones = after.iter().enumerate().filter(|(_, thing)| **thing == 1);
            assert_eq!(ones.map(|(at, _)| at).collect::<Vec<_>>(), [at]);
            assert!(before.iter().all(|thing| *thing == 0));
        }
    }

    #[test]
    fn what_differs_is_found_and_what_is_shared_not_looked_at() {
        let before: Chunks<usize> = (0..LENGTH).collect();
        for at in 0..LENGTH {
            let mut after = before.clone();
            after.set(at, LENGTH);
            let apart: Vec<_> = before.apart(&after).collect();
            assert!(apart.len() <= CHUNK);
            let differ = apart.iter().filter(|(_, before, after)| before != after);
            assert_eq!(differ.collect::<Vec<_>>(), [&(at, &at, &LENGTH)]);
        }
        assert_eq!(before.apart(&before.clone()).count(), 0);
    }

    #[test]
    fn a_place_that_is_not_there_holds_nothing() {
        let mut list: Chunks<usize> = (0..LENGTH).collect();
        list.set(LENGTH, 0);
        assert_eq!(list.get(LENGTH), None);
        assert_eq!(list.get(LENGTH - 1), Some(&(LENGTH - 1)));
        assert_eq!(list.iter().count(), LENGTH);
        assert_eq!((0..0).collect::<Chunks<usize>>().get(0), None);
    }
}
