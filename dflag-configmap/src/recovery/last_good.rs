//! The last good content: what is kept of it, and where.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use crate::error::LastGoodError;
use crate::volume::Contents;

/// A digest of what the keys of flags hold. It detects accidental differences only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(pub(crate) u64);

/// What a store keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastGood {
    pub(crate) contents: Arc<Contents>,
    /// Other contents, which a start must not apply.
    pub(crate) unproven: Option<Unproven>,
}

/// Contents that have not passed a probation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unproven {
    pub(crate) digest: Digest,
    pub(crate) by: UnprovenBy,
}

/// Why contents are unproven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnprovenBy {
    /// They failed a probation.
    Failure,
    /// The program ended during each.
    Interruptions(Interruptions),
}

/// How many times the program ended while contents were on probation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Interruptions {
    /// By a crash or a kill, perhaps because of the contents.
    pub(crate) crashes: u32,
    /// By stopping or dropping the updater while the health checks succeeded.
    pub(crate) stops: u32,
}

impl Interruptions {
    /// The contents are not tried again after as many crashes.
    const MAX_CRASHES: u32 = 2;

    /// Nor after as many stops: the contents may be why the program exits without an error.
    const MAX_STOPS: u32 = 10;

    /// Whether the contents are tried once more.
    pub(crate) fn permit_another(self) -> bool {
        self.crashes < Self::MAX_CRASHES && self.stops < Self::MAX_STOPS
    }

    pub(crate) fn total(self) -> u32 {
        self.crashes.saturating_add(self.stops)
    }
}

/// Keeps the last good content across a restart of the program.
pub(crate) trait Store: Debug + Send + Sync {
    fn path(&self) -> &Path;

    /// Whether the values of secret flags are kept as well.
    fn with_secrets(&self) -> bool;

    /// What was saved for `directory`; `None` if nothing was.
    fn load(&self, directory: &Path) -> Result<Option<LastGood>, LastGoodError>;

    /// Replaces what is kept, as a whole or not at all. What belongs to something else is not replaced.
    fn save(&self, directory: &Path, last_good: &LastGood) -> Result<(), LastGoodError>;
}
