//! Differences: which flags and names are gone, and what else of a flag is another than before.

use std::collections::{BTreeMap, BTreeSet};

use super::super::schema::{Record, Root};
use super::report::{Finding, Severity};
use super::types;
use crate::arguments::normalize;

/// Differences of one flag, or of what concerns all.
pub(super) struct Differences<'a> {
    flag: Option<&'a str>,
    findings: &'a mut Vec<Finding>,
}

impl Differences<'_> {
    pub(super) fn add(&mut self, severity: Severity, message: impl Into<String>) {
        self.findings.push(Finding {
            severity,
            flag: self.flag.map(str::to_owned),
            message: message.into(),
        });
    }

    pub(super) fn breaks(&mut self, message: impl Into<String>) {
        self.add(Severity::Break, message);
    }

    pub(super) fn note(&mut self, message: impl Into<String>) {
        self.add(Severity::Note, message);
    }
}

/// Flags, by each key that sets them.
pub(super) struct Names<'a> {
    records: &'a [Record],
    by_name: BTreeMap<String, &'a Record>,
    variables: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn new(records: &'a [Record], env_names: bool) -> Self {
        let mut by_name = BTreeMap::new();
        // A long name takes precedence over another flag's alias.
        for record in records {
            by_name.insert(normalize(&record.name), record);
        }
        for record in records {
            for alias in &record.aliases {
                by_name.entry(normalize(alias)).or_insert(record);
            }
        }
        let variables = records.iter().filter_map(|record| record.env.as_deref());
        Self {
            records,
            by_name,
            variables: variables.filter(|_| env_names).collect(),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Record> {
        self.by_name.get(&normalize(name)).copied()
    }
}

/// Compares the options that decide which keys are read.
pub(super) fn options(old: &Root, new: &Root, findings: &mut Vec<Finding>) {
    let mut differences = Differences {
        flag: None,
        findings,
    };
    if old.prefix != new.prefix {
        let (old, new) = (&old.prefix, &new.prefix);
        differences.breaks(format!("keys begin with `{new}`, before with `{old}`"));
    }
    match (old.deny_unknown, new.deny_unknown) {
        (false, true) => {
            differences.breaks("a key for no known flag is an error, before it was a warning");
        }
        (true, false) => {
            differences.note("a key for no known flag is a warning, before it was an error");
        }
        _ => {}
    }
    if !old.env_names && new.env_names {
        differences.note("the names of environment variables set flags, too");
    }
}

/// Compares all flags.
pub(super) fn flags(old: &Names<'_>, new: &Names<'_>, findings: &mut Vec<Finding>) {
    let mut kept = BTreeSet::new();
    for record in old.records {
        let mut differences = Differences {
            flag: Some(&record.name),
            findings,
        };
        let Some(now) = new.get(&record.name) else {
            removed(record, new, &mut differences);
            continue;
        };
        kept.insert(&now.name);
        if normalize(&now.name) != normalize(&record.name) {
            differences.note(format!(
                "renamed to `{}`, and the old name is an alias",
                now.name
            ));
        }
        names(old, record, new, now, &mut differences);
        flag(record, now, &mut differences);
    }
    for record in new
        .records
        .iter()
        .filter(|record| !kept.contains(&record.name))
    {
        let mut differences = Differences {
            flag: Some(&record.name),
            findings,
        };
        if record.required {
            differences.breaks("added, and required: without a value the program does not start");
        } else {
            differences.note("added");
        }
    }
}

fn removed(record: &Record, new: &Names<'_>, differences: &mut Differences<'_>) {
    match record.aliases.iter().find_map(|alias| new.get(alias)) {
        Some(now) => differences.breaks(format!(
            "removed, though an alias of it sets `{}`: make the old name an alias, too",
            now.name
        )),
        None => differences.breaks("removed: if it has a new name, make the old one an alias"),
    }
}

/// Compares the names of a flag.
fn names(
    old: &Names<'_>,
    was: &Record,
    new: &Names<'_>,
    now: &Record,
    differences: &mut Differences<'_>,
) {
    for alias in &was.aliases {
        // An alias may have been another flag's name.
        if old.get(alias).is_none_or(|other| other.name != was.name) {
            continue;
        }
        match new.get(alias) {
            Some(other) if other.name == now.name => {}
            Some(other) => {
                differences.breaks(format!("its alias `{alias}` sets `{}` now", other.name));
            }
            None => differences.breaks(format!("its alias `{alias}` is removed")),
        }
    }
    if let Some(variable) = was
        .env
        .as_deref()
        .filter(|variable| old.variables.contains(variable))
        && !new.variables.contains(variable)
    {
        differences.breaks(format!(
            "the key `{variable}`, an environment variable, is removed"
        ));
    }
}

/// Compares two versions of a flag.
fn flag(was: &Record, now: &Record, differences: &mut Differences<'_>) {
    match (was.dynamic, now.dynamic) {
        (true, false) => differences.breaks("static, before dynamic: a change needs a restart"),
        (false, true) => differences.note("dynamic, before static"),
        _ => {}
    }
    if now.uncovered && !was.uncovered {
        differences.breaks("only a key that is there at start sets it, before any did");
    }
    match (was.secret, now.secret) {
        (true, false) => differences.breaks("no secret any longer: its values are shown"),
        (false, true) => differences.note("secret: its values are masked"),
        _ => {}
    }
    if now.required && !was.required {
        differences.breaks("required: without a value the program does not start");
    }
    types::compare(was, now, differences);
    if was.unit != now.unit {
        let unit = |unit: &Option<String>| unit.clone().unwrap_or_else(|| "not given".to_owned());
        differences.breaks(format!(
            "the unit is {}, before {}",
            unit(&now.unit),
            unit(&was.unit)
        ));
    }
    if was.default != now.default && !was.secret && !now.secret {
        let default = |default: &Option<String>| match default {
            Some(text) => format!("`{}`", text.escape_debug()),
            None => "none".to_owned(),
        };
        let (was, now) = (default(&was.default), default(&now.default));
        differences.note(format!("the default is {now}, before {was}"));
    }
    if let (None, Some(instead)) = (&was.deprecated, &now.deprecated) {
        differences.note(format!("deprecated: {instead}"));
    }
}
