//! The ring of records: the last publishes and rejections, bounded by count and by bytes.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::SystemTime;

use crate::history::attempt::{Attempt, Kind};
use crate::history::entry::{History, Outcome};
use crate::history::record::{ChangedFlag, Given, Record};
use crate::history::trigger::Trigger;
use crate::schema::Schema;

/// The most entries, unless the program chooses another number.
const ENTRIES: usize = 100;

/// The most bytes of all entries together, unless the program chooses another number.
const BYTES: usize = 256 << 10;

/// The last publishes and rejections of one set of flags.
pub(crate) struct Ring {
    max_entries: usize,
    max_bytes: usize,
    records: VecDeque<Record>,
    bytes: usize,
    /// The oldest generation of which the records tell the values.
    oldest: u64,
    /// The sources whose last layer was rejected, fully or in part, each with a digest of the problems.
    rejected: Vec<(Trigger, u64)>,
}

impl Ring {
    pub(crate) fn new() -> Self {
        Self {
            max_entries: ENTRIES,
            max_bytes: BYTES,
            records: VecDeque::new(),
            bytes: 0,
            oldest: 1,
            rejected: Vec::new(),
        }
    }

    /// Adds what became of an attempt. Returns whether it is another rejection of the same source for the same
    /// problems.
    ///
    /// `generation` is the one after the attempt, and `changes` are those of the publish, `None` if it is the
    /// generation of before. Callers hold the writer lock, so records are in the order of the publishes.
    pub(crate) fn add(
        &mut self,
        attempt: Attempt,
        outcome: Outcome,
        generation: u64,
        changes: Option<Vec<ChangedFlag>>,
        problems: Vec<String>,
    ) -> bool {
        let digest = digest(&problems);
        // A source rolls back and holds back once.
        let is_repeated = match attempt.kind {
            Kind::Change => self.is_repeated(&attempt.trigger, digest),
            Kind::Rollback | Kind::HoldBack => false,
        };
        if outcome == Outcome::RolledBack {
            // Another layer of the source was applied, so a rejection after it is news.
            self.rejected
                .retain(|(source, _)| *source != attempt.trigger);
        }
        if changes.is_none() && digest.is_none() && outcome == Outcome::Applied {
            return is_repeated;
        }
        if changes.is_none() {
            let is_rollback = |record: &&mut Record| {
                record.outcome == Outcome::RolledBack && record.attempt.trigger == attempt.trigger
            };
            let mut since = self.records.iter_mut().rev();
            let last = since.find(|record| record.attempt == attempt || is_rollback(record));
            let is_equal = |record: &&mut Record| {
                record.attempt == attempt && (record.digest, record.outcome) == (digest, outcome)
            };
            if let Some(equal) = last.filter(is_equal) {
                equal.count += 1;
                equal.last_time = SystemTime::now();
                return is_repeated;
            }
        }
        let mut record = Record::new(attempt, outcome, generation, changes, problems, digest);
        if record.limit_changes(self.max_bytes) {
            self.oldest = generation;
        }
        self.bytes += record.bytes();
        self.records.push_back(record);
        self.evict();
        is_repeated
    }

    /// Whether a source's last layer was rejected for these problems, too. Other attempts are not repeated by
    /// themselves.
    fn is_repeated(&mut self, trigger: &Trigger, digest: Option<u64>) -> bool {
        if !matches!(trigger, Trigger::Source { .. }) {
            return false;
        }
        let last = self
            .rejected
            .iter()
            .position(|(source, _)| source == trigger);
        let last = last.map(|index| self.rejected.swap_remove(index).1);
        if let Some(digest) = digest {
            self.rejected.push((trigger.clone(), digest));
        }
        digest.is_some() && last == digest
    }

    pub(crate) fn limit(&mut self, entries: usize, bytes: usize) {
        (self.max_entries, self.max_bytes) = (entries, bytes);
        self.evict();
    }

    fn evict(&mut self) {
        while (self.records.len() > self.max_entries || self.bytes > self.max_bytes)
            && let Some(record) = self.records.pop_front()
        {
            self.bytes -= record.bytes();
            if record.changes.is_some() {
                self.oldest = self.oldest.max(record.generation);
            }
        }
    }

    pub(crate) fn history(&self, schema: &Schema) -> History {
        let records = self.records.iter();
        History {
            oldest_generation: self.oldest,
            entries: records.map(|record| record.entry(schema)).collect(),
        }
    }

    /// What the flags that changed after a generation had in it.
    ///
    /// # Errors
    /// The oldest generation for which that is known.
    pub(crate) fn given_in(&self, generation: u64) -> Result<BTreeMap<usize, Given>, u64> {
        if generation < self.oldest {
            return Err(self.oldest);
        }
        let later = self.records.iter().rev();
        let later = later.take_while(|record| record.generation > generation);
        // The oldest change of a flag counts, which comes last.
        let changes = later.flat_map(|record| record.changes.iter().flatten());
        Ok(changes
            .map(|change| (change.flag, change.given().clone()))
            .collect())
    }
}

/// Identifies the problems; `None` if there are none.
fn digest(problems: &[String]) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    problems.hash(&mut hasher);
    (!problems.is_empty()).then(|| hasher.finish())
}
