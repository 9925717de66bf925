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
    /// Whether they failed it. Otherwise they were on probation when this was written.
    pub(crate) has_failed: bool,
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
