//! Overrides that expire.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails loudly")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use dflag::{
    Applied, Dynamic, DynamicFlags, Edit, Expiry, FlagSet, Flags, Layer, Origin, Problem, Published,
};

const SOON: Duration = Duration::from_millis(20);
const HOUR: Duration = Duration::from_secs(3600);

/// For what comes soon, on a machine under load.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value_t = 9)]
    #[flag(dynamic)]
    burst: u8,

    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic)]
    rollout: f64,

    #[arg(long)]
    #[flag(dynamic)]
    zone: Option<String>,

    #[arg(long, default_value_t = 8080)]
    port: u16,
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        if self.limit > self.burst {
            return Err("limit is above burst");
        }
        if self.burst > 15 && self.limit < 5 {
            return Err("such a burst needs a limit of 5");
        }
        Ok(())
    }
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn expiry(args: &Flags<Args>, flag: &str) -> Option<Expiry> {
    args.flag(flag).unwrap().expiry
}

#[track_caller]
fn until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "the condition does not hold in time"
        );
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until an override that is made now, and is due soon, has ended. Those that were due before it have ended
/// then, too, or stay.
fn wait_for_a_later_expiry(args: &Flags<Args>) {
    args.set_for("rollout", "0.125", SOON).unwrap();
    until(|| args.rollout.get() == 0.0);
}

fn names(applied: &Applied) -> Vec<&str> {
    let changed = applied.changed.iter();
    changed.map(|change| change.flag.as_str()).collect()
}

/// A source that sets the limit.
fn limit_of_file(text: &str) -> Layer {
    let mut file = Layer::new("file", "flags.txt");
    file.text("limit", "flags.txt:1", text);
    file
}

/// An overdue override of `burst` that stays, because the file's limit is above what is beneath.
fn blocked() -> Flags<Args> {
    let args = args();
    args.edit([Edit::set("burst", "20"), Edit::set("limit", "15")])
        .unwrap();
    args.propose(&limit_of_file("15")).unwrap();
    args.clear("limit").unwrap();
    args.set_for("burst", "20", SOON).unwrap();
    until(|| expiry(&args, "burst").is_some_and(|expiry| expiry.reason.is_some()));
    args
}

#[test]
fn override_ends_after_its_duration_with_a_publish() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let (sender, publishes) = mpsc::channel();
    let _subscription = set.on_publish(Arc::new(move |published: &Published| {
        let thread = thread::current().name().map(str::to_owned);
        sender.send((published.clone(), thread)).ok();
    }));
    let start = Instant::now();
    args.set_for("limit", "5", SOON).unwrap();
    let (set, _) = publishes.recv_timeout(PATIENCE).unwrap();
    let (ended, thread) = publishes.recv_timeout(PATIENCE).unwrap();
    assert!(start.elapsed() >= SOON);
    assert_eq!((set.generation, ended.generation), (2, 3));
    let texts = |published: &Published| {
        let change = published.changed.first().unwrap();
        (change.old.clone().unwrap(), change.new.clone().unwrap())
    };
    assert_eq!(texts(&set), ("3".into(), "5".into()));
    assert_eq!(texts(&ended), ("5".into(), "3".into()));
    assert_eq!(thread.as_deref(), Some("dflag-expiry"));
    assert_eq!(args.limit.get(), 3);
    let limit = args.flag("limit").unwrap();
    assert_eq!((limit.origin, limit.expiry), (Origin::Default, None));
}

#[test]
fn listing_has_the_remaining_time() {
    let args = args();
    assert_eq!(expiry(&args, "limit"), None);
    args.limit.set_for(5, HOUR).unwrap();
    let remaining = expiry(&args, "limit").unwrap().remaining;
    assert!(
        remaining <= HOUR && remaining + PATIENCE > HOUR,
        "{remaining:?}"
    );
    assert_eq!(expiry(&args, "limit").unwrap().reason, None);
    assert!(
        args.list()
            .iter()
            .filter(|flag| flag.expiry.is_some())
            .count()
            == 1
    );
}

#[test]
fn overrides_that_are_due_at_once_end_in_one_publish() {
    let args = args();
    let (sender, structs) = mpsc::channel();
    let _subscription = args.on_change(move |_, new| {
        sender.send((new.limit, new.zone.clone())).ok();
    });
    let edits = [Edit::set("limit", "5"), Edit::set("zone", "a")];
    args.edit(edits.map(|edit| edit.expires_in(SOON))).unwrap();
    let next = || structs.recv_timeout(PATIENCE).unwrap();
    assert_eq!(next(), (5, Some("a".to_owned())));
    assert_eq!(next(), (3, None));
    assert_eq!(args.generation(), 3);
}

#[test]
fn override_with_the_value_beneath_ends_without_a_change() {
    let args = args();
    let _subscription = args.limit.on_change(|_, _| panic!("no value changes"));
    args.set_for("limit", "3", SOON).unwrap();
    until(|| args.generation() == 3);
    assert_eq!(args.flag("limit").unwrap().origin, Origin::Default);
}

#[test]
fn setting_without_an_expiry_makes_an_override_permanent() {
    let args = args();
    args.set_for("limit", "5", HOUR).unwrap();
    args.set_for("burst", "10", HOUR).unwrap();
    let generation = args.generation();
    let applied = args.set("limit", "5").unwrap();
    assert_eq!((applied.generation, names(&applied)), (generation, vec![]));
    let applied = args.burst.set(10).unwrap();
    assert_eq!((applied.generation, names(&applied)), (generation, vec![]));
    assert_eq!(
        (expiry(&args, "limit"), expiry(&args, "burst")),
        (None, None)
    );

    args.set_for("limit", "6", SOON).unwrap();
    args.set("limit", "6").unwrap();
    wait_for_a_later_expiry(&args);
    assert_eq!(args.limit.get(), 6);
}

#[test]
fn setting_again_renews_without_a_new_generation() {
    let args = args();
    args.limit.set_for(5, HOUR).unwrap();
    let generation = args.generation();
    for applied in [
        args.set_for("limit", "5", 2 * HOUR),
        args.limit.set_for(5, 3 * HOUR),
    ] {
        let applied = applied.unwrap();
        assert_eq!((applied.generation, names(&applied)), (generation, vec![]));
    }
    assert!(expiry(&args, "limit").unwrap().remaining > 2 * HOUR);

    args.set_for("limit", "6", SOON).unwrap();
    args.set_for("limit", "6", HOUR).unwrap();
    wait_for_a_later_expiry(&args);
    assert_eq!(args.limit.get(), 6);

    // A shorter one as well.
    args.limit.set_for(6, SOON).unwrap();
    until(|| args.limit.get() == 3);
}

#[test]
fn typed_renewal_keeps_the_text() {
    let args = args();
    args.set("rollout", "0.50").unwrap();
    args.rollout.set_for(0.5, HOUR).unwrap();
    let rollout = args.flag("rollout").unwrap();
    assert_eq!(rollout.value.as_deref(), Some("0.50"));
    assert!(rollout.expiry.is_some());
}

#[test]
fn clear_and_unset_end_the_expiry() {
    let args = Flags::<Args>::try_parse_command_from(
        <Args as clap::CommandFactory>::command(),
        ["server", "--zone=base"],
    );
    let (args, _) = args.unwrap();
    args.set_for("zone", "a", SOON).unwrap();
    args.edit([Edit::unset("zone")]).unwrap();
    assert_eq!(expiry(&args, "zone"), None);
    args.limit.set_for(5, SOON).unwrap();
    args.limit.clear().unwrap();
    args.limit.set(6).unwrap();
    wait_for_a_later_expiry(&args);
    assert_eq!((args.zone.get(), args.limit.get()), (None, 6));

    args.edit([Edit::unset("zone").expires_in(SOON)]).unwrap();
    until(|| args.zone.get().as_deref() == Some("base"));
}

#[test]
fn duration_of_zero_or_without_end_is_rejected() {
    let args = args();
    let rejected = args
        .edit([
            Edit::set("limit", "5").expires_in(Duration::ZERO),
            Edit::set("burst", "10").expires_in(Duration::MAX),
            Edit::clear("rollout").expires_in(HOUR),
            Edit::set("zone", "a").expires_in(HOUR),
        ])
        .unwrap_err();
    let flags: Vec<_> = rejected.problems.iter().map(Problem::flag).collect();
    assert_eq!(flags, [Some("limit"), Some("burst"), Some("rollout")]);
    assert_eq!(
        rejected.to_string(),
        "override rejected, all flags keep their values:\n  \
         `limit`: the duration until the override expires is zero; give a longer one, or clear the override\n  \
         `burst`: the duration until the override expires is too long for the clock; leave it out for an override \
         that stays until it is cleared\n  \
         `rollout`: clearing an override can't expire; clear it without a duration"
    );
    args.limit.set(5).unwrap();
    for duration in [Duration::ZERO, Duration::MAX] {
        for rejected in [
            args.limit.set_for(5, duration),
            args.limit.set_for(6, duration),
        ] {
            let problems = rejected.unwrap_err().problems;
            assert!(
                matches!(&problems[..], [Problem::InvalidExpiry { flag, .. }] if flag == "limit")
            );
        }
    }
    assert_eq!(
        (args.limit.get(), args.zone.get(), args.generation()),
        (5, None, 2)
    );
    let rejected = Dynamic::constant(5).set_for(6, HOUR).unwrap_err();
    assert_eq!(rejected.problems, [Problem::NoFlag]);
}

#[test]
fn rejected_edit_starts_no_expiry() {
    let args = args();
    let edits = [
        Edit::set("limit", "5").expires_in(SOON),
        Edit::set("burst", "4"),
    ];
    args.edit(edits).unwrap_err();
    args.limit.set(5).unwrap();
    wait_for_a_later_expiry(&args);
    assert_eq!(args.limit.get(), 5);
}

#[test]
fn rejected_expiry_leaves_the_override_and_says_why() {
    let args = blocked();
    let burst = args.flag("burst").unwrap();
    assert_eq!(
        (burst.value.as_deref(), burst.origin),
        (Some("20"), Origin::Override)
    );
    let expiry = burst.expiry.unwrap();
    assert_eq!(expiry.remaining, Duration::ZERO);
    let reason = expiry.reason.as_deref();
    assert_eq!(reason, Some("the flags together: limit is above burst"));
}

#[test]
fn rejected_expiry_is_a_new_generation_once() {
    let args = args();
    args.edit([
        Edit::set("burst", "20").expires_in(SOON),
        Edit::set("limit", "15"),
    ])
    .unwrap();
    until(|| args.generation() == 3);
    assert_eq!(args.burst.get(), 20);
    assert_eq!(args.set("zone", "a").unwrap().generation, 4);
    assert_eq!(args.set("zone", "a").unwrap().generation, 4);
}

#[test]
fn each_later_publish_tries_again() {
    let args = blocked();
    let applied = args.set("zone", "a").unwrap();
    assert_eq!(names(&applied), ["zone"]);
    assert!(expiry(&args, "burst").is_some());

    let applied = args.propose(&limit_of_file("8")).unwrap();
    assert_eq!(names(&applied), ["burst", "limit"]);
    assert_eq!((args.burst.get(), args.limit.get()), (9, 8));
    assert_eq!(expiry(&args, "burst"), None);
}

#[test]
fn edit_tries_again_too() {
    let args = blocked();
    let applied = args.limit.set(8).unwrap();
    assert_eq!(names(&applied), ["burst", "limit"]);
    assert_eq!((args.burst.get(), args.limit.get()), (9, 8));
}

#[test]
fn proposal_that_is_valid_only_without_the_override_is_applied() {
    let args = blocked();
    // With a burst of 20, the limit would have to be 5.
    let applied = args.propose(&limit_of_file("4")).unwrap();
    assert_eq!(names(&applied), ["burst", "limit"]);
    assert_eq!((args.burst.get(), args.limit.get()), (9, 4));
}

#[test]
fn rejected_proposal_is_judged_with_the_override_that_stays() {
    let args = blocked();
    let before = args.generation();
    let rejected = args.propose(&limit_of_file("21")).unwrap_err();
    let problems: Vec<_> = rejected.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["the flags together: limit is above burst"]);
    assert_eq!(
        (args.burst.get(), args.limit.get(), args.generation()),
        (20, 15, before)
    );

    args.propose(&limit_of_file("18")).unwrap();
    assert_eq!((args.burst.get(), args.limit.get()), (20, 18));
}

#[test]
fn overdue_override_can_be_renewed_and_made_permanent() {
    let args = blocked();
    args.set_for("burst", "20", HOUR).unwrap();
    let renewed = expiry(&args, "burst").unwrap();
    assert!(renewed.remaining > Duration::ZERO && renewed.reason.is_none());

    let args = blocked();
    args.burst.set(20).unwrap();
    assert_eq!(expiry(&args, "burst"), None);
    args.propose(&limit_of_file("8")).unwrap();
    assert_eq!(args.burst.get(), 20);
}

#[test]
fn of_several_overdue_overrides_those_end_that_can() {
    let args = args();
    let edits = [("zone", "a"), ("burst", "20"), ("rollout", "0.5")];
    let edits = edits.map(|edit| Edit::from(edit).expires_in(SOON));
    args.edit(edits.into_iter().chain([Edit::set("limit", "15")]))
        .unwrap();
    until(|| args.generation() == 3);
    let now = args.load();
    assert_eq!(
        (now.burst, now.limit, now.rollout, &now.zone),
        (20, 15, 0.0, &None)
    );
    assert!(expiry(&args, "burst").unwrap().reason.is_some());
    assert_eq!(
        (expiry(&args, "zone"), expiry(&args, "rollout")),
        (None, None)
    );
}

/// The burst comes first, and can end only after the limit has.
#[test]
fn override_ends_that_depends_on_another_one() {
    static IS_OPEN: AtomicBool = AtomicBool::new(false);

    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(validate = Pair::check)]
    struct Pair {
        #[arg(long, default_value_t = 9)]
        #[flag(dynamic)]
        burst: u8,

        #[arg(long, default_value_t = 3)]
        #[flag(dynamic)]
        limit: u8,

        #[arg(long, default_value_t = 0)]
        #[flag(dynamic)]
        stuck: u8,
    }

    impl Pair {
        fn check(&self) -> Result<(), &'static str> {
            if self.stuck == 0 && !IS_OPEN.load(Ordering::Relaxed) {
                return Err("stuck");
            }
            if self.limit > self.burst {
                return Err("limit is above burst");
            }
            Ok(())
        }
    }

    IS_OPEN.store(true, Ordering::Relaxed);
    let args = Pair::try_parse_dynamic_from(["server"]).unwrap();
    IS_OPEN.store(false, Ordering::Relaxed);
    let edits = [("burst", "20"), ("limit", "15"), ("stuck", "1")];
    args.edit(edits.map(|edit| Edit::from(edit).expires_in(SOON)))
        .unwrap();
    until(|| args.generation() == 3);
    let now = args.load_full();
    assert_eq!((now.burst, now.limit, now.stuck), (9, 3, 1));

    IS_OPEN.store(true, Ordering::Relaxed);
    args.set_for("limit", "4", SOON).unwrap();
    assert_eq!(args.stuck.get(), 0);
}

#[test]
fn restart_is_judged_without_overrides_that_expire() {
    for (edit, count) in [
        (Edit::set("burst", "20"), 0),
        (Edit::set("burst", "20").expires_in(HOUR), 1),
    ] {
        let args = args();
        args.edit([edit, Edit::set("limit", "15")]).unwrap();
        args.propose(&limit_of_file("15")).unwrap();
        args.clear("limit").unwrap();
        let set: Arc<dyn FlagSet> = (&args).into();
        let revision = set.revision();
        set.freeze();
        assert_eq!(args.restart_problems().len(), count);
        assert_eq!(set.revision() > revision, count > 0);
        args.set("zone", "a").unwrap();
        args.clear("zone").unwrap();
        assert_eq!(args.restart_problems().len(), count);
    }
}

#[test]
fn guard_of_a_test_restores_an_override_with_its_expiry() {
    let args = args();
    args.set_for("limit", "5", HOUR).unwrap();
    let guard = args.override_for_test([("limit", "6")]).unwrap();
    assert_eq!((args.limit.get(), expiry(&args, "limit")), (6, None));
    drop(guard);
    assert_eq!(args.limit.get(), 5);
    assert!(expiry(&args, "limit").is_some());

    // The guard does not stop its time.
    args.set_for("limit", "5", SOON).unwrap();
    let guard = args.override_for_test([("limit", "6")]).unwrap();
    wait_for_a_later_expiry(&args);
    assert_eq!(args.limit.get(), 6);
    drop(guard);
    assert_eq!(args.limit.get(), 3);

    let edit = Edit::set("limit", "6").expires_in(SOON);
    let guard = args.override_for_test([edit]).unwrap();
    until(|| args.limit.get() == 3);
    drop(guard);
    assert_eq!(args.limit.get(), 3);
}

#[test]
fn callback_of_an_expiry_may_set_again() {
    let args = args();
    let limit = args.limit.clone();
    let (sender, values) = mpsc::channel();
    let _subscription = args.limit.on_change(move |_, new| {
        if *new == 3 {
            limit.set_for(7, SOON).unwrap();
        }
        sender.send(*new).ok();
    });
    args.limit.set_for(5, SOON).unwrap();
    for expected in [5, 3, 7, 3, 7] {
        assert_eq!(values.recv_timeout(PATIENCE), Ok(expected));
    }
}

#[test]
fn debug_shows_the_duration_and_no_value() {
    let edit = Edit::set("limit", "hunter2").expires_in(HOUR);
    assert_eq!(format!("{edit:?}"), r#"Set("limit", 3600s)"#);
}

#[test]
fn override_stays_if_a_value_cannot_be_derived_without_it() {
    let args = args();
    args.set_for("limit", "7", HOUR).unwrap();
    let limit = args.derive(
        |args| args.limit,
        |limit, _| {
            if *limit < 5 {
                Err(format!("{limit} are too few"))
            } else {
                Ok(*limit)
            }
        },
    );
    let limit = limit.unwrap();
    args.set_for("limit", "7", SOON).unwrap();
    until(|| expiry(&args, "limit").is_some_and(|expiry| expiry.reason.is_some()));
    let reason = expiry(&args, "limit").unwrap().reason.unwrap();
    assert!(reason.contains("3 are too few"), "{reason}");
    assert_eq!((args.limit.get(), limit.get()), (7, 7));

    args.propose(&limit_of_file("6")).unwrap();
    assert_eq!((args.limit.get(), limit.get()), (6, 6));
    assert_eq!(expiry(&args, "limit"), None);
}

#[test]
fn values_derived_in_attempts_to_end_an_override_are_dropped_after_the_lock() {
    struct Reads(Flags<Args>);
    impl Drop for Reads {
        fn drop(&mut self) {
            // Under the writer lock this would be rejected.
            self.0.clear("zone").unwrap();
        }
    }
    let args = blocked();
    let flags = args.clone();
    // It is built in each attempt, and only some of them succeed.
    let derived = args.derive(
        |args| (args.burst, args.limit, args.rollout.to_bits()),
        move |_, _| Ok::<_, String>(Reads(flags.clone())),
    );
    let derived = derived.unwrap();
    args.set_for("rollout", "0.5", SOON).unwrap();
    until(|| args.rollout.get() == 0.0);
    assert!(expiry(&args, "burst").is_some());
    args.propose(&limit_of_file("5")).unwrap();
    assert_eq!(expiry(&args, "burst"), None);
    drop(derived);
}
