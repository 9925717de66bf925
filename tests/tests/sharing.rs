//! What a publish shares with the one before is what it would have made itself.
//!
//! Layers of many flags, each a small change of the one before: keys come and go, move, are written
//! otherwise and named twice, texts change and gain white space, files move. After each step
//! the flags are compared with those of a program that was only told what holds now.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]
#![expect(
    dead_code,
    reason = "flags are compared as a whole, and not through their handles"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Parser;
use dflag::{
    DynamicFlags, FlagInfo, FlagKind, FlagSet, Flags, Layer, OnInvalid, Origin, Precedence, Problem,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

macro_rules! groups {
    ($($group:ident $field:ident $prefix:literal)*) => {
        $(
            #[derive(Clone, Debug, PartialEq, clap::Args, DynamicFlags)]
            struct $group {
                #[arg(id = concat!($prefix, "_a"), long = concat!($prefix, "-a"), alias = concat!($prefix, "-alias"), default_value_t = 1)]
                #[flag(dynamic)]
                a: u8,
                #[arg(id = concat!($prefix, "_b"), long = concat!($prefix, "-b"), default_value = "one")]
                #[flag(dynamic)]
                b: String,
                #[arg(id = concat!($prefix, "_c"), long = concat!($prefix, "-c"))]
                #[flag(dynamic, trim = false)]
                c: Option<String>,
                #[arg(id = concat!($prefix, "_d"), long = concat!($prefix, "-d"), default_value_t = 1)]
                d: u8,
            }
        )*

        #[derive(Clone, Debug, PartialEq, Parser, DynamicFlags)]
        struct Args {
            $(
                #[command(flatten)]
                #[flag(flatten)]
                $field: $group,
            )*
        }
    };
}

groups! {
    G0 g0 "g0" G1 g1 "g1" G2 g2 "g2" G3 g3 "g3" G4 g4 "g4" G5 g5 "g5" G6 g6 "g6" G7 g7 "g7" G8 g8 "g8" G9 g9 "g9"
    H0 h0 "h0" H1 h1 "h1" H2 h2 "h2" H3 h3 "h3" H4 h4 "h4" H5 h5 "h5" H6 h6 "h6" H7 h7 "h7" H8 h8 "h8" H9 h9 "h9"
}

/// Typed at the start.
const TYPED: &[&str] = &["program", "--g0-a=7", "--h9-a=7", "--g5-d=7"];

/// One key of a layer.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    key: String,
    location: String,
    text: String,
}

/// One source's layer.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    below: bool,
    keep_valid: bool,
    entries: Vec<Entry>,
}

impl State {
    fn layer(&self, source: usize) -> Layer {
        let mut layer = Layer::new("test", source.to_string());
        if self.below {
            layer = layer.precedence(Precedence::BelowCommandLine);
        }
        if self.keep_valid {
            layer = layer.on_invalid(OnInvalid::KeepValid);
        }
        for (at, entry) in self.entries.iter().enumerate() {
            if at % 2 == 0 {
                layer.file(&*entry.key, &*entry.location, entry.text.as_bytes());
            } else {
                layer.text(&*entry.key, &*entry.location, &*entry.text);
            }
        }
        layer
    }
}

#[derive(Clone, Debug)]
enum Change {
    Fill,
    Insert(Index, Entry),
    Remove(Index),
    Swap(Index, Index),
    Text(Index, String),
    Locate(Index, String),
    Rename(Index, String),
    Below(bool),
    KeepValid(bool),
}

impl Change {
    fn make(&self, state: &mut State) {
        let entries = &mut state.entries;
        match self {
            Self::Fill => {
                let keys = every_name().map(|key| entry(key, "one", "at"));
                *entries = keys.collect();
            }
            Self::Insert(at, entry) => entries.insert(at.index(entries.len() + 1), entry.clone()),
            Self::Below(below) => state.below = *below,
            Self::KeepValid(keep) => state.keep_valid = *keep,
            _ if entries.is_empty() => {}
            Self::Remove(at) => drop(entries.remove(at.index(entries.len()))),
            Self::Swap(one, other) => {
                let length = entries.len();
                entries.swap(one.index(length), other.index(length));
            }
            Self::Text(at, text) => at.get_mut(entries).text.clone_from(text),
            Self::Locate(at, location) => at.get_mut(entries).location.clone_from(location),
            Self::Rename(at, key) => at.get_mut(entries).key.clone_from(key),
        }
    }
}

fn entry(key: String, text: &str, location: &str) -> Entry {
    let text = if key.ends_with(['b', 'c']) { text } else { "1" };
    Entry {
        key,
        location: location.to_owned(),
        text: text.to_owned(),
    }
}

fn every_name() -> impl Iterator<Item = String> {
    let groups = ('g'..='h').flat_map(|letter| (0..10).map(move |group| (letter, group)));
    groups.flat_map(|(letter, group)| {
        ['a', 'b', 'c', 'd'].map(|field| format!("{letter}{group}-{field}"))
    })
}

/// In every way that a flag may be named, and one that it may not.
fn key() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        8 => "-[abcd]",
        4 => "_[abcd]",
        1 => Just("-alias".to_owned()),
        1 => Just("-none".to_owned()),
    ];
    ("[gh][0-9]", field).prop_map(|(group, field)| group + &field)
}

/// A number is good everywhere, all else for a part of the flags.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![8 => "[0-9]", 1 => "[ ]?[0-9]\n?", 1 => "\n?", 1 => "x[ ]{0,2}", 1 => Just("256".to_owned())]
}

fn new_entry() -> impl Strategy<Value = Entry> {
    (key(), text(), "[xy]").prop_map(|(key, text, location)| Entry {
        key,
        location,
        text,
    })
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        1 => Just(Change::Fill),
        6 => (at(), new_entry()).prop_map(|(at, entry)| Change::Insert(at, entry)),
        3 => at().prop_map(Change::Remove),
        2 => (at(), at()).prop_map(|(one, other)| Change::Swap(one, other)),
        6 => (at(), text()).prop_map(|(at, text)| Change::Text(at, text)),
        1 => (at(), "[xy]").prop_map(|(at, location)| Change::Locate(at, location)),
        2 => (at(), key()).prop_map(|(at, key)| Change::Rename(at, key)),
        1 => any::<bool>().prop_map(Change::Below),
        1 => any::<bool>().prop_map(Change::KeepValid),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Propose(usize, Vec<Change>),
    Set(String, String),
    Clear(String),
    Freeze,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..2_usize, vec(change(), 1..4)).prop_map(|(source, changes)| Step::Propose(source, changes)),
        3 => (key(), text()).prop_map(|(key, text)| Step::Set(key, text)),
        1 => key().prop_map(Step::Clear),
        1 => Just(Step::Freeze),
    ]
}

fn start() -> (Flags<Args>, Arc<dyn FlagSet>) {
    let flags = Args::try_parse_dynamic_from(TYPED).unwrap();
    let set = (&flags).into();
    (flags, set)
}

/// All that can be seen of the flags.
fn seen(flags: &Flags<Args>) -> (Args, Vec<FlagInfo>, [dflag::Checksum; 2]) {
    let checksums = [FlagKind::Static, FlagKind::Dynamic].map(|kind| flags.checksum(kind));
    (flags.load().clone(), flags.list(), checksums)
}

/// The problems as one reads them.
fn words(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// What was accepted and holds.
#[derive(Clone, Default)]
struct Holds {
    /// In the order in which the sources came.
    layers: Vec<(usize, State)>,
    overrides: BTreeMap<String, String>,
}

impl Holds {
    /// A program that was told nothing else: the layers of the freeze, the freeze, and then these.
    fn told(&self, frozen: Option<&Self>) -> (Flags<Args>, Arc<dyn FlagSet>) {
        let (flags, set) = start();
        for holds in frozen.into_iter().chain([self]) {
            for (source, state) in &holds.layers {
                set.propose(&state.layer(*source)).unwrap();
            }
            if frozen.is_some() {
                set.freeze();
            }
        }
        for (key, text) in &self.overrides {
            flags.set(key, text).unwrap();
        }
        (flags, set)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn each_step_ends_as_on_a_fresh_start(steps in vec(step(), 1..30)) {
        let (flags, set) = start();
        let mut holds = Holds::default();
        let mut frozen: Option<Holds> = None;
        for step in steps {
            match step {
                Step::Propose(source, changes) => {
                    let before = holds.layers.iter().find(|(held, _)| *held == source);
                    let mut state = before.map(|(_, state)| state.clone()).unwrap_or_default();
                    for change in &changes {
                        change.make(&mut state);
                    }
                    let (_, fresh) = holds.told(frozen.as_ref());
                    let layer = state.layer(source);
                    match (set.propose(&layer), fresh.propose(&layer)) {
                        (Ok(applied), Ok(expected)) => {
                            prop_assert_eq!(applied.changed, expected.changed);
                            prop_assert_eq!(words(&applied.unknown), words(&expected.unknown));
                            prop_assert_eq!(words(&applied.rejected), words(&expected.rejected));
                            // A bad key left its last good value, which no single layer says again.
                            if !applied.rejected.is_empty() {
                                break;
                            }
                            match holds.layers.iter_mut().find(|(held, _)| *held == source) {
                                Some((_, held)) => *held = state,
                                None => holds.layers.push((source, state)),
                            }
                        }
                        (Err(rejected), Err(expected)) => {
                            prop_assert_eq!(rejected.to_string(), expected.to_string());
                        }
                        (one, other) => prop_assert!(false, "{:?}, and fresh {:?}", one, other),
                    }
                }
                Step::Set(key, text) => {
                    if flags.set(&key, &text).is_ok() {
                        holds.overrides.insert(plain(&key), text);
                    }
                }
                Step::Clear(key) => {
                    if flags.clear(&key).is_ok() {
                        holds.overrides.remove(&plain(&key));
                    }
                }
                Step::Freeze => {
                    set.freeze();
                    frozen.get_or_insert_with(|| holds.clone());
                }
            }
            prop_assert_eq!(seen(&flags), seen(&holds.told(frozen.as_ref()).0));
        }
    }
}

/// One name for each flag.
fn plain(key: &str) -> String {
    key.replace('_', "-").replace("alias", "a")
}

#[test]
fn white_space_is_a_change_where_it_is_part_of_the_value() {
    let (flags, set) = start();
    for (text, trimmed, kept) in [("x", "x", "x"), ("x \n", "x", "x \n"), ("x", "x", "x")] {
        let state = State {
            entries: vec![
                entry("g3_b".to_owned(), text, "at"),
                entry("g3_c".to_owned(), text, "at"),
            ],
            ..State::default()
        };
        set.propose(&state.layer(0)).unwrap();
        assert_eq!(flags.load().g3.b, trimmed);
        assert_eq!(flags.load().g3.c.as_deref(), Some(kept));
    }
}

#[test]
fn a_file_that_moved_is_where_its_value_stands() {
    let (flags, set) = start();
    for location in ["x", "y"] {
        let state = State {
            entries: vec![entry("g3_b".to_owned(), "two", location)],
            ..State::default()
        };
        set.propose(&state.layer(0)).unwrap();
        let list = flags.list();
        let info = list.iter().find(|info| info.name == "g3-b").unwrap();
        let expected = Origin::Source {
            name: "test".into(),
            location: location.into(),
        };
        assert_eq!(info.origin, expected);
    }
}
