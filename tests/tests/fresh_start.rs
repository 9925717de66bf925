//! A proposal gives what it would give on a fresh start with the same layers.
//!
//! Random histories of two sources: keys come and go, move, change their spelling and appear twice, texts
//! change and gain white space, files move. After each step, the flags and the errors equal those of a new
//! program that got only the layers and overrides in force.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Parser;
use dflag::{
    Checksum, DynamicFlags, FlagInfo, FlagKind, FlagSet, Flags, Layer, OnInvalid, Origin,
    Precedence, Problem,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

#[derive(Clone, Debug, PartialEq, Parser, DynamicFlags)]
struct Args {
    #[arg(long, alias = "numeral", default_value_t = 1)]
    #[flag(dynamic)]
    number: u8,
    /// Set on the command line.
    #[arg(long, alias = "set-number", default_value_t = 1)]
    #[flag(dynamic)]
    typed_number: u8,
    #[arg(long, default_value_t = 1)]
    static_number: u8,
    /// Set on the command line.
    #[arg(long, default_value_t = 1)]
    typed_static: u8,
    #[command(flatten)]
    #[flag(flatten)]
    texts: Texts,
}

#[derive(Clone, Debug, PartialEq, clap::Args, DynamicFlags)]
struct Texts {
    #[arg(long, default_value = "one")]
    #[flag(dynamic)]
    trimmed_text: String,
    #[arg(long)]
    #[flag(dynamic, trim = false)]
    exact_text: Option<String>,
}

const COMMAND_LINE: &[&str] = &["program", "--typed-number=7", "--typed-static=7"];

/// The flags, each with another spelling that means the same.
const FLAGS: &[[&str; 2]] = &[
    ["number", "numeral"],
    ["typed-number", "set_number"],
    ["static-number", "static_number"],
    ["typed-static", "typed_static"],
    ["trimmed-text", "trimmed_text"],
    ["exact-text", "exact_text"],
];

/// One key of a layer.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    key: &'static str,
    location: String,
    text: String,
}

impl Entry {
    fn new(key: &'static str, location: &str, text: &str) -> Self {
        Self {
            key,
            location: location.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// What a source proposes.
#[derive(Clone, Debug, Default, PartialEq)]
struct Proposal {
    below_command_line: bool,
    keep_valid: bool,
    entries: Vec<Entry>,
}

impl Proposal {
    fn layer(&self, source: usize) -> Layer {
        let mut layer = Layer::new("test", source.to_string());
        if self.below_command_line {
            layer = layer.precedence(Precedence::BelowCommandLine);
        }
        if self.keep_valid {
            layer = layer.on_invalid(OnInvalid::KeepValid);
        }
        for (at, entry) in self.entries.iter().enumerate() {
            if at % 2 == 0 {
                layer.file(entry.key, &*entry.location, entry.text.as_bytes());
            } else {
                layer.text(entry.key, &*entry.location, &*entry.text);
            }
        }
        layer
    }
}

/// Either spelling of a flag.
fn spelling(flag: [&'static str; 2]) -> impl Strategy<Value = &'static str> {
    select(flag.to_vec())
}

fn key() -> impl Strategy<Value = &'static str> {
    prop_oneof![15 => select(FLAGS).prop_flat_map(spelling), 1 => Just("unknown")]
}

/// A digit is valid for every flag, the other texts for some. There are few, so that texts often stay the same.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![24 => "[0-2]", 1 => "[ ]?[0-2]\n?", 1 => "\n?", 1 => "x[ ]{0,2}", 1 => Just("256".to_owned())]
}

fn entry(key: impl Strategy<Value = &'static str>) -> impl Strategy<Value = Entry> {
    (key, "[xy]", text()).prop_map(|(key, location, text)| Entry::new(key, &location, &text))
}

fn proposal() -> impl Strategy<Value = Proposal> {
    let flags = subsequence(FLAGS, 0..=FLAGS.len()).prop_shuffle();
    let entries = flags.prop_flat_map(|flags| {
        let entries = flags.into_iter().map(|flag| entry(spelling(flag)));
        entries.collect::<Vec<_>>()
    });
    // It may be no flag, or one that is in the layer already.
    let extra = option::weighted(0.2, entry(key()));
    // Seldom, since a history ends with the first key that it skips.
    let keep_valid = proptest::bool::weighted(0.1);
    (entries, extra, any::<bool>(), keep_valid).prop_map(
        |(mut entries, extra, below_command_line, keep_valid)| {
            entries.extend(extra);
            Proposal {
                below_command_line,
                keep_valid,
                entries,
            }
        },
    )
}

#[derive(Clone, Debug)]
enum Step {
    Propose(usize, Proposal),
    Set(&'static str, String),
    Clear(&'static str),
    Freeze,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..2_usize, proposal()).prop_map(|(source, proposal)| Step::Propose(source, proposal)),
        3 => (key(), text()).prop_map(|(key, text)| Step::Set(key, text)),
        1 => key().prop_map(Step::Clear),
        1 => Just(Step::Freeze),
    ]
}

fn start() -> (Flags<Args>, Arc<dyn FlagSet>) {
    let flags = Args::try_parse_dynamic_from(COMMAND_LINE).unwrap();
    let set = (&flags).into();
    (flags, set)
}

/// Everything that the flags show, except the revisions, which tell of their past.
fn contents(flags: &Flags<Args>) -> (Args, Vec<FlagInfo>, [Checksum; 2]) {
    let checksums = [FlagKind::Static, FlagKind::Dynamic].map(|kind| flags.checksum(kind));
    let mut list = flags.list();
    for flag in &mut list {
        flag.revision = 0;
    }
    (flags.load().clone(), list, checksums)
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// The layers and overrides in force.
#[derive(Clone, Default)]
struct InForce {
    /// By source, in the order of their first proposals.
    proposals: Vec<(usize, Proposal)>,
    /// By flag, whatever the spelling.
    overrides: BTreeMap<&'static str, String>,
}

impl InForce {
    /// A new program with the layers that were in force at the freeze, the freeze, and then these.
    fn fresh_start(&self, at_freeze: Option<&Self>) -> (Flags<Args>, Arc<dyn FlagSet>) {
        let (flags, set) = start();
        for in_force in at_freeze.into_iter().chain([self]) {
            for (source, proposal) in &in_force.proposals {
                set.propose(&proposal.layer(*source)).unwrap();
            }
            if at_freeze.is_some() {
                set.freeze();
            }
        }
        for (key, text) in &self.overrides {
            flags.set(key, text).unwrap();
        }
        (flags, set)
    }

    fn replace_proposal(&mut self, source: usize, proposal: Proposal) {
        match self.proposals.iter_mut().find(|(of, _)| *of == source) {
            Some((_, last)) => *last = proposal,
            None => self.proposals.push((source, proposal)),
        }
    }
}

/// The first spelling of a key that names a flag.
fn flag_of(key: &'static str) -> &'static str {
    let flag = FLAGS.iter().find(|spellings| spellings.contains(&key));
    flag.map_or(key, |[flag, _]| flag)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn each_step_gives_what_a_fresh_start_gives(steps in vec(step(), 1..30)) {
        let (flags, set) = start();
        let mut in_force = InForce::default();
        let mut at_freeze: Option<InForce> = None;
        for step in steps {
            match step {
                Step::Propose(source, proposal) => {
                    let (_, fresh) = in_force.fresh_start(at_freeze.as_ref());
                    let layer = proposal.layer(source);
                    match (set.propose(&layer), fresh.propose(&layer)) {
                        (Ok(applied), Ok(expected)) => {
                            prop_assert_eq!(applied.changed, expected.changed);
                            prop_assert_eq!(messages(&applied.unknown), messages(&expected.unknown));
                            prop_assert_eq!(messages(&applied.rejected), messages(&expected.rejected));
                            // A skipped key keeps its last valid value, which is in no layer any more.
                            if !applied.rejected.is_empty() {
                                break;
                            }
                            in_force.replace_proposal(source, proposal);
                        }
                        (Err(rejected), Err(expected)) => {
                            prop_assert_eq!(rejected.to_string(), expected.to_string());
                        }
                        (result, expected) => {
                            prop_assert!(false, "{:?}, and on a fresh start {:?}", result, expected);
                        }
                    }
                }
                Step::Set(key, text) => {
                    if flags.set(key, &text).is_ok() {
                        in_force.overrides.insert(flag_of(key), text);
                    }
                }
                Step::Clear(key) => {
                    if flags.clear(key).is_ok() {
                        in_force.overrides.remove(flag_of(key));
                    }
                }
                Step::Freeze => {
                    set.freeze();
                    at_freeze.get_or_insert_with(|| in_force.clone());
                }
            }
            let (fresh, _) = in_force.fresh_start(at_freeze.as_ref());
            prop_assert_eq!(contents(&flags), contents(&fresh));
        }
    }
}

#[test]
fn white_space_is_a_change_only_where_it_is_part_of_the_value() {
    let (flags, set) = start();
    for (text, trimmed, exact) in [("x", "x", "x"), ("x \n", "x", "x \n"), ("x", "x", "x")] {
        let proposal = Proposal {
            entries: vec![
                Entry::new("trimmed_text", "at", text),
                Entry::new("exact_text", "at", text),
            ],
            ..Proposal::default()
        };
        set.propose(&proposal.layer(0)).unwrap();
        assert_eq!(flags.load().texts.trimmed_text, trimmed);
        assert_eq!(flags.load().texts.exact_text.as_deref(), Some(exact));
    }
}

#[test]
fn an_origin_has_the_new_location_of_a_moved_file() {
    let (flags, set) = start();
    for location in ["x", "y"] {
        let proposal = Proposal {
            entries: vec![Entry::new("trimmed_text", location, "two")],
            ..Proposal::default()
        };
        set.propose(&proposal.layer(0)).unwrap();
        let list = flags.list();
        let info = list.iter().find(|info| info.name == "trimmed-text");
        let expected = Origin::Source {
            name: "test".into(),
            location: location.into(),
        };
        assert_eq!(info.unwrap().origin, expected);
    }
}
