//! Records: what the history keeps of a publish or a rejection, within bounds.

use std::mem;
use std::sync::Arc;
use std::time::SystemTime;

use crate::history::attempt::Attempt;
use crate::history::entry::{HistoryEntry, Outcome};
use crate::listing::info::Change;
use crate::read::snapshot::{FlagState, Snapshot};
use crate::schema::Schema;
use crate::text::mask::MASK;
use crate::text::shorten::shortened;

/// The longest text of a value to which a flag can be reverted, in bytes. Of a longer one, the beginning is kept.
pub(crate) const MAX_KEPT: usize = 16 << 10;

/// The longest text of a value that is shown, in bytes.
const MAX_SHOWN: usize = 256;

/// The longest problem, in bytes.
const MAX_PROBLEM: usize = 512;

/// The most problems of a rejection.
const MAX_PROBLEMS: usize = 16;

/// A flag whose value changed.
pub(crate) struct ChangedFlag {
    pub(crate) flag: usize,
    old: Option<Arc<str>>,
    new: Option<Arc<str>>,
    given: Given,
}

/// What gave a flag its old value, before `finish`.
#[derive(Clone)]
pub(crate) enum Given {
    /// This text of a layer; nothing, of an override that unsets an optional flag.
    Text(Option<Arc<str>>),
    /// The command line, the environment or a default. What they gave is there for as long as the program runs.
    Base,
    /// A text that is too long to be kept.
    Long,
    /// A file, whose content is not kept.
    File,
}

impl ChangedFlag {
    fn new(flag: usize, old: &FlagState, new: &FlagState) -> Self {
        let given = match &old.adjusted {
            Some(adjusted) => &adjusted.given,
            None => &old.text,
        };
        Self {
            flag,
            old: kept(old.text.as_ref()),
            new: kept(new.text.as_ref()),
            given: match given {
                _ if old.file_contents.is_some() => Given::File,
                Some(text) if text.len() > MAX_KEPT => Given::Long,
                _ if old.value.is_none() => Given::Base,
                text => Given::Text(text.clone()),
            },
        }
    }

    /// What gave the flag its value before the change.
    pub(crate) fn given(&self) -> &Given {
        &self.given
    }

    fn bytes(&self) -> usize {
        let len = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
        let given = match &self.given {
            // Most often the same allocation as the old text.
            Given::Text(Some(given)) if self.old.as_ref() != Some(given) => given.len(),
            _ => 0,
        };
        mem::size_of::<Self>() + len(&self.old) + len(&self.new) + given
    }

    fn change(&self, schema: &Schema) -> Option<Change> {
        let spec = schema.flags.get(self.flag)?;
        let shown = |text: &Option<Arc<str>>| -> Option<Arc<str>> {
            let text = text.as_ref()?;
            Some(if spec.def.secret {
                MASK.into()
            } else if text.len() > MAX_SHOWN {
                shortened(text, MAX_SHOWN).into()
            } else {
                Arc::clone(text)
            })
        };
        Some(Change {
            flag: spec.name.clone(),
            old: shown(&self.old),
            new: shown(&self.new),
        })
    }
}

/// The text, shared with the snapshot unless it is too long to be kept.
fn kept(text: Option<&Arc<str>>) -> Option<Arc<str>> {
    let text = text?;
    Some(if text.len() > MAX_KEPT {
        shortened(text, MAX_SHOWN).into()
    } else {
        Arc::clone(text)
    })
}

/// The flags among `changed` that changed between two snapshots. Derived values are left out.
pub(crate) fn changed_flags(old: &Snapshot, new: &Snapshot, changed: &[usize]) -> Vec<ChangedFlag> {
    let flag = |flag: &usize| {
        let (old, new) = (old.states.get(*flag)?, new.states.get(*flag)?);
        Some(ChangedFlag::new(*flag, old, new))
    };
    changed.iter().filter_map(flag).collect()
}

/// A publish or a rejection.
pub(crate) struct Record {
    pub(crate) attempt: Attempt,
    pub(crate) outcome: Outcome,
    pub(crate) generation: u64,
    pub(crate) time: SystemTime,
    pub(crate) last_time: SystemTime,
    pub(crate) count: u64,
    /// `None` if nothing was published.
    pub(crate) changes: Option<Vec<ChangedFlag>>,
    omitted_changes: usize,
    problems: Vec<String>,
    omitted_problems: usize,
    /// Identifies the problems.
    pub(crate) digest: Option<u64>,
}

impl Record {
    pub(crate) fn new(
        attempt: Attempt,
        outcome: Outcome,
        generation: u64,
        changes: Option<Vec<ChangedFlag>>,
        mut problems: Vec<String>,
        digest: Option<u64>,
    ) -> Self {
        let omitted_problems = problems.len().saturating_sub(MAX_PROBLEMS);
        problems.truncate(MAX_PROBLEMS);
        for problem in &mut problems {
            if problem.len() > MAX_PROBLEM {
                *problem = shortened(problem, MAX_PROBLEM).into_owned();
            }
        }
        let time = SystemTime::now();
        Self {
            attempt,
            outcome,
            generation,
            time,
            last_time: time,
            count: 1,
            changes,
            omitted_changes: 0,
            problems,
            omitted_problems,
            digest,
        }
    }

    /// What it takes in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let len = |text: &Option<Arc<str>>| text.as_ref().map_or(0, |text| text.len());
        let problems = self.problems.iter().map(String::len);
        let changes = self.changes.iter().flatten().map(ChangedFlag::bytes);
        mem::size_of::<Self>()
            + len(&self.attempt.by)
            + len(&self.attempt.reason)
            + problems.chain(changes).sum::<usize>()
    }

    /// Leaves out the last changes that do not fit into `bytes`. Returns whether there are any.
    pub(crate) fn limit_changes(&mut self, bytes: usize) -> bool {
        let mut excess = self.bytes().saturating_sub(bytes);
        let before = self.omitted_changes;
        while excess > 0
            && let Some(change) = self.changes.as_mut().and_then(Vec::pop)
        {
            excess = excess.saturating_sub(change.bytes());
            self.omitted_changes += 1;
        }
        self.omitted_changes > before
    }

    pub(crate) fn entry(&self, schema: &Schema) -> HistoryEntry {
        let changes = self.changes.iter().flatten();
        HistoryEntry {
            generation: self.generation,
            outcome: self.outcome,
            trigger: self.attempt.trigger.clone(),
            by: self.attempt.by.clone(),
            reason: self.attempt.reason.clone(),
            time: self.time,
            last_time: self.last_time,
            count: self.count,
            changed: changes.filter_map(|change| change.change(schema)).collect(),
            omitted_changes: self.omitted_changes,
            problems: self.problems.clone(),
            omitted_problems: self.omitted_problems,
        }
    }
}
