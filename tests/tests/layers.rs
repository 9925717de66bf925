//! The flags depend on the command line, the layers and the overrides in force, and not on the history.
//!
//! Random proposals of three sources and random overrides, valid and invalid, with a random command line.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::{ArgAction, Parser, ValueEnum, value_parser};
use dflag::{
    Applied, Change, Checksum, DynamicFlags, FlagInfo, FlagKind, FlagSet, Flags, Layer, Origin,
    Precedence, Rejected,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

#[derive(Clone, Debug, PartialEq, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 1, value_parser = value_parser!(i64).range(0..10))]
    #[flag(dynamic)]
    int: i64,

    #[arg(long)]
    #[flag(dynamic)]
    maybe: Option<u8>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    list: Vec<String>,

    #[arg(long)]
    #[flag(dynamic)]
    switch: bool,

    #[arg(long, action = ArgAction::Count)]
    #[flag(dynamic)]
    count: u8,

    #[command(flatten)]
    #[flag(flatten)]
    nested: Nested,
}

#[derive(Clone, Debug, PartialEq, clap::Args, DynamicFlags)]
struct Nested {
    #[arg(long, value_enum, default_value = "low")]
    #[flag(dynamic)]
    level: Level,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Level {
    Low,
    High,
}

/// What may be on the command line.
const COMMAND_LINE: &[&str] = &[
    "--int=5",
    "--maybe=5",
    "--list=x,y",
    "--switch",
    "--count",
    "--level=high",
];

const VALID: &[(&str, &[&str])] = &[
    ("int", &["0", "1", "5", "9"]),
    ("maybe", &["0", "5", "255"]),
    ("list", &["a", "a,b", "x\ny", "x,y"]),
    ("switch", &["yes", "off", "true"]),
    ("count", &["0", "1", "3"]),
    ("level", &["low", "high"]),
];

const INVALID: &[(&str, &str)] = &[
    ("int", "10"),
    ("maybe", "256"),
    ("switch", "perhaps"),
    ("count", "-1"),
    ("level", "middle"),
];

/// Flags with their texts.
type Texts = BTreeMap<&'static str, &'static str>;

#[derive(Clone, Debug)]
enum Step {
    Propose(Proposal),
    Override(&'static str, &'static str),
    Clear(&'static str),
}

#[derive(Clone, Debug)]
struct Proposal {
    source: &'static str,
    precedence: Precedence,
    texts: Texts,
}

impl Proposal {
    fn layer(&self) -> Layer {
        let mut layer = Layer::new("test", self.source).precedence(self.precedence);
        for (flag, text) in &self.texts {
            layer.text(*flag, format!("{}/{flag}", self.source), *text);
        }
        layer
    }
}

fn command_line() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(COMMAND_LINE, 0..=COMMAND_LINE.len())
}

fn valid() -> impl Strategy<Value = (&'static str, &'static str)> {
    select(VALID).prop_flat_map(|(flag, texts)| (Just(flag), select(texts)))
}

/// One text in twenty is invalid.
fn text() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![19 => valid(), 1 => select(INVALID)]
}

fn proposal() -> impl Strategy<Value = Proposal> {
    let source = select(&["one", "two", "three"][..]);
    let precedence = select(Precedence::value_variants());
    (source, precedence, vec(text(), 0..5)).prop_map(|(source, precedence, texts)| Proposal {
        source,
        precedence,
        texts: texts.into_iter().collect(),
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => proposal().prop_map(Step::Propose),
        2 => text().prop_map(|(flag, text)| Step::Override(flag, text)),
        1 => select(VALID).prop_map(|(flag, _)| Step::Clear(flag)),
    ]
}

/// The flags of a program, with the proposals and overrides in force.
struct Program {
    flags: Flags<Args>,
    set: Arc<dyn FlagSet>,
    /// In the order of the sources' first proposals.
    proposals: Vec<Proposal>,
    overrides: Texts,
}

impl Program {
    fn start(command_line: &[&str]) -> Self {
        let line = ["program"].iter().chain(command_line);
        let flags = Args::try_parse_dynamic_from(line).unwrap();
        Self {
            set: (&flags).into(),
            flags,
            proposals: Vec::new(),
            overrides: Texts::new(),
        }
    }

    fn apply(&mut self, step: &Step) -> Result<Applied, Rejected> {
        match step {
            Step::Propose(proposal) => {
                let applied = self.set.propose(&proposal.layer())?;
                let mut proposals = self.proposals.iter_mut();
                match proposals.find(|last| last.source == proposal.source) {
                    Some(last) => last.clone_from(proposal),
                    None => self.proposals.push(proposal.clone()),
                }
                Ok(applied)
            }
            Step::Override(flag, text) => {
                let applied = self.flags.set(flag, text)?;
                self.overrides.insert(flag, text);
                Ok(applied)
            }
            Step::Clear(flag) => {
                let applied = self.flags.clear(flag)?;
                self.overrides.remove(flag);
                Ok(applied)
            }
        }
    }

    /// Everything that the flags show, except the generation and the revisions, which tell of their past.
    fn contents(&self) -> (Args, Vec<FlagInfo>, Checksum) {
        let args = self.flags.load().clone();
        let mut list = self.flags.list();
        for flag in &mut list {
            flag.revision = 0;
        }
        (args, list, self.flags.checksum(FlagKind::Dynamic))
    }

    /// The text of the topmost layer that sets the flag, computed from the order of layers.
    fn topmost_text(&self, flag: &str, is_on_command_line: bool) -> Option<&'static str> {
        let applies = |proposal: &&Proposal| {
            !is_on_command_line || proposal.precedence == Precedence::AboveCommandLine
        };
        self.overrides.get(flag).copied().or_else(|| {
            let mut from_bottom: Vec<_> = self.proposals.iter().filter(applies).collect();
            from_bottom.sort_by_key(|proposal| proposal.precedence);
            let mut from_top = from_bottom.into_iter().rev();
            from_top.find_map(|proposal| proposal.texts.get(flag).copied())
        })
    }
}

proptest! {
    #[test]
    fn any_history_equals_a_fresh_start_with_the_layers_in_force(
        command_line in command_line(),
        steps in vec(step(), 0..40),
    ) {
        let mut old = Program::start(&command_line);
        for step in &steps {
            // A rejected step changes nothing, as the next test asserts.
            let _ = old.apply(step);
        }

        let mut fresh = Program::start(&command_line);
        for proposal in &old.proposals {
            fresh.apply(&Step::Propose(proposal.clone())).unwrap();
        }
        for (flag, text) in &old.overrides {
            fresh.apply(&Step::Override(flag, text)).unwrap();
        }
        prop_assert_eq!(fresh.contents(), old.contents());
    }

    #[test]
    fn a_step_applies_as_a_whole_or_changes_nothing(
        command_line in command_line(),
        steps in vec(step(), 0..40),
    ) {
        let mut program = Program::start(&command_line);
        for step in &steps {
            let (before, generation) = (program.contents(), program.flags.generation());
            match program.apply(step) {
                Ok(applied) => {
                    prop_assert_eq!(applied.generation, program.flags.generation());
                    let changed = changed(&before.1, &program.flags.list());
                    prop_assert_eq!(reported(&applied.changed), changed);
                }
                Err(rejected) => {
                    prop_assert!(!rejected.problems.is_empty());
                    prop_assert_eq!(program.contents(), before);
                    prop_assert_eq!(program.flags.generation(), generation);
                }
            }
        }
    }

    #[test]
    fn repeating_a_step_changes_nothing(
        command_line in command_line(),
        steps in vec(step(), 0..20),
    ) {
        let mut program = Program::start(&command_line);
        for step in &steps {
            if let Ok(first) = program.apply(step) {
                let before = program.contents();
                let again = program.apply(step).unwrap();
                prop_assert!(again.changed.is_empty());
                prop_assert_eq!(again.generation, first.generation);
                prop_assert_eq!(program.contents(), before);
            }
        }
    }

    #[test]
    fn the_topmost_layer_wins(
        command_line in command_line(),
        steps in vec(step(), 0..40),
    ) {
        let mut program = Program::start(&command_line);
        for step in &steps {
            let _ = program.apply(step);
            let is_on_command_line = command_line.contains(&"--int=5");
            let base = if is_on_command_line { 5 } else { 1 };
            let expected = match program.topmost_text("int", is_on_command_line) {
                Some(text) => text.parse().unwrap(),
                None => base,
            };
            prop_assert_eq!(program.flags.int.get(), expected);
            prop_assert_eq!(program.flags.load().int, expected);
        }
    }

    #[test]
    fn a_rejection_names_every_invalid_flag(
        valid in vec(valid(), 0..4),
        invalid in subsequence(INVALID, 1..=INVALID.len()),
    ) {
        let mut texts: Texts = valid.into_iter().collect();
        texts.extend(invalid.iter().copied());
        let mut program = Program::start(&[]);
        let rejected = program
            .apply(&Step::Propose(Proposal {
                source: "one",
                precedence: Precedence::default(),
                texts,
            }))
            .unwrap_err();
        let named: Vec<_> = rejected.problems.iter().filter_map(|problem| problem.flag()).collect();
        let expected: Vec<_> = invalid.iter().map(|(flag, _)| *flag).collect();
        prop_assert_eq!(named, expected);
    }

    #[test]
    fn an_origin_is_the_layer_and_location_of_the_value(texts in btree_map(select(&["int", "maybe"][..]), Just("5"), 0..3)) {
        let mut program = Program::start(&["--maybe=7"]);
        let proposal = Proposal {
            source: "one",
            precedence: Precedence::AboveCommandLine,
            texts: texts.clone(),
        };
        program.apply(&Step::Propose(proposal)).unwrap();
        for (flag, base) in [("int", Origin::Default), ("maybe", Origin::CommandLine)] {
            let list = program.flags.list();
            let info = list.iter().find(|info| info.name == flag).unwrap();
            let expected = if texts.contains_key(flag) {
                Origin::Source {
                    name: "test".into(),
                    location: format!("one/{flag}").into(),
                }
            } else {
                base
            };
            prop_assert_eq!(&info.origin, &expected);
        }
    }
}

/// Changed flags: name, old value and new value.
type Changes = Vec<(String, Option<String>, Option<String>)>;

/// The changes between two lists.
fn changed(before: &[FlagInfo], after: &[FlagInfo]) -> Changes {
    let pairs = before.iter().zip(after);
    pairs
        .filter(|(before, after)| before.value != after.value)
        .map(|(before, after)| {
            (
                after.name.clone(),
                before.value.clone(),
                after.value.clone(),
            )
        })
        .collect()
}

/// The changes that a step reports.
fn reported(changes: &[Change]) -> Changes {
    let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    let changes = changes.iter();
    changes
        .map(|change| (change.flag.clone(), text(&change.old), text(&change.new)))
        .collect()
}
