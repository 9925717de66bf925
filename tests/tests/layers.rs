//! Layers are rebuilt from the ground, so history leaves no trace.
//!
//! Proposals and overrides at random, good and bad, from three sources, on any command line.

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

/// What may be typed at the start.
const TYPED: &[&str] = &[
    "--int=5",
    "--maybe=5",
    "--list=x,y",
    "--switch",
    "--count",
    "--level=high",
];

const GOOD: &[(&str, &[&str])] = &[
    ("int", &["0", "1", "5", "9"]),
    ("maybe", &["0", "5", "255"]),
    ("list", &["a", "a,b", "x\ny", "x,y"]),
    ("switch", &["yes", "off", "true"]),
    ("count", &["0", "1", "3"]),
    ("level", &["low", "high"]),
];

const BAD: &[(&str, &str)] = &[
    ("int", "10"),
    ("maybe", "256"),
    ("switch", "perhaps"),
    ("count", "-1"),
    ("level", "middle"),
];

/// One source's flags and values.
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

fn typed() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(TYPED, 0..=TYPED.len())
}

fn good() -> impl Strategy<Value = (&'static str, &'static str)> {
    select(GOOD).prop_flat_map(|(flag, texts)| (Just(flag), select(texts)))
}

/// One text in twenty is bad.
fn text() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop_oneof![19 => good(), 1 => select(BAD)]
}

fn proposal() -> impl Strategy<Value = Proposal> {
    let source = select(&["one", "two", "three"][..]);
    let precedence = select(&[Precedence::AboveCommandLine, Precedence::BelowCommandLine][..]);
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
        1 => select(GOOD).prop_map(|(flag, _)| Step::Clear(flag)),
    ]
}

/// A program's flags, and what it was told that still holds.
struct Program {
    flags: Flags<Args>,
    set: Arc<dyn FlagSet>,
    /// In the order in which the sources came.
    proposals: Vec<Proposal>,
    overrides: Texts,
}

impl Program {
    fn start(typed: &[&str]) -> Self {
        let line = ["program"].iter().chain(typed);
        let flags = Args::try_parse_dynamic_from(line).unwrap();
        Self {
            set: (&flags).into(),
            flags,
            proposals: Vec::new(),
            overrides: Texts::new(),
        }
    }

    fn take(&mut self, step: &Step) -> Result<Applied, Rejected> {
        match step {
            Step::Propose(proposal) => {
                let applied = self.set.propose(&proposal.layer())?;
                let mut held = self.proposals.iter_mut();
                match held.find(|held| held.source == proposal.source) {
                    Some(held) => held.clone_from(proposal),
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

    /// All that can be seen of the flags, but for how often they changed.
    fn seen(&self) -> (Args, Vec<FlagInfo>, Checksum) {
        let args = self.flags.load().clone();
        (
            args,
            self.flags.list(),
            self.flags.checksum(FlagKind::Dynamic),
        )
    }

    /// Who has the last word on a flag, by the rule and without the program.
    fn last_word(&self, flag: &str, typed: bool) -> Option<&'static str> {
        let speaks =
            |proposal: &&Proposal| !typed || proposal.precedence == Precedence::AboveCommandLine;
        self.overrides.get(flag).copied().or_else(|| {
            let mut from_top = self.proposals.iter().rev().filter(speaks);
            from_top.find_map(|proposal| proposal.texts.get(flag).copied())
        })
    }
}

proptest! {
    #[test]
    fn any_history_ends_as_its_last_state_on_a_fresh_start(
        typed in typed(),
        steps in vec(step(), 0..40),
    ) {
        let mut old = Program::start(&typed);
        for step in &steps {
            // What is rejected leaves no trace; the other test holds it to that.
            let _ = old.take(step);
        }

        let mut fresh = Program::start(&typed);
        for proposal in &old.proposals {
            fresh.take(&Step::Propose(proposal.clone())).unwrap();
        }
        for (flag, text) in &old.overrides {
            fresh.take(&Step::Override(flag, text)).unwrap();
        }
        prop_assert_eq!(fresh.seen(), old.seen());
    }

    #[test]
    fn a_step_is_taken_whole_or_leaves_everything_as_it_was(
        typed in typed(),
        steps in vec(step(), 0..40),
    ) {
        let mut program = Program::start(&typed);
        for step in &steps {
            let (seen, generation) = (program.seen(), program.flags.generation());
            match program.take(step) {
                Ok(applied) => {
                    prop_assert_eq!(applied.generation, program.flags.generation());
                    let changed = changed(&seen.1, &program.flags.list());
                    prop_assert_eq!(told(&applied.changed), changed);
                }
                Err(rejected) => {
                    prop_assert!(!rejected.problems.is_empty());
                    prop_assert_eq!(program.seen(), seen);
                    prop_assert_eq!(program.flags.generation(), generation);
                }
            }
        }
    }

    #[test]
    fn saying_it_again_changes_nothing(
        typed in typed(),
        steps in vec(step(), 0..20),
    ) {
        let mut program = Program::start(&typed);
        for step in &steps {
            if let Ok(first) = program.take(step) {
                let seen = program.seen();
                let again = program.take(step).unwrap();
                prop_assert!(again.changed.is_empty());
                prop_assert_eq!(again.generation, first.generation);
                prop_assert_eq!(program.seen(), seen);
            }
        }
    }

    #[test]
    fn the_layer_on_top_has_the_last_word(
        typed in typed(),
        steps in vec(step(), 0..40),
    ) {
        let mut program = Program::start(&typed);
        for step in &steps {
            let _ = program.take(step);
            let is_typed = typed.contains(&"--int=5");
            let below = if is_typed { 5 } else { 1 };
            let expected = match program.last_word("int", is_typed) {
                Some(text) => text.parse().unwrap(),
                None => below,
            };
            prop_assert_eq!(program.flags.int.get(), expected);
            prop_assert_eq!(program.flags.load().int, expected);
        }
    }

    #[test]
    fn all_that_is_bad_is_named_at_once(
        good in vec(good(), 0..4),
        bad in subsequence(BAD, 1..=BAD.len()),
    ) {
        let mut texts: Texts = good.into_iter().collect();
        texts.extend(bad.iter().copied());
        let mut program = Program::start(&[]);
        let rejected = program
            .take(&Step::Propose(Proposal {
                source: "one",
                precedence: Precedence::default(),
                texts,
            }))
            .unwrap_err();
        let named: Vec<_> = rejected.problems.iter().filter_map(|problem| problem.flag()).collect();
        let expected: Vec<_> = bad.iter().map(|(flag, _)| *flag).collect();
        prop_assert_eq!(named, expected);
    }

    #[test]
    fn an_origin_is_where_the_value_stands(texts in btree_map(select(&["int", "maybe"][..]), Just("5"), 0..3)) {
        let mut program = Program::start(&["--maybe=7"]);
        let proposal = Proposal {
            source: "one",
            precedence: Precedence::AboveCommandLine,
            texts: texts.clone(),
        };
        program.take(&Step::Propose(proposal)).unwrap();
        for (flag, below) in [("int", Origin::Default), ("maybe", Origin::CommandLine)] {
            let list = program.flags.list();
            let info = list.iter().find(|info| info.name == flag).unwrap();
            let expected = if texts.contains_key(flag) {
                Origin::Source {
                    name: "test".into(),
                    location: format!("one/{flag}").into(),
                }
            } else {
                below
            };
            prop_assert_eq!(&info.origin, &expected);
        }
    }
}

/// The flags whose value is another one: name, old and new.
type Changes = Vec<(String, Option<String>, Option<String>)>;

/// What differs between two lists.
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

/// What a step says of it.
fn told(changes: &[Change]) -> Changes {
    let text = |text: &Option<Arc<str>>| text.as_deref().map(str::to_owned);
    let changes = changes.iter();
    changes
        .map(|change| (change.flag.clone(), text(&change.old), text(&change.new)))
        .collect()
}
