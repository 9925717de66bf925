//! Reverting after any sequence of changes: by sources, by operators, and back again.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Edit, FlagSet, Flags, Layer, OnInvalid};

const SECRET: &str = "hunter2";

#[derive(Clone, Debug, PartialEq, Parser, DynamicFlags)]
#[flags(validate = Args::check, finish = Args::finish)]
struct Args {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    low: u8,

    #[arg(long, default_value_t = 10)]
    #[flag(dynamic)]
    high: u8,

    #[arg(long)]
    #[flag(dynamic)]
    zone: Option<String>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    zones: Vec<String>,

    #[arg(long, default_value = " x ")]
    #[flag(dynamic, trim = false)]
    text: String,

    #[arg(long, default_value = SECRET)]
    #[flag(dynamic, secret)]
    token: String,

    #[arg(long, action = clap::ArgAction::Count)]
    #[flag(dynamic)]
    verbose: u8,

    /// 0 chooses one.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    limit: u32,
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        let is_valid = self.low <= self.high;
        is_valid.then_some(()).ok_or("low is above high")
    }

    fn finish(&mut self) {
        if self.limit == 0 {
            self.limit = u32::from(self.low) * 7;
        }
    }
}

/// Texts of each flag, valid and invalid ones.
const TEXTS: [(&str, &[&str]); 8] = [
    ("low", &["0", "3", "9", "x"]),
    ("high", &["4", "9", "200"]),
    ("zone", &["eu", "", "a b"]),
    ("zones", &["a,b", "", "[\"a,b\"]"]),
    ("text", &[" a ", "", "b"]),
    ("token", &["hunter2hunter2", "k"]),
    ("verbose", &["0", "2", "3"]),
    ("limit", &["0", "5"]),
];

/// Numbers that look random and are the same in each run (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn layer(&mut self) -> Layer {
        let location = self.of(&["/etc/one", "/etc/two"]);
        let on_invalid = self.of(&[OnInvalid::RejectAll, OnInvalid::KeepValid]);
        let mut layer = Layer::new("ConfigMap", location).on_invalid(on_invalid);
        for (key, texts) in TEXTS {
            if self.below(3) == 0 {
                layer.file(key, format!("{location}/{key}"), self.of(texts));
            }
        }
        layer
    }

    fn edit(&mut self) -> Edit {
        let (name, texts) = self.of(&TEXTS);
        let edit = match self.below(4) {
            0 => Edit::clear(name),
            1 => Edit::unset(name),
            _ => Edit::set(name, self.of(texts)),
        };
        match self.below(2) {
            0 => edit.expires_in(Duration::from_secs(3600)),
            _ => edit,
        }
    }
}

#[test]
fn revert_restores_the_values_of_any_generation_and_undo_those_before() {
    let mut reverts = 0;
    for seed in 1..=150 {
        let numbers = &mut Numbers(seed << 20);
        let args: Flags<Args> = Args::try_parse_dynamic_from(["server"]).unwrap();
        let set: Arc<dyn FlagSet> = (&args).into();
        let mut generations = BTreeMap::from([(1, args.load_full())]);
        for _ in 0..25 {
            // Each of these may be rejected.
            match numbers.below(9) {
                0..3 => drop(args.propose(&numbers.layer())),
                3 => drop(set.roll_back(&numbers.layer())),
                4..7 => drop(args.edit([numbers.edit()])),
                7 => drop(args.undo()),
                _ => {
                    let known: Vec<u64> = generations.keys().copied().collect();
                    let (to, before) = (numbers.of(&known), args.load_full());
                    let reverted = args.revert_to(to).unwrap();
                    let text = format!("{reverted:?} {reverted}");
                    assert_eq!(*args.load(), *generations[&to], "{seed}: {text}");
                    assert!(!text.contains(SECRET), "{text}");
                    if !reverted.overridden.is_empty() {
                        args.undo().unwrap();
                        assert_eq!(*args.load(), *before, "{seed}: undo of {text}");
                    }
                    reverts += 1;
                }
            }
            generations.insert(args.generation(), args.load_full());
        }
        assert!(!format!("{:?}", args.history()).contains(SECRET));
    }
    assert!(reverts > 100, "{reverts}");
}
