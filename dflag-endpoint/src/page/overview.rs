//! What the page says of all flags, whatever is selected: how many there are of each kind, and what needs attention.

use std::collections::HashMap;
use std::time::SystemTime;

use dflag::{FlagInfo, FlagKind, Origin};

use super::until::Until;

/// How many flags there are of each kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(super) all: usize,
    pub(super) changed: usize,
    pub(super) dynamic: usize,
    pub(super) pending: usize,
    pub(super) overridden: usize,
}

impl Counts {
    pub(crate) fn all(self) -> usize {
        self.all
    }

    fn of(flags: &[FlagInfo]) -> Self {
        let count = |condition: fn(&&FlagInfo) -> bool| flags.iter().filter(condition).count();
        Self {
            all: flags.len(),
            changed: count(|flag| flag.changed),
            dynamic: count(|flag| flag.kind == FlagKind::Dynamic),
            pending: count(|flag| flag.pending_restart.is_some()),
            overridden: count(|flag| flag.origin == Origin::Override),
        }
    }
}

/// All flags in short.
#[derive(Debug, Default)]
pub(crate) struct Overview {
    pub(crate) counts: Counts,
    pub(super) overrides: Vec<Override>,
    pub(super) pending: Vec<Pending>,
    /// Flags that a source's error names, with the problem.
    pub(super) rejected: Vec<(String, String)>,
}

/// A flag that is overridden.
#[derive(Debug)]
pub(super) struct Override {
    pub(super) flag: String,
    pub(super) value: Option<String>,
    pub(super) revision: u64,
    pub(super) is_json: bool,
    /// When it expires.
    pub(super) until: Option<Until>,
    /// Whether it stays although it has expired.
    pub(super) is_overdue: bool,
}

/// A flag that is pending restart.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) flag: String,
    pub(super) value: Option<String>,
}

impl Overview {
    /// Only the counts.
    pub(crate) fn counting(flags: &[FlagInfo]) -> Self {
        Self {
            counts: Counts::of(flags),
            ..Self::default()
        }
    }

    /// Whether no time left is shown, which changes all the time.
    pub(crate) fn is_steady(&self) -> bool {
        self.overrides.iter().all(|flag| flag.until.is_none())
    }

    /// `rejections` has the flags that sources' errors name.
    pub(crate) fn of(flags: &[FlagInfo], rejections: &HashMap<String, String>) -> Self {
        let overridden = |flag: &&FlagInfo| flag.origin == Origin::Override;
        let overrides = flags.iter().filter(overridden).map(Override::new);
        let pending = flags.iter().filter_map(|flag| {
            Some(Pending {
                flag: flag.name.clone(),
                value: flag.pending_restart.as_ref()?.value.clone(),
            })
        });
        let rejected = flags.iter().filter_map(|flag| {
            let problem = rejections.get(&flag.name)?;
            Some((flag.name.clone(), problem.clone()))
        });
        Self {
            counts: Counts::of(flags),
            overrides: overrides.collect(),
            pending: pending.collect(),
            rejected: rejected.collect(),
        }
    }
}

impl Override {
    fn new(flag: &FlagInfo) -> Self {
        let expiry = flag.expiry.as_ref();
        Self {
            flag: flag.name.clone(),
            value: flag.value.clone(),
            revision: flag.revision,
            is_json: flag.json,
            until: expiry.map(|expiry| Until::new(expiry.remaining, SystemTime::now())),
            is_overdue: expiry.is_some_and(|expiry| expiry.reason.is_some()),
        }
    }
}
