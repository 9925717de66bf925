//! Layers: precedence, fallback, and rejected proposals, which change nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::io;
use std::sync::Arc;

use clap::Parser;
use dflag::{
    Applied, Change, DynamicFlags, FlagSet, Flags, Layer, OnInvalid, Origin, Precedence, Problem,
    Rejected,
};

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    low: u8,

    #[arg(long, default_value_t = 10)]
    #[flag(dynamic, validate = not_seven)]
    high: u8,

    #[arg(long, default_value_t = 8080)]
    port: u16,
}

impl Args {
    fn check(&self) -> Result<(), String> {
        if self.low <= self.high {
            return Ok(());
        }
        Err(format!("low ({}) is above high ({})", self.low, self.high))
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature of a check"
)]
fn not_seven(n: &u8) -> Result<(), &'static str> {
    if *n == 7 { Err("seven") } else { Ok(()) }
}

fn args(typed: &[&str]) -> Flags<Args> {
    Args::try_parse_dynamic_from([&["server"], typed].concat()).unwrap()
}

fn layer(keys: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in keys {
        layer.file(*key, format!("/etc/dflag/{key}"), *value);
    }
    layer
}

fn propose<A: DynamicFlags>(args: &Flags<A>, layer: &Layer) -> Result<Applied, Rejected> {
    <Arc<dyn FlagSet>>::from(args).propose(layer)
}

fn names(changed: &[Change]) -> Vec<&str> {
    changed.iter().map(|change| change.flag.as_str()).collect()
}

fn origin(args: &Flags<Args>, name: &str) -> String {
    let flag = args.list().into_iter().find(|flag| flag.name == name);
    flag.unwrap().origin.to_string()
}

#[test]
fn removed_value_falls_back_to_the_layer_below() {
    let args = args(&["--low=2"]);
    assert_eq!(
        (args.low.get(), origin(&args, "low").as_str()),
        (2, "command line")
    );
    assert_eq!(origin(&args, "high"), "default");

    propose(&args, &layer(&[("low", "3")])).unwrap();
    assert_eq!(
        (args.low.get(), origin(&args, "low").as_str()),
        (3, "ConfigMap (/etc/dflag/low)")
    );

    args.set("low", "4").unwrap();
    assert_eq!(
        (args.low.get(), origin(&args, "low").as_str()),
        (4, "override")
    );

    propose(&args, &layer(&[("low", "5")])).unwrap();
    assert_eq!(args.low.get(), 4);

    args.clear("low").unwrap();
    assert_eq!(args.low.get(), 5);

    propose(&args, &layer(&[])).unwrap();
    assert_eq!(
        (args.low.get(), origin(&args, "low").as_str()),
        (2, "command line")
    );
}

#[test]
fn source_below_the_command_line_still_overrides_defaults() {
    let args = args(&["--low=2"]);
    let below = layer(&[("low", "3"), ("high", "20")]).precedence(Precedence::BelowCommandLine);
    propose(&args, &below).unwrap();
    assert_eq!((args.low.get(), args.high.get()), (2, 20));

    let invalid = layer(&[("low", "x")]).precedence(Precedence::BelowCommandLine);
    propose(&args, &invalid).unwrap_err();
}

/// One flag for each origin of a base value.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Bases {
    #[arg(long, default_value = "default")]
    #[flag(dynamic)]
    zone: String,

    /// `PATH` is set wherever tests run.
    #[arg(long, env = "PATH")]
    #[flag(dynamic)]
    path: String,

    #[arg(long, default_value = "default")]
    #[flag(dynamic)]
    name: String,
}

#[test]
fn source_has_the_place_that_it_asks_for() {
    use Precedence::{AboveCommandLine, BelowCommandLine, BelowEnvironment};

    const FLAGS: [&str; 3] = ["zone", "path", "name"];
    for (precedence, expected) in [
        (BelowEnvironment, [true, false, false]),
        (BelowCommandLine, [true, true, false]),
        (AboveCommandLine, [true, true, true]),
    ] {
        let args = Bases::try_parse_dynamic_from(["server", "--name=typed"]).unwrap();
        let keys = layer(&FLAGS.map(|flag| (flag, "file")));
        propose(&args, &keys.precedence(precedence)).unwrap();

        let origins = FLAGS.map(|flag| args.flag(flag).unwrap().origin);
        let is_source = origins.map(|origin| matches!(origin, Origin::Source { .. }));
        assert_eq!(is_source, expected, "{precedence}");
        let now = args.load();
        let texts = [&now.zone, &now.path, &now.name];
        assert_eq!(texts.map(|text| text == "file"), expected, "{precedence}");
    }
}

#[test]
fn precedence_decides_between_sources_whatever_came_first() {
    use Precedence::{AboveCommandLine, BelowCommandLine, BelowEnvironment};

    const ORDER: [Precedence; 3] = [BelowEnvironment, BelowCommandLine, AboveCommandLine];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let args = Bases::try_parse_dynamic_from(["server"]).unwrap();
        for precedence in order.map(|index: usize| ORDER[index]) {
            let mut layer = Layer::new("file", precedence.to_string()).precedence(precedence);
            layer.text("zone", "1", precedence.to_string());
            propose(&args, &layer).unwrap();
        }
        assert_eq!(args.zone.get(), "above-command-line");

        // A source that asks for another place moves there.
        let mut layer = Layer::new("file", "above-command-line").precedence(BelowEnvironment);
        layer.text("zone", "1", "moved");
        propose(&args, &layer).unwrap();
        assert_eq!(args.zone.get(), "below-command-line");
    }
}

#[test]
fn source_that_proposed_later_takes_precedence() {
    let args = args(&[]);
    let mut other = Layer::new("file", "flags.txt");
    other.text("low", "flags.txt:1", "6");
    propose(&args, &layer(&[("low", "3")])).unwrap();
    propose(&args, &other).unwrap();
    propose(&args, &layer(&[("low", "4")])).unwrap();
    assert_eq!(args.low.get(), 6);
    propose(&args, &Layer::new("file", "flags.txt")).unwrap();
    assert_eq!(args.low.get(), 4);
}

#[test]
fn rejected_layer_lists_every_problem_and_changes_nothing() {
    let args = args(&[]);
    propose(&args, &layer(&[("low", "3"), ("high", "30")])).unwrap();
    let before = (args.generation(), args.list());

    let mut invalid = layer(&[("low", "-3"), ("high", "7"), ("hihg", "1")]).deny_unknown(true);
    invalid.file("port", "/etc/dflag/port", [0xc3, 0x28]);
    let rejected = propose(&args, &invalid).unwrap_err();

    assert_eq!(
        rejected.to_string(),
        "ConfigMap /etc/dflag rejected, all flags keep their values:
  `low` (/etc/dflag/low): invalid value '-3' for '--low <LOW>': -3 is not in 0..=255
  `high` (/etc/dflag/high): seven
  `port` (/etc/dflag/port): not UTF-8 text
  `hihg` (/etc/dflag/hihg): no flag has this name; did you mean `high`?",
    );
    assert_eq!((args.generation(), args.list()), before);

    propose(&args, &layer(&[("low", "4")])).unwrap();
    assert_eq!((args.low.get(), args.high.get()), (4, 10));
}

#[test]
fn error_about_an_unreadable_key_is_one_line_without_invisible_characters() {
    let mut unreadable = layer(&[]);
    let cause = io::Error::other("locked\n  by \u{202e}another\r\n");
    unreadable.unreadable("high", "/etc/dflag/high", cause);
    let rejected = propose(&args(&[]), &unreadable).unwrap_err();
    assert_eq!(
        rejected.to_string(),
        "ConfigMap /etc/dflag rejected, all flags keep their values: \
         `high` (/etc/dflag/high): locked by \\u{202e}another"
    );
}

#[test]
fn unreadable_key_is_an_error_only_if_it_names_a_flag() {
    let args = args(&[]);
    let mut unreadable = layer(&[("high", "20")]);
    unreadable.unreadable("x", "/etc/dflag/x", io::Error::other("a directory"));
    let applied = propose(&args, &unreadable).unwrap();
    assert!(matches!(&applied.unknown[..], [Problem::Unknown { key, .. }] if key == "x"));

    unreadable.unreadable("low", "/etc/dflag/low", io::Error::other("a directory"));
    let rejected = propose(&args, &unreadable).unwrap_err().to_string();
    assert!(
        rejected.ends_with("`low` (/etc/dflag/low): a directory"),
        "{rejected}"
    );
}

#[test]
fn two_keys_with_different_values_for_one_flag_are_rejected_with_both_locations() {
    let args = args(&[]);
    let mut twice = layer(&[("low", "3")]);
    twice.file("low", "/etc/dflag/Low", "4");
    // The error names the first two only.
    twice.file("low", "/etc/dflag/LOW", "5");
    let rejected = propose(&args, &twice).unwrap_err();
    assert!(matches!(
        &rejected.problems[..],
        [Problem::Duplicate { flag, first, second, .. }] if flag == "low"
            && first.to_string() == "ConfigMap (/etc/dflag/low)"
            && second.to_string() == "ConfigMap (/etc/dflag/Low)"
    ));
    assert_eq!(args.low.get(), 1);
}

#[test]
fn rule_across_flags_rejects_the_whole_layer() {
    let args = args(&[]);
    let rejected = propose(&args, &layer(&[("low", "20"), ("port", "1")])).unwrap_err();
    assert!(
        rejected
            .to_string()
            .ends_with("the flags together: low (20) is above high (10)")
    );
    assert_eq!((args.low.get(), args.load().port), (1, 8080));

    propose(&args, &layer(&[("low", "20"), ("high", "30")])).unwrap();
    // The override hides a value that violates the rule, so it can be set but not cleared.
    args.set("low", "5").unwrap();
    propose(&args, &layer(&[("low", "20"), ("high", "30")])).unwrap();
    propose(&args, &layer(&[("low", "20")])).unwrap();
    args.clear("low").unwrap_err();
    assert_eq!(args.low.get(), 5);
}

#[test]
fn keep_valid_applies_valid_keys_and_keeps_the_last_valid_value_of_others() {
    let args = args(&[]);
    propose(&args, &layer(&[("low", "3"), ("high", "30")])).unwrap();

    let partly_valid = layer(&[("low", "x"), ("high", "40"), ("port", "y")]);
    propose(&args, &partly_valid).unwrap_err();
    let applied = propose(&args, &partly_valid.on_invalid(OnInvalid::KeepValid)).unwrap();

    let rejected: Vec<_> = applied.rejected.iter().filter_map(Problem::flag).collect();
    assert_eq!(rejected, ["low", "port"]);
    assert_eq!(names(&applied.changed), ["high"]);
    assert_eq!(
        (args.low.get(), args.high.get(), args.load().port),
        (3, 40, 8080)
    );

    let violates_rule = layer(&[("low", "50"), ("port", "y")]).on_invalid(OnInvalid::KeepValid);
    propose(&args, &violates_rule).unwrap_err();
    assert_eq!((args.low.get(), args.high.get()), (3, 40));
}

#[test]
fn identical_layer_is_not_published_again() {
    let args = args(&[]);
    let first = propose(&args, &layer(&[("low", "3")])).unwrap();
    assert_eq!((first.generation, args.generation()), (2, 2));
    let again = propose(&args, &layer(&[("low", "3")])).unwrap();
    assert_eq!(
        (again.generation, again.changed.len(), args.generation()),
        (2, 0, 2)
    );
}

#[test]
fn edits_are_all_or_nothing() {
    use dflag::Edit;
    let args = args(&[]);
    let set: Arc<dyn FlagSet> = (&args).into();
    let edit = |name, value| Edit::set(name, value);

    let rejected = set.edit(&[
        edit("low", "3"),
        edit("high", "x"),
        edit("port", "1"),
        edit("zz", "1"),
    ]);
    let rejected = rejected.unwrap_err();
    assert_eq!(rejected.problems.len(), 3, "{rejected}");
    assert!(rejected.to_string().contains("`port`: the flag is static"));
    assert_eq!(args.low.get(), 1);

    // Neither alone would pass the rule.
    let applied = set.edit(&[edit("low", "20"), edit("high", "30")]).unwrap();
    assert_eq!(names(&applied.changed), ["low", "high"]);
    set.edit(&[Edit::clear("low"), Edit::clear("high")])
        .unwrap();
    assert_eq!((args.low.get(), args.high.get()), (1, 10));
    assert_eq!(set.list()[0].origin, Origin::Default);
}

#[test]
fn rejection_also_lists_unknown_keys_and_rules() {
    let args = args(&[]);
    let rejected = propose(&args, &layer(&[("low", "x"), ("hihg", "1")])).unwrap_err();
    assert_eq!((rejected.problems.len(), rejected.unknown.len()), (1, 1));

    let partly_valid = layer(&[("port", "x"), ("low", "20")]).on_invalid(OnInvalid::KeepValid);
    let rejected = propose(&args, &partly_valid).unwrap_err();
    assert!(matches!(
        &rejected.problems[..],
        [Problem::Invalid { .. }, Problem::Rule { .. }]
    ));
}

#[test]
fn check_that_sets_a_flag_is_rejected_without_a_deadlock() {
    use std::sync::OnceLock;
    static FLAGS: OnceLock<Flags<Reentrant>> = OnceLock::new();

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Reentrant {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic, validate = set_b)]
        a: u8,
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        b: u8,
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature of a check"
    )]
    fn set_b(a: &u8) -> Result<(), Rejected> {
        match FLAGS.get() {
            Some(flags) => flags.set("b", &a.to_string()).map(drop),
            None => Ok(()),
        }
    }

    let flags = FLAGS.get_or_init(|| Reentrant::try_parse_dynamic_from(["server"]).unwrap());
    let rejected = flags.set("a", "2").unwrap_err().to_string();
    assert!(rejected.contains("may not change the flags"), "{rejected}");
    assert_eq!((flags.a.get(), flags.b.get()), (1, 1));
    flags.set("b", "3").unwrap();
}

#[test]
fn checks_of_two_sets_that_set_each_other_are_rejected_without_a_deadlock() {
    use std::sync::OnceLock;
    static ONE: OnceLock<Flags<One>> = OnceLock::new();
    static OTHER: OnceLock<Flags<Other>> = OnceLock::new();

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct One {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic, validate = set_other)]
        n: u8,
    }

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Other {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic, validate = set_one)]
        n: u8,
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature of a check"
    )]
    fn set_other(n: &u8) -> Result<(), Rejected> {
        let other = OTHER.get();
        other.map_or(Ok(()), |other| other.set("n", &n.to_string()).map(drop))
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature of a check"
    )]
    fn set_one(n: &u8) -> Result<(), Rejected> {
        let one = ONE.get();
        one.map_or(Ok(()), |one| one.set("n", &n.to_string()).map(drop))
    }

    let one = ONE.get_or_init(|| One::try_parse_dynamic_from(["server"]).unwrap());
    let other = OTHER.get_or_init(|| Other::try_parse_dynamic_from(["server"]).unwrap());
    let rejected = one.set("n", "2").unwrap_err().to_string();
    assert!(rejected.contains("may not change the flags"), "{rejected}");
    assert_eq!((one.n.get(), other.n.get()), (1, 1));
}

mod values_whose_drop_panics {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static ARMED: Cell<bool> = const { Cell::new(false) };
    }

    #[derive(Clone, PartialEq)]
    struct Fragile(String);

    impl Drop for Fragile {
        fn drop(&mut self) {
            assert!(self.0 != "fragile" || !ARMED.take(), "a drop");
        }
    }

    impl From<&str> for Fragile {
        fn from(text: &str) -> Self {
            Self(text.to_owned())
        }
    }

    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(validate = Pair::check)]
    struct Pair {
        #[arg(long, default_value = "")]
        #[flag(dynamic)]
        text: Fragile,

        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        number: u32,
    }

    impl Pair {
        fn check(&self) -> Result<(), &'static str> {
            (self.number < 10).then_some(()).ok_or("too many")
        }
    }

    #[test]
    fn replaced_one_does_not_keep_an_update_from_being_applied() {
        let args = Pair::try_parse_dynamic_from(["server"]).unwrap();
        args.set("text", "override").unwrap();
        propose(&args, &layer(&[("text", "fragile")])).unwrap();
        ARMED.set(true);
        propose(&args, &layer(&[("text", "x"), ("number", "3")])).unwrap();
        assert!(!ARMED.get());
        assert_eq!(args.number.get(), 3);
    }

    #[test]
    fn rejected_one_changes_nothing() {
        let args = Pair::try_parse_dynamic_from(["server"]).unwrap();
        ARMED.set(true);
        propose(&args, &layer(&[("text", "fragile"), ("number", "10")])).unwrap_err();
        assert!(!ARMED.get());
        args.set("text", "x").unwrap();
        assert_eq!((args.number.get(), args.generation()), (1, 2));
    }
}
