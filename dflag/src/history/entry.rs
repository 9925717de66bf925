//! Entries of the history, as the program gets them.

use std::sync::Arc;
use std::time::SystemTime;

use crate::history::trigger::Trigger;
use crate::listing::info::Change;
#[cfg(doc)]
use crate::text::mask::MASK;

/// The last publishes and rejections, as [`Flags::history`](crate::Flags::history) returns them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct History {
    /// The oldest generation to which the flags can be [reverted](crate::Flags::revert_to).
    pub oldest_generation: u64,
    /// In the order in which they happened.
    pub entries: Vec<HistoryEntry>,
}

/// A publish or a rejection, of the [history](crate::Flags::history).
///
/// Values and problems are shortened to 256 and 512 bytes, with an ellipsis at the end. A secret's values are
/// [masked](MASK), and no problem quotes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The generation that was published or, of a rejection, the one that stayed.
    pub generation: u64,
    /// Whether it was published.
    pub outcome: Outcome,
    /// What changed the flags, or tried to.
    pub trigger: Trigger,
    /// Who did, if the [edit](crate::Edit::by) names them. Invisible characters are escaped.
    pub by: Option<Arc<str>>,
    /// Why, if the [edit](crate::Edit::reason) or the [layer](crate::Layer::reason) says so. Invisible characters are
    /// escaped.
    pub reason: Option<Arc<str>>,
    /// When it happened, the first time.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::listing::seconds::serialize")
    )]
    pub time: SystemTime,
    /// When it happened last. See [`count`](Self::count).
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "crate::listing::seconds::serialize")
    )]
    pub last_time: SystemTime,
    /// How many times it happened. Equal rejections that follow each other are one entry: a source that scans
    /// the same invalid map again and again does not push everything else out.
    pub count: u64,
    /// The flags whose value changed, in the order of declaration. A publish without any changed only where a
    /// value comes from, or what is pending restart.
    pub changed: Vec<Change>,
    /// How many more flags changed than the bounds of the history let it keep.
    pub omitted_changes: usize,
    /// Why it was rejected, fully or in part; of an expiry, why overrides that are due stay.
    pub problems: Vec<String>,
    /// How many more problems there were.
    pub omitted_problems: usize,
}

/// What became of an attempt to change the flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Outcome {
    /// It was published.
    Applied,
    /// A layer's valid keys were applied and its invalid ones [were not](crate::OnInvalid::KeepValid), or
    /// overrides that are due stay.
    PartlyRejected,
    /// It was rejected. All flags kept their values.
    Rejected,
    /// A source [went back](crate::FlagSet::roll_back) to an earlier layer, because the program was not healthy with
    /// the newest one. The entry is that of the publish.
    RolledBack,
    /// The earlier layer was rejected. All flags kept the values of the one that was to be rolled back.
    RollbackFailed,
    /// A source [did not propose](crate::FlagSet::hold_back) its newest layer. All flags kept their values.
    HeldBack,
}
