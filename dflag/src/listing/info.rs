//! Flags as a page or a script sees them: names, texts and origins, with secrets masked.

use std::sync::Arc;

use crate::listing::checksum::Checksum;
use crate::origin::Origin;
use crate::schema::FlagKind;

/// Stands in place of a secret's value.
pub const MASK: &str = "********";

/// A static flag that would change with a restart: a source wants another value than the one that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingRestart {
    /// The flag's name.
    pub flag: String,
    /// The value that the flag would have, as text; `None` where an optional flag would not be set.
    /// A secret's is [masked](MASK).
    pub value: Option<String>,
}

/// A flag as [`Flags::list`](crate::Flags::list) shows it. A secret's values are [masked](MASK).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct FlagInfo {
    /// The long name, without the dashes in front.
    pub name: String,
    /// The other names by which it can be set: the aliases that the clap argument declares, and its
    /// id, where that differs from the name in more than `-` and `_`.
    pub aliases: Vec<String>,
    /// The help text; empty where there is none.
    pub help: String,
    /// Static or dynamic.
    pub kind: FlagKind,
    /// The current value as text; `None` for an optional flag that is not set.
    /// The values of a list are joined by its delimiter, or by line breaks if it has none.
    pub value: Option<String>,
    /// The default as text; `None` where there is none.
    pub default: Option<String>,
    /// Where the value came from.
    pub origin: Origin,
    /// Whether the value differs from the default. Values are compared, not their texts, where the
    /// type has [`PartialEq`].
    pub changed: bool,
    /// What each layer that has a value for the flag says, from the bottom up: the base, then sources
    /// and the override. Layers above and beneath the one that decides are listed as well.
    pub layers: Vec<LayerInfo>,
    /// For a static flag that would change with a restart: the value it would have.
    pub pending_restart: Option<PendingRestart>,
    /// The valid values, where clap knows them all; empty where it does not.
    pub possible_values: Vec<String>,
    /// Whether the value is never shown.
    pub secret: bool,
    /// Whether the value is a JSON text (see `dflag::value::json`).
    pub json: bool,
    /// Whether it takes any number of values.
    pub many: bool,
    /// The environment variable that can set the flag at start-up.
    pub env: Option<String>,
}

/// What one layer says of a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerInfo {
    /// Where the value comes from.
    pub origin: Origin,
    /// The value as text; `None` if the layer leaves an optional flag unset. A secret's is
    /// [masked](MASK).
    pub value: Option<String>,
}

/// A consistent snapshot of all flags.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// The number of the snapshot.
    pub generation: u64,
    /// The digest of the static flags.
    pub checksum_static: Checksum,
    /// The digest of the dynamic flags.
    pub checksum_dynamic: Checksum,
    /// Every flag, in the order of declaration.
    pub flags: Vec<FlagInfo>,
}

/// A flag whose value changed. A secret's values are [masked](MASK).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The flag's name.
    pub flag: String,
    /// The value before, as text; `None` if the flag was not set.
    pub old: Option<Arc<str>>,
    /// The value now, as text; `None` if the flag is not set.
    pub new: Option<Arc<str>>,
}
