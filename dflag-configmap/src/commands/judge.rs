//! The judge: what the flags say of a ConfigMap, by proposing it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use dflag::{Applied, FlagInfo, FlagKind, FlagSet, Key, Origin, Rejected};
use serde::Serialize;

use super::doubts::{arrays, templates};
use super::finding::Finding;
use super::subject::Subject;
use crate::context::Context;
use crate::options::Options;

/// What a check found.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// The reasons for which [`initialize`](crate::Updater::initialize) would fail, or the API server reject it.
    pub(crate) problems: Vec<Finding>,
    pub(crate) warnings: Vec<Finding>,
    /// Empty if there are problems with flags.
    pub(crate) changes: Vec<Changed>,
}

/// A flag that the ConfigMap changes. A secret's values are masked.
#[derive(Debug, Serialize)]
pub(crate) struct Changed {
    pub(crate) flag: String,
    /// Whether it changes only when the program starts again.
    pub(crate) restart: bool,
    /// The value of the command line, the environment or the default; `None` if there is none.
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
}

impl Judgement {
    /// What is wrong with the subject, whatever the flags.
    pub(crate) fn of_subject(subject: &Subject) -> Self {
        let findings = |remarks: &[_]| -> Vec<Finding> {
            let remarks = remarks.iter();
            remarks
                .map(|remark| Finding::of_remark(subject, remark))
                .collect()
        };
        Self {
            problems: findings(&subject.problems),
            warnings: findings(&subject.warnings),
            changes: Vec::new(),
        }
    }

    /// Proposes the contents to flags of which nothing else is used, as [`initialize`](crate::Updater::initialize) does.
    /// `may_supply` if the flags were parsed with the contents, which may have supplied values.
    pub(crate) fn add_proposal(
        &mut self,
        flags: &Arc<dyn FlagSet>,
        subject: &Subject,
        options: &Options,
        may_supply: bool,
    ) {
        let location = PathBuf::from(&subject.location);
        let context = Context::new(Arc::clone(flags), location, options.clone());
        let contents = context.select(&subject.contents);
        let before = may_supply.then(|| flags.list());
        match flags.propose(&subject.layer(options, &contents)) {
            Ok(applied) => {
                self.add_warnings(subject, options, &applied);
                self.warnings.extend(arrays(subject, options, flags));
                self.changes = match before {
                    Some(before) => changes_from(&before, &flags.list(), &applied),
                    None => changes(&**flags, &applied),
                };
            }
            Err(rejected) => self.add_rejected(subject, &rejected),
        }
        self.name_flags(subject, options, &|name| match flags.lookup(name) {
            Key::Flag { name } | Key::Uncovered { name, .. } => Some(name),
            Key::Variable { mut flags } if options.env_names && flags.len() == 1 => flags.pop(),
            _ => None,
        });
    }

    /// Names the flags of findings about keys, and warns of texts that look like a template. `flag` is the flag that a name
    /// sets.
    pub(crate) fn name_flags(
        &mut self,
        subject: &Subject,
        options: &Options,
        flag: &dyn Fn(&str) -> Option<String>,
    ) {
        self.warnings.extend(templates(subject, options, flag));
        for finding in self.problems.iter_mut().chain(&mut self.warnings) {
            if let (None, Some(key)) = (&finding.flag, &finding.key) {
                finding.flag = options.keys.name(key).and_then(flag);
            }
        }
    }

    pub(crate) fn add_rejected(&mut self, subject: &Subject, rejected: &Rejected) {
        let is_warning = |problem: &&_| !rejected.problems.contains(problem);
        let unknown = rejected.unknown.iter().filter(is_warning);
        let unknown = unknown.map(|problem| Finding::of_problem(subject, problem));
        self.warnings.extend(unknown);
        let problems = rejected.problems.iter();
        let problems = problems.map(|problem| Finding::of_problem(subject, problem));
        self.problems.extend(problems);
    }

    fn add_warnings(&mut self, subject: &Subject, options: &Options, applied: &Applied) {
        let Applied {
            unknown,
            blank,
            overruled,
            shadowed,
            deprecated,
            rejected,
            ..
        } = applied;
        for problem in rejected {
            let mut finding = Finding::of_problem(subject, problem);
            finding.message += "; the flag keeps its value";
            self.warnings.push(finding);
        }
        for problem in unknown.iter().chain(overruled) {
            self.warnings.push(Finding::of_problem(subject, problem));
        }
        for name in blank {
            let message = format!("`{name}`: the text is empty, which counts as an absent key");
            self.warnings
                .push(Finding::of_key(subject, &options.keys.key(name), message));
        }
        let shadowed = shadowed
            .iter()
            .map(|one| (&one.flag, &one.origin, one.to_string()));
        let deprecated = deprecated
            .iter()
            .map(|one| (&one.flag, &one.origin, one.to_string()));
        for (flag, origin, message) in shadowed.chain(deprecated) {
            let mut finding = Finding::of_origin(subject, Some(origin), message);
            finding.flag = Some(flag.clone());
            self.warnings.push(finding);
        }
    }

    /// Sorts findings by their places; those about the whole come last.
    pub(crate) fn sort(&mut self) {
        let place = |finding: &Finding| {
            (
                finding.line.is_none(),
                finding.line,
                finding.column,
                finding.key.is_none(),
            )
        };
        self.problems.sort_by_key(place);
        self.warnings.sort_by_key(place);
    }
}

/// The flags that a proposal changed.
fn changes(flags: &dyn FlagSet, applied: &Applied) -> Vec<Changed> {
    let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    let changed = applied.changed.iter().map(|change| Changed {
        flag: change.flag.clone(),
        restart: flags.kind(&change.flag) == Some(FlagKind::Static),
        old: text(&change.old),
        new: text(&change.new),
    });
    changed.collect()
}

/// The flags that a proposal changed, and those of which it supplied the first value.
fn changes_from(before: &[FlagInfo], after: &[FlagInfo], applied: &Applied) -> Vec<Changed> {
    let changed = applied.changed.iter();
    let changed: HashSet<&str> = changed.map(|change| &*change.flag).collect();
    let of_source = |flag: &FlagInfo| matches!(flag.origin, Origin::Source { .. });
    let pairs = before.iter().zip(after);
    let pairs =
        pairs.filter(|(old, new)| changed.contains(&*new.name) || (of_source(old) && new.changed));
    let pairs = pairs.map(|(old, new)| Changed {
        flag: new.name.clone(),
        restart: new.kind == FlagKind::Static,
        old: if of_source(old) {
            old.default.clone()
        } else {
            old.value.clone()
        },
        new: new.value.clone(),
    });
    pairs.collect()
}
