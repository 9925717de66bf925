//! The history: what it keeps, and going back.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails loudly"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use clap::Parser;
use dflag::{
    Change, DynamicFlags, Edit, FlagSet, Flags, HistoryEntry, Layer, MASK, OnInvalid, Origin,
    Outcome, Problem, RejectedUpdate, Revert, RevertError, Trigger,
};

const SECRET: &str = "hunter2";

/// For what comes soon, on a machine under load.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value_t = 8080)]
    port: u16,

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

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    text: String,

    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    #[flag(dynamic)]
    timeout: Duration,

    #[arg(long, default_value = SECRET)]
    #[flag(dynamic, secret)]
    token: String,
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        if self.low <= self.high {
            Ok(())
        } else {
            Err("low is above high")
        }
    }
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn layer(texts: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.extend(texts.iter().copied());
    layer
}

fn newest(args: &Flags<Args>) -> HistoryEntry {
    args.history().entries.pop().unwrap()
}

fn texts(change: &Change) -> (&str, Option<&str>, Option<&str>) {
    (&change.flag, change.old.as_deref(), change.new.as_deref())
}

fn origin(args: &Flags<Args>, flag: &str) -> Origin {
    args.flag(flag).unwrap().origin
}

fn rejections(args: &Flags<Args>) -> (dflag::Subscription, mpsc::Receiver<RejectedUpdate>) {
    let (sender, receiver) = mpsc::channel();
    let subscription = args.on_reject(move |update| {
        sender.send(update.clone()).ok();
    });
    (subscription, receiver)
}

#[test]
fn publish_has_its_time_trigger_and_changes() {
    let args = args();
    let before = SystemTime::now();
    args.propose(&layer(&[("low", "5"), ("zone", "eu")]))
        .unwrap();
    args.edit([
        Edit::set("low", "6"),
        Edit::unset("zone")
            .by("alice\u{202e}\n")
            .reason(" incident 42 "),
    ])
    .unwrap();

    let [first, second] = <[HistoryEntry; 2]>::try_from(args.history().entries).unwrap();
    assert_eq!((first.generation, second.generation), (2, 3));
    assert_eq!((first.outcome, first.count), (Outcome::Applied, 1));
    assert!(before <= first.time && first.time <= second.time);
    assert_eq!(first.trigger.to_string(), "ConfigMap /etc/dflag");
    assert_eq!((first.by, first.reason), (None, None));
    assert_eq!(texts(&first.changed[0]), ("low", Some("1"), Some("5")));
    assert_eq!(texts(&first.changed[1]), ("zone", None, Some("eu")));
    assert_eq!(second.trigger, Trigger::Override);
    assert_eq!(texts(&second.changed[0]), ("low", Some("5"), Some("6")));
    assert_eq!(texts(&second.changed[1]), ("zone", Some("eu"), None));
    assert_eq!(second.by.as_deref(), Some("alice\\u{202e}"));
    assert_eq!(second.reason.as_deref(), Some("incident 42"));
    assert!(first.problems.is_empty() && second.problems.is_empty());
}

#[test]
fn what_is_no_publish_is_no_entry() {
    let args = args();
    args.propose(&layer(&[("low", "5")])).unwrap();
    args.propose(&layer(&[("low", "5")])).unwrap();
    args.clear("low").unwrap();
    let doubled = args.low.map(|low| low * 2).unwrap();
    assert_eq!(doubled.get(), 10);
    assert_eq!(args.history().entries.len(), 1);

    // Its origin changes.
    args.set("low", "5").unwrap();
    let entry = newest(&args);
    assert_eq!((entry.generation, entry.changed), (3, Vec::new()));
}

#[test]
fn values_and_notes_are_bounded_and_secrets_masked() {
    let args = args();
    let long = "ö".repeat(10_000);
    args.edit([
        Edit::set("text", long.as_str()).by(&long).reason(&long),
        Edit::set("token", "correct horse"),
    ])
    .unwrap();
    args.set("token", "").unwrap();
    let entry = &args.history().entries[0];
    let text = entry.changed[0].new.as_deref().unwrap();
    assert!(text.len() < 300 && text.starts_with("öö") && text.ends_with('…'));
    for note in [&entry.by, &entry.reason] {
        assert!(note.as_ref().unwrap().len() < 300);
    }
    for entry in args.history().entries {
        let token = entry.changed.last().unwrap();
        assert_eq!(texts(token), ("token", Some(MASK), Some(MASK)));
    }
    let shown = format!("{:?}", args.history().entries);
    assert!(!shown.contains(SECRET) && !shown.contains("horse"));
}

#[test]
fn equal_rejections_of_a_source_are_one_entry() {
    let args = args();
    let mut other = Layer::new("file", "flags.txt");
    other.text("high", "flags.txt:1", "many");
    for _ in 0..5 {
        args.propose(&layer(&[("low", "x"), ("token", "a b c")]))
            .unwrap_err();
        args.propose(&other).unwrap_err();
        thread::sleep(Duration::from_millis(1));
    }
    let history = args.history().entries;
    assert_eq!(history.len(), 2);
    for entry in &history {
        assert_eq!((entry.outcome, entry.count), (Outcome::Rejected, 5));
        assert_eq!(entry.generation, 1);
        assert!(entry.last_time > entry.time && entry.changed.is_empty());
    }
    assert!(history[0].problems[0].starts_with("`low` (/etc/dflag): invalid value 'x'"));

    // Another problem, the same one after another layer, or another person.
    args.propose(&layer(&[("low", "y")])).unwrap_err();
    args.propose(&layer(&[("low", "x")])).unwrap_err();
    args.propose(&layer(&[("low", "2")])).unwrap();
    args.propose(&layer(&[("low", "x")])).unwrap_err();
    for by in ["alice", "alice", "bob"] {
        args.edit([Edit::set("low", "x").by(by)]).unwrap_err();
    }
    let counts: Vec<u64> = args
        .history()
        .entries
        .iter()
        .map(|entry| entry.count)
        .collect();
    assert_eq!(counts, [5, 5, 1, 1, 1, 1, 2, 1]);
}

#[test]
fn rejection_never_shows_a_secret_and_is_bounded() {
    #[derive(Clone, Parser, DynamicFlags)]
    struct Pin {
        #[arg(long, default_value_t = 4711)]
        #[flag(dynamic, secret)]
        pin: u16,
    }

    let args = args();
    let long = "x".repeat(100_000);
    let keys: Vec<String> = (0..100).map(|key| format!("{key}{long}")).collect();
    let mut bad = layer(&[]).deny_unknown(true);
    for key in &keys {
        bad.text(key, "/etc/dflag", "1");
    }
    args.propose(&bad).unwrap_err();
    let entry = newest(&args);
    assert_eq!((entry.problems.len(), entry.omitted_problems), (16, 84));
    assert!(entry.problems.iter().all(|problem| problem.len() < 600));

    let pin = Pin::try_parse_dynamic_from(["server"]).unwrap();
    pin.set("pin", "hunter2").unwrap_err();
    pin.set("pin", "4712").unwrap();
    let shown = format!("{:?}", pin.history().entries);
    for secret in ["hunter2", "4711", "4712"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn history_is_bounded_by_count_and_by_bytes() {
    let args = args();
    for number in 0..250_u8 {
        args.set("high", &number.max(1).to_string()).unwrap();
    }
    let history = args.history().entries;
    assert_eq!(history.len(), 100);
    assert_eq!(history[0].generation + 99, args.generation());

    args.limit_history(10, 100_000);
    assert_eq!(args.history().entries.len(), 10);
    for letter in 'a'..='z' {
        let text: String = std::iter::repeat_n(letter, 10_000).collect();
        args.set("text", &text).unwrap();
    }
    // Each has an old and a new text.
    let count = args.history().entries.len();
    assert!((2..=5).contains(&count), "{count}");

    args.limit_history(0, 0);
    args.set("high", "77").unwrap();
    assert!(args.history().entries.is_empty());
}

#[test]
fn publish_that_exceeds_the_bounds_alone_is_kept_in_part() {
    let args = args();
    args.limit_history(100, 10_000);
    let long = "x".repeat(9_990);
    args.edit([
        Edit::set("low", "2"),
        Edit::set("high", "20"),
        Edit::set("text", long),
        Edit::set("token", "a"),
    ])
    .unwrap();
    let entry = newest(&args);
    assert_eq!((entry.changed.len(), entry.omitted_changes), (2, 2));
    args.set("low", "3").unwrap();
    args.revert_to(2).unwrap();
    assert_eq!(args.low.get(), 2);
    assert!(matches!(
        args.revert_to(1),
        Err(RevertError::TooOld { oldest: 2, .. })
    ));
}

#[test]
fn entries_of_several_threads_are_in_the_order_of_the_publishes() {
    let args = args();
    let start = Arc::new(Barrier::new(4));
    let threads: Vec<_> = [0, 1, 2, 3]
        .map(|thread| {
            let (args, start) = (args.clone(), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                for number in 0..20 {
                    args.set("text", &format!("{thread} {number}")).unwrap();
                }
            })
        })
        .into();
    for thread in threads {
        thread.join().unwrap();
    }
    let history = args.history().entries;
    let generations: Vec<u64> = history.iter().map(|entry| entry.generation).collect();
    assert_eq!(generations, (2..=81).collect::<Vec<_>>());
    for pair in history.windows(2) {
        assert_eq!(pair[0].changed[0].new, pair[1].changed[0].old);
    }
}

#[test]
fn own_publish_is_in_the_history_while_another_thread_runs_callbacks() {
    let args = args();
    let (sender, entered) = mpsc::channel();
    let (leave, left) = mpsc::channel::<()>();
    let left = std::sync::Mutex::new(left);
    let _subscription = args.on_change(move |_, _| {
        sender.send(()).unwrap();
        left.lock().unwrap().recv().ok();
    });
    let other = args.clone();
    let thread = thread::spawn(move || other.set("low", "2").unwrap());
    entered.recv().unwrap();
    args.set("low", "3").unwrap();
    assert_eq!(newest(&args).generation, 3);
    drop(leave);
    thread.join().unwrap();
}

#[test]
fn history_can_be_read_by_a_rule() {
    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(validate = Looking::check)]
    struct Looking {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        low: u8,
    }

    static SET: std::sync::OnceLock<Arc<dyn FlagSet>> = std::sync::OnceLock::new();

    impl Looking {
        fn check(&self) -> Result<(), String> {
            let entries = SET.get().map_or(0, |set| set.history().entries.len());
            if self.low > 100 {
                return Err(format!("{entries} entries"));
            }
            Ok(())
        }
    }

    let args = Looking::try_parse_dynamic_from(["server"]).unwrap();
    SET.set((&args).into()).ok();
    args.set("low", "2").unwrap();
    let rejected = args.set("low", "101").unwrap_err();
    assert!(rejected.to_string().ends_with(": 1 entries"), "{rejected}");
}

#[test]
fn expiry_is_an_entry_with_its_cause() {
    let args = args();
    args.set_for("low", "5", Duration::from_millis(20)).unwrap();
    args.low.wait_for(|low| *low == 1, PATIENCE).unwrap();
    let entry = newest(&args);
    assert_eq!(entry.trigger, Trigger::Expiry);
    assert_eq!(texts(&entry.changed[0]), ("low", Some("5"), Some("1")));

    // Without the override, low is above high.
    args.set_for("high", "20", Duration::from_millis(20))
        .unwrap();
    args.set("low", "15").unwrap();
    let deadline = Instant::now() + PATIENCE;
    let is_expiry = |entry: &HistoryEntry| entry.trigger == Trigger::Expiry;
    while newest(&args).problems.is_empty() {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(1));
    }
    let entry = args.history().entries.into_iter().rfind(is_expiry).unwrap();
    assert_eq!(entry.outcome, Outcome::PartlyRejected);
    assert_eq!(
        entry.problems,
        ["`high`: the override has expired but stays: the flags together: low is above high"]
    );
}

#[test]
fn failed_derived_value_is_a_rejection_with_its_cause() {
    let args = args();
    let (_subscription, updates) = rejections(&args);
    let build = |_: &u8, _: Option<&u8>| Err::<u8, _>("not today");
    args.derive(|args| args.low, build).unwrap_err();
    let entry = newest(&args);
    assert_eq!(
        (&entry.trigger, entry.outcome),
        (&Trigger::Derived, Outcome::Rejected)
    );
    assert!(entry.problems[0].ends_with("not today"));
    assert!(
        updates
            .try_recv()
            .unwrap()
            .to_string()
            .starts_with("derived value rejected, ")
    );
}

#[test]
fn rejection_is_reported_once_until_the_source_applies_another_layer() {
    let args = args();
    let (subscription, updates) = rejections(&args);
    let bad = layer(&[("low", "x")]);
    for _ in 0..3 {
        args.propose(&bad).unwrap_err();
    }
    let update = updates.try_recv().unwrap();
    assert_eq!(update.trigger.to_string(), "ConfigMap /etc/dflag");
    assert_eq!(update.problems[0].flag(), Some("low"));
    assert_eq!((update.generation, update.outcome), (1, Outcome::Rejected));
    assert!(updates.try_recv().is_err());

    args.propose(&layer(&[])).unwrap();
    args.propose(&bad).unwrap_err();
    assert!(updates.try_recv().is_ok());
    args.propose(&layer(&[("low", "y")])).unwrap_err();
    assert!(updates.try_recv().is_ok());

    // Without a history, too.
    args.limit_history(0, 0);
    args.propose(&layer(&[("low", "y")])).unwrap_err();
    assert!(updates.try_recv().is_err());

    // Every edit.
    for _ in 0..2 {
        args.edit([Edit::set("low", "x").by("alice").reason("a try")])
            .unwrap_err();
        let update = updates.try_recv().unwrap();
        assert_eq!(update.by.as_deref(), Some("alice"));
        assert_eq!(update.reason.as_deref(), Some("a try"));
    }

    drop(subscription);
    args.set("low", "z").unwrap_err();
    assert!(updates.try_recv().is_err());
}

#[test]
fn partly_rejected_layer_is_reported_and_recorded() {
    let args = args();
    let (_subscription, updates) = rejections(&args);
    let bad = layer(&[("low", "x"), ("high", "20")]).on_invalid(OnInvalid::KeepValid);
    for _ in 0..3 {
        args.propose(&bad).unwrap();
    }
    let update = updates.try_recv().unwrap();
    assert_eq!(update.outcome, Outcome::PartlyRejected);
    assert_eq!(update.generation, 2);
    assert!(update.to_string().starts_with(
        "ConfigMap /etc/dflag partly rejected, the flags of its invalid keys keep their values: `low`"
    ));
    assert!(updates.try_recv().is_err());

    let [entry] = <[HistoryEntry; 1]>::try_from(args.history().entries).unwrap();
    assert_eq!((entry.outcome, entry.count), (Outcome::PartlyRejected, 3));
    assert_eq!(texts(&entry.changed[0]), ("high", Some("10"), Some("20")));
    assert_eq!(entry.problems.len(), 1);
}

#[test]
fn rollback_is_a_publish_and_a_rejection() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let (_subscription, updates) = rejections(&args);
    args.propose(&layer(&[("low", "5")])).unwrap();
    args.propose(&layer(&[("low", "6")])).unwrap();
    let before = layer(&[("low", "5")]).reason("more errors\u{202e}");
    for _ in 0..2 {
        set.roll_back(&before).unwrap();
        let update = updates.try_recv().unwrap();
        assert_eq!(
            (update.outcome, update.generation),
            (Outcome::RolledBack, 4)
        );
        assert_eq!(
            update.to_string(),
            "ConfigMap /etc/dflag rolled back, the flags have the values before: more errors\\u{202e}"
        );
    }
    let entry = newest(&args);
    assert_eq!(
        (entry.outcome, entry.generation, entry.count),
        (Outcome::RolledBack, 4, 2)
    );
    assert_eq!(texts(&entry.changed[0]), ("low", Some("6"), Some("5")));

    // A rule rejects it, for the same problem as an update before.
    args.set("high", "5").unwrap();
    let above = layer(&[("low", "7")]).reason("more errors");
    args.propose(&above).unwrap_err();
    assert_eq!(updates.try_recv().unwrap().outcome, Outcome::Rejected);
    set.roll_back(&above).unwrap_err();
    let update = updates.try_recv().unwrap();
    assert_eq!(update.outcome, Outcome::RollbackFailed);
    assert_eq!(
        update.to_string(),
        "ConfigMap /etc/dflag not rolled back, all flags keep their values: more errors\n  \
         the flags together: low is above high"
    );
    assert_eq!(newest(&args).outcome, Outcome::RollbackFailed);
}

#[test]
fn rejection_after_a_rollback_is_reported_again() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let (_subscription, updates) = rejections(&args);
    let bad = layer(&[("low", "x")]);
    args.propose(&layer(&[("low", "6")])).unwrap();
    args.propose(&bad).unwrap_err();
    set.roll_back(&layer(&[("low", "5")])).unwrap();
    args.propose(&bad).unwrap_err();
    args.propose(&bad).unwrap_err();
    let outcomes: Vec<_> = updates.try_iter().map(|update| update.outcome).collect();
    let expected = [Outcome::Rejected, Outcome::RolledBack, Outcome::Rejected];
    assert_eq!(outcomes, expected);
    let entries = args.history().entries;
    let recorded: Vec<_> = entries.iter().map(|entry| entry.outcome).collect();
    assert_eq!(recorded[1..], expected);
    assert_eq!((entries[1].count, entries[3].count), (1, 2));
}

#[test]
fn layer_that_is_held_back_changes_nothing_and_is_a_rejection() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let (_subscription, updates) = rejections(&args);
    let bad = layer(&[("low", "x")]);
    args.propose(&bad).unwrap_err();
    updates.try_recv().unwrap();
    for _ in 0..2 {
        set.hold_back(&layer(&[("low", "5")]).reason("the program crashed"));
        let update = updates.try_recv().unwrap();
        assert_eq!(
            (update.outcome, update.problems.len()),
            (Outcome::HeldBack, 0)
        );
        assert_eq!(
            update.to_string(),
            "ConfigMap /etc/dflag held back, all flags keep their values: the program crashed"
        );
    }
    assert_eq!((args.low.get(), args.generation()), (1, 1));
    let entry = newest(&args);
    assert_eq!((entry.outcome, entry.count), (Outcome::HeldBack, 2));
    assert_eq!(entry.reason.as_deref(), Some("the program crashed"));
    assert!(entry.changed.is_empty() && entry.problems.is_empty());
    // It is no layer that was applied in between.
    args.propose(&bad).unwrap_err();
    assert!(updates.try_recv().is_err());
}

#[test]
fn rejections_and_publishes_are_delivered_in_order_without_the_writer_lock() {
    let args = args();
    let (sender, events) = mpsc::channel();
    let of_change = sender.clone();
    let _changes = args.on_change(move |_, new| of_change.send(new.low.to_string()).unwrap());
    let _panics = args.on_reject(|_| panic!("a callback"));
    let set = args.clone();
    let _rejections = args.on_reject(move |update| {
        sender.send(update.problems.len().to_string()).unwrap();
        // Possible only without the lock; delivered after this.
        set.set("low", "7").unwrap();
    });
    args.set("low", "3").unwrap();
    args.set("low", "x").unwrap_err();
    args.set("low", "4").unwrap();
    let events: Vec<String> = events.try_iter().collect();
    assert_eq!(events, ["3", "1", "7", "4"]);
}

#[test]
fn only_flags_that_differ_are_reverted_and_pinned() {
    let args = args();
    args.propose(&layer(&[
        ("low", "5"),
        ("high", "50"),
        ("zone", "eu"),
        ("timeout", "1s"),
    ]))
    .unwrap();
    args.set("zones", "a,b").unwrap();
    args.propose(&layer(&[("low", "6"), ("high", "51"), ("timeout", "1s")]))
        .unwrap();
    args.propose(&layer(&[
        ("low", "7"),
        ("high", "50"),
        ("timeout", "1000ms"),
    ]))
    .unwrap();
    args.set("token", "other").unwrap();

    let reverted = args.revert_to(2).unwrap();
    assert_eq!((reverted.to, reverted.generation), (2, 7));
    assert_eq!(reverted.overridden, ["low", "zone", "zones", "token"]);
    assert_eq!((args.low.get(), args.high.get()), (5, 50));
    assert_eq!(args.zone.get().as_deref(), Some("eu"));
    assert_eq!(args.zones.get(), Vec::<String>::new());
    assert_eq!(args.token.get(), SECRET);
    assert_eq!(origin(&args, "low"), Origin::Override);
    assert!(matches!(origin(&args, "high"), Origin::Source { .. }));
    let entry = newest(&args);
    assert_eq!(entry.trigger, Trigger::Revert { generation: 2 });
    assert!(!format!("{reverted:?} {entry:?}").contains(SECRET));

    // It no longer follows its source.
    args.propose(&layer(&[("low", "8")])).unwrap();
    assert_eq!(args.low.get(), 5);
    let again = args.revert_to(7).unwrap();
    assert_eq!(again.overridden, ["high", "timeout"]);

    args.undo().unwrap();
    args.undo().unwrap();
    assert_eq!(args.low.get(), 8);
    assert_eq!(args.zones.get(), ["a", "b"]);
}

#[cfg(unix)]
#[test]
fn value_that_its_text_does_not_stand_for_cannot_be_reverted_to() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    #[derive(Clone, Parser, DynamicFlags)]
    struct Texts {
        #[arg(long)]
        #[flag(dynamic)]
        path: std::path::PathBuf,

        #[arg(long)]
        #[flag(dynamic, trim = false)]
        lines: Vec<String>,
    }

    let line = [b"server".as_slice(), b"--path=\xff", b"--lines=a\nb"];
    let line = line.map(|arg| OsString::from_vec(arg.to_vec()));
    let args = Texts::try_parse_dynamic_from(line).unwrap();
    for flag in ["path", "lines"] {
        let before = args.generation();
        args.set(flag, "c").unwrap();
        let error = args.revert_to(before).unwrap_err().to_string();
        assert!(error.contains("its text stands for another one"), "{error}");
        args.clear(flag).unwrap();
        assert_eq!(args.revert_to(before).unwrap().overridden, [""; 0]);
    }
    assert_eq!(args.lines.get(), ["a\nb"]);
}

#[test]
fn revert_to_unset_and_with_a_note() {
    let args = args();
    args.set("zone", "eu").unwrap();
    let revert = Revert::to(1).by("alice").reason("wrong zone");
    args.revert_to(revert).unwrap();
    assert_eq!(args.zone.get(), None);
    assert_eq!(origin(&args, "zone"), Origin::Override);
    let entry = newest(&args);
    assert_eq!(entry.by.as_deref(), Some("alice"));
    assert_eq!(entry.reason.as_deref(), Some("wrong zone"));

    let nothing = args.revert_to(args.generation()).unwrap();
    assert_eq!(nothing.generation, 3);
    assert_eq!(
        nothing.to_string(),
        "reverted to generation 3: no flag had to be overridden"
    );
}

#[test]
fn static_flags_are_named_and_not_reverted() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    args.propose(&layer(&[("port", "80"), ("low", "2")]))
        .unwrap();
    set.freeze();
    let reverted = args.revert_to(1).unwrap();
    assert_eq!(reverted.static_flags, ["port"]);
    assert_eq!((args.load().port, args.low.get()), (80, 1));
    assert_eq!(
        reverted.to_string(),
        "reverted to generation 1: `low` overridden, no longer following any source until cleared; `port` not \
         reverted, because static flags can't change while the program runs"
    );
}

#[test]
fn revert_fails_for_what_is_not_known_and_changes_nothing() {
    let args = args();
    assert_eq!(
        args.revert_to(9).unwrap_err().to_string(),
        "there is no generation 9 yet, the current one is 1; all flags keep their values"
    );
    let long = "x".repeat(20_000);
    args.set("text", &long).unwrap();
    args.edit([Edit::set("text", "y"), Edit::set("low", "2")])
        .unwrap();
    let Err(RevertError::Rejected(rejected)) = args.revert_to(2) else {
        panic!("the text is not kept");
    };
    assert!(matches!(&rejected.problems[..], [Problem::NotKept { .. }]));
    assert_eq!(
        rejected.to_string(),
        "revert to generation 2 rejected, all flags keep their values: `text`: the history does not keep the value \
         that it had: it has more than 16 KiB; set the flag itself"
    );
    assert_eq!(args.low.get(), 2);
    assert_eq!(newest(&args).outcome, Outcome::Rejected);

    // An entry that is gone.
    args.edit([Edit::set("low", "1"), Edit::set("high", "3")])
        .unwrap();
    args.edit([Edit::set("low", "5"), Edit::set("high", "5")])
        .unwrap();
    args.limit_history(1, 100_000);
    args.set("low", "4").unwrap();
    assert_eq!(
        args.revert_to(3).unwrap_err().to_string(),
        "the history does not reach back to generation 3, only to 5; all flags keep their values"
    );
    assert_eq!(args.low.get(), 4);
}

#[test]
fn revert_that_a_rule_rejects_changes_nothing() {
    static IS_STRICT: AtomicBool = AtomicBool::new(false);

    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(validate = Strict::check)]
    struct Strict {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        low: u8,

        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        high: u8,
    }

    impl Strict {
        fn check(&self) -> Result<(), &'static str> {
            if IS_STRICT.load(Ordering::Relaxed) && self.low == 1 {
                return Err("1 is too low by now");
            }
            Ok(())
        }
    }

    let args = Strict::try_parse_dynamic_from(["server"]).unwrap();
    args.edit([Edit::set("low", "2"), Edit::set("high", "2")])
        .unwrap();
    IS_STRICT.store(true, Ordering::Relaxed);
    let error = args.revert_to(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "revert to generation 1 rejected, all flags keep their values: the flags together: 1 is too low by now"
    );
    assert_eq!((args.low.get(), args.high.get()), (2, 2));
    // What is undone is the edit before it.
    IS_STRICT.store(false, Ordering::Relaxed);
    args.undo().unwrap();
    assert_eq!((args.low.get(), args.high.get()), (1, 1));
}

#[test]
fn value_that_an_override_cannot_have_is_named() {
    let args = Args::try_parse_dynamic_from(["server", "--text= spaced ", "--zone=eu"]).unwrap();
    args.edit([Edit::set("text", "a"), Edit::set("zone", "us")])
        .unwrap();
    let error = args.revert_to(1).unwrap_err().to_string();
    assert!(
        error.ends_with("`text`: the history does not keep the value that it had: white space around the text of an \
                         override is dropped; set the flag itself"),
        "{error}"
    );
    assert_eq!(args.text.get(), "a");
}

#[test]
fn undo_restores_the_override_or_its_absence() {
    let args = args();
    assert_eq!(args.undo().unwrap(), None);
    args.low.set(2).unwrap();
    args.set("low", "3").unwrap();
    args.set("low", "3").unwrap(); // changes nothing
    args.edit([Edit::set("low", "4"), Edit::set("zone", "eu")])
        .unwrap();

    let undone = args.undo().unwrap().unwrap();
    assert_eq!(undone.changed.len(), 2);
    assert_eq!((args.low.get(), args.zone.get()), (3, None));
    assert_eq!(origin(&args, "zone"), Origin::Default);
    assert_eq!(newest(&args).trigger, Trigger::Undo);
    args.undo().unwrap();
    args.undo().unwrap();
    assert_eq!(origin(&args, "low"), Origin::Default);
    assert_eq!(args.undo().unwrap(), None);
}

#[test]
fn rejected_undo_can_be_tried_again() {
    let args = args();
    args.set("high", "20").unwrap();
    args.propose(&layer(&[("low", "15")])).unwrap();
    args.undo().unwrap_err();
    assert_eq!(args.high.get(), 20);
    args.propose(&layer(&[])).unwrap();
    args.undo().unwrap();
    assert_eq!(args.high.get(), 10);
}

#[test]
fn undo_restores_the_time_that_an_override_has_left() {
    let args = args();
    args.set_for("low", "5", Duration::from_secs(3600)).unwrap();
    args.edit([Edit::unset("zone")]).unwrap();
    args.edit([Edit::set("low", "6"), Edit::set("zone", "eu")])
        .unwrap();
    args.undo().unwrap();
    let low = args.flag("low").unwrap();
    assert!(low.expiry.unwrap().remaining > Duration::from_secs(3000));
    assert_eq!(origin(&args, "zone"), Origin::Override);
    assert_eq!((args.low.get(), args.zone.get()), (5, None));

    args.set_for("low", "7", Duration::from_millis(20)).unwrap();
    args.set("low", "8").unwrap();
    thread::sleep(Duration::from_millis(40));
    args.undo().unwrap();
    assert_eq!(origin(&args, "low"), Origin::Default);
}

#[test]
fn undo_is_bounded() {
    let args = args();
    for number in 0..40 {
        args.set("text", &number.to_string()).unwrap();
    }
    let undone = std::iter::from_fn(|| args.undo().unwrap()).count();
    assert_eq!(undone, 16);
    assert_eq!(args.text.get(), "23");
}
