//! Rows: the flags' keys, grouped by what their texts have to be.

use std::collections::BTreeMap;

use dflag::{FlagSchema, ValueType};

use super::cel::{list, quoted};
use super::check::{self, Check, Requirement};
use super::expression::{Difference, Form, Shape, binary_keys, conflicts, mixed_spellings, values};
use super::keys::Keys;
use super::manifest::Variable;
use crate::escape::Escaped;

/// The size of a variable's rows, so that its expression stays below the API server's limit of 100,000 characters.
const MAX_SIZE: usize = 30_000;

/// The keys of a row, at most.
const MAX_ROW: usize = 200;

/// What the evaluation of one expression may cost, by a wide margin. The API server's limit is 1,000,000.
const MAX_COST: usize = 300_000;

/// What all of them may cost for members of lists or for patterns. Its limit is 10,000,000.
const MAX_TOTAL_COST: usize = 2_500_000;

/// What checking a member of a list costs.
const MEMBER_COST: usize = 40;

/// The length of a text that is split into members or matched with a pattern, at most.
const MAX_LEN: usize = 4096;

/// Parameters, and the end of the message.
type Demand = (Vec<String>, String);

/// The rows of all flags, and what they can't say.
#[derive(Debug, Default)]
pub(super) struct Rows {
    checks: BTreeMap<(Check, Form), BTreeMap<Demand, Vec<String>>>,
    pairs: BTreeMap<Difference, Vec<[String; 2]>>,
    /// The keys that mix `-` and `_`, by what to write instead.
    mixed: BTreeMap<String, Vec<String>>,
    /// The keys that `binaryData` may not have.
    not_binary: Vec<String>,
    /// What the policy leaves to the program.
    pub(super) remarks: Vec<String>,
}

/// The rows of these flags.
pub(super) fn of_flags(flags: &[FlagSchema], keys: &[Keys]) -> Rows {
    let mut rows = Rows::default();
    for (flag, keys) in flags.iter().zip(keys) {
        // A name that several flags have sets none, or it is not known which.
        if let Some(first) = keys.accepted.first() {
            rows.add(flag, keys, first);
        }
    }
    rows
}

impl Rows {
    fn add(&mut self, flag: &FlagSchema, keys: &Keys, first: &str) {
        let form = Form {
            // The parser of a set trims, too.
            trim: flag.trim || flag.list.is_some(),
            optional: flag.optional,
            secret: flag.info.secret,
            shape: match &flag.list {
                Some(list) => Shape::List(list.delimiter),
                None => Shape::Value,
            },
        };
        let mut unsaid = Vec::new();
        if flag.list.is_none() || flag.info.arrays {
            for requirement in check::of_value(flag, &mut unsaid) {
                self.require(form, requirement, &keys.accepted);
            }
            if let Some(requirement) = check::count(flag) {
                self.require(form, requirement, &keys.accepted);
            }
        } else {
            unsaid.push("a list whose white space counts, or of JSON".to_owned());
        }
        let unsaid = unsaid
            .iter()
            .map(|unsaid| format!("`{}`: {unsaid}", flag.info.name));
        self.remarks.extend(unsaid);

        let difference = match (&flag.value_type, flag.trim) {
            (ValueType::Boolean { .. }, true) => Some(Difference::Boolean),
            (ValueType::Integer { .. }, true) => Some(Difference::Integer),
            (ValueType::Text, true) => Some(Difference::Text),
            (ValueType::Text, false) => Some(Difference::UntrimmedText),
            _ => None,
        };
        if let Some(difference) = difference.filter(|_| flag.list.is_none()) {
            self.pairs
                .entry(difference)
                .or_default()
                .extend(keys.pairs.iter().cloned());
        }
        if !keys.mixed.is_empty() {
            let mixed = self.mixed.entry(first.to_owned()).or_default();
            mixed.extend(keys.mixed.iter().cloned());
        }
        if flag.value_type != ValueType::Bytes {
            self.not_binary
                .extend(keys.accepted.iter().chain(&keys.mixed).cloned());
        }
    }

    fn require(&mut self, form: Form, requirement: Requirement, keys: &[String]) {
        let Requirement {
            check,
            parameters,
            reason,
        } = requirement;
        let rows = self.checks.entry((check, form)).or_default();
        let reason = Escaped(reason).to_string();
        let row = rows.entry((parameters, reason)).or_default();
        row.extend(keys.iter().cloned());
    }

    /// The variables whose problems are these.
    pub(super) fn variables(&mut self) -> Vec<Variable> {
        let mut variables = Variables::default();
        let max_len = self.max_len();
        for ((check, form), rows) in &self.checks {
            let mut chunk = Chunk::default();
            for ((parameters, reason), keys) in rows {
                let parameters = list(parameters.iter().map(String::as_str));
                let cost = cost(*check, *form, &parameters, max_len);
                let per_row = (MAX_COST / cost).clamp(1, MAX_ROW);
                for keys in keys.chunks(per_row) {
                    let keys_list = list(keys.iter().map(String::as_str));
                    let row = format!("  [{keys_list}, {parameters}, {}],\n", list([&**reason]));
                    if chunk.is_full(row.len(), cost * keys.len()) {
                        let expression = values(*check, *form, &chunk.take(), max_len);
                        variables.add(check.name(), expression, false);
                    }
                    chunk.push(&row, cost * keys.len());
                }
            }
            variables.add(
                check.name(),
                values(*check, *form, &chunk.take(), max_len),
                false,
            );
        }
        for (difference, pairs) in &self.pairs {
            let rows = pairs
                .iter()
                .map(|pair| list(pair.iter().map(String::as_str)));
            for rows in chunks(rows) {
                variables.add("conflicts", conflicts(*difference, &rows), false);
            }
        }
        let mixed = self.mixed.iter().map(|(first, keys)| {
            let keys = list(keys.iter().map(String::as_str));
            format!("[{keys}, {}]", list([&**first]))
        });
        let mixed: Vec<String> = mixed.collect();
        for (field, binary) in [("data", false), ("binaryData", true)] {
            for rows in chunks(mixed.iter().cloned()) {
                variables.add("mixed_spellings", mixed_spellings(&rows, field), binary);
            }
        }
        for rows in chunks(self.not_binary.iter().map(|key| quoted(key))) {
            variables.add("binary_keys", binary_keys(&rows), true);
        }
        self.remark_lengths(max_len);
        variables.all
    }

    /// How long a text may be that is split or matched. The less, the more texts there are.
    fn max_len(&self) -> usize {
        let keys =
            |rows: &BTreeMap<Demand, Vec<String>>| -> usize { rows.values().map(Vec::len).sum() };
        let mut per_character = 0;
        for ((check, form), rows) in &self.checks {
            if form.shape.is_list() {
                per_character += keys(rows) * MEMBER_COST / 2;
            }
            if matches!(check, Check::Pattern | Check::AsciiPattern) {
                let lengths = rows.iter().map(|((pattern, _), keys)| {
                    pattern.iter().map(String::len).sum::<usize>() * keys.len()
                });
                per_character += lengths.sum::<usize>().div_ceil(40);
            }
        }
        (MAX_TOTAL_COST / per_character.max(1)).clamp(64, MAX_LEN)
    }

    fn remark_lengths(&mut self, max_len: usize) {
        let mut checks = self.checks.keys();
        if checks.clone().any(|(_, form)| form.shape.is_list()) {
            self.remarks.push(format!(
                "lists with more than {max_len} characters, JSON arrays, and lists whose lines begin with a dash"
            ));
        }
        if checks.any(|(check, _)| matches!(check, Check::Pattern | Check::AsciiPattern)) {
            self.remarks.push(format!(
                "patterns of texts with more than {max_len} characters, and those with `(?i)` or a class such as \
                 `\\d` of texts that are not ASCII"
            ));
        }
    }
}

/// What checking one key costs, at most.
fn cost(check: Check, form: Form, parameters: &str, max_len: usize) -> usize {
    let pattern = match check {
        Check::Pattern | Check::AsciiPattern => max_len * parameters.len() / 40,
        Check::Word | Check::WordInAnyCase | Check::AsciiWordInAnyCase => parameters.len() / 2,
        _ => 0,
    };
    let members = if form.shape.is_list() {
        max_len * MEMBER_COST / 2
    } else {
        0
    };
    100 + pattern + members
}

/// Rows that become one expression.
#[derive(Default)]
struct Chunk {
    rows: String,
    cost: usize,
}

impl Chunk {
    fn is_full(&self, size: usize, cost: usize) -> bool {
        !self.rows.is_empty() && (self.rows.len() + size > MAX_SIZE || self.cost + cost > MAX_COST)
    }

    fn push(&mut self, row: &str, cost: usize) {
        self.rows.push_str(row);
        self.cost += cost;
    }

    fn take(&mut self) -> String {
        std::mem::take(self).rows
    }
}

/// Rows of equal cost.
fn chunks(rows: impl Iterator<Item = String>) -> Vec<String> {
    let (mut chunks, mut chunk) = (Vec::new(), Chunk::default());
    for row in rows {
        let row = format!("  {row},\n");
        if chunk.is_full(row.len(), 150) {
            chunks.push(chunk.take());
        }
        chunk.push(&row, 150);
    }
    if !chunk.rows.is_empty() {
        chunks.push(chunk.take());
    }
    chunks
}

#[derive(Default)]
struct Variables {
    all: Vec<Variable>,
    counts: BTreeMap<&'static str, usize>,
}

impl Variables {
    fn add(&mut self, name: &'static str, expression: String, binary: bool) {
        let count = self.counts.entry(name).or_default();
        *count += 1;
        self.all.push(Variable {
            name: format!("{name}_{count}"),
            expression,
            has_problems: true,
            binary,
        });
    }
}
