//! Which flags a listing shows differently, whether their value changed or not.
//!
//! A publish says whose value changed. With the same publish, other flags may have got another origin, another expiry, or
//! a value that is pending restart.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

use dflag::{FlagInfo, FlagSet, Origin};

/// What the listings have shown, for all clients: one listing is enough for them.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Listings>);

#[derive(Debug, Default)]
struct Listings {
    /// The revision of the newest one.
    revision: u64,
    flags: HashMap<String, ShownFlag>,
}

#[derive(Debug)]
struct ShownFlag {
    digest: u64,
    /// Of the first listing with this digest.
    revision: u64,
}

impl Shown {
    /// Takes a listing, unless the last one is current, and returns its revision. Taking one describes all flags.
    pub(super) fn update(&self, set: &dyn FlagSet) -> u64 {
        let mut listings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listings.update(set);
        listings.revision
    }

    /// Whether the listing of a revision among `since`, which is left out, shows a flag differently that `names` does not
    /// have. The revision is that of the newest listing.
    pub(super) fn has_others(
        &self,
        set: &dyn FlagSet,
        since: RangeInclusive<u64>,
        names: &HashSet<String>,
    ) -> (bool, u64) {
        let mut listings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        listings.update(set);
        let mut changed = listings
            .flags
            .iter()
            .filter(|(_, flag)| flag.revision != *since.start() && since.contains(&flag.revision));
        let has_others = changed.any(|(name, _)| !names.contains(name));
        (has_others, listings.revision)
    }
}

impl Listings {
    fn update(&mut self, set: &dyn FlagSet) {
        if self.revision == set.revision() {
            return;
        }
        let listing = set.listing();
        self.revision = listing.revision;
        for flag in &listing.flags {
            let digest = digest(flag);
            match self.flags.get_mut(&flag.name) {
                Some(shown) if shown.digest == digest => {}
                Some(shown) => {
                    *shown = ShownFlag {
                        digest,
                        revision: listing.revision,
                    };
                }
                None => {
                    let revision = listing.revision;
                    self.flags
                        .insert(flag.name.clone(), ShownFlag { digest, revision });
                }
            }
        }
    }
}

/// Identifies what a listing shows of a flag, but for the time that its override has left.
fn digest(flag: &FlagInfo) -> u64 {
    let layers = flag.layers.iter();
    let layers: Vec<(&Origin, &Option<String>)> =
        layers.map(|layer| (&layer.origin, &layer.value)).collect();
    let pending = flag.pending_restart.as_ref().map(|pending| &pending.value);
    let expiry = flag.expiry.as_ref().map(|expiry| &expiry.reason);
    let mut hasher = DefaultHasher::new();
    (flag.revision, &flag.value, &flag.origin).hash(&mut hasher);
    (flag.changed, flag.adjusted).hash(&mut hasher);
    (layers, pending, expiry).hash(&mut hasher);
    hasher.finish()
}
