//! Order: names by the alphabet.
//!
//! All that sorts sorts here: the compiler makes a sort anew for each type and each comparison.

/// The places of `names` in alphabetical order, of equal names the first first.
pub(crate) fn order(names: &[&str]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..names.len()).collect();
    places.sort_unstable_by_key(|place| (names.get(*place), *place));
    places
}
