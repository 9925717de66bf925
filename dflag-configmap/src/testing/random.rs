//! Random numbers for names and orders.

use std::hash::{BuildHasher as _, RandomState};

/// A random number.
pub(super) fn random() -> u64 {
    // Each state has its own keys.
    RandomState::new().hash_one(0)
}

/// Puts the items in random order, as Go iterates over a map.
pub(super) fn shuffle<T>(items: &mut [T]) {
    let state = RandomState::new();
    let mut index = 0_u64;
    items.sort_by_cached_key(|_| {
        index += 1;
        state.hash_one(index)
    });
}
