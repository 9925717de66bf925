//! Derived values: what a program computes from its flags, published together with them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    reason = "tests may panic"
)]

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use clap::{Parser, Subcommand};
use dflag::{Dynamic, DynamicFlags, Edit, Flags, Layer, MASK, Problem, Rejected};

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    one: u32,

    #[arg(long, default_value_t = 2)]
    #[flag(dynamic)]
    two: u32,

    #[arg(long, default_value = "a")]
    #[flag(dynamic)]
    text: String,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    token: String,
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        (self.one < 1000).then_some(()).ok_or("one is too large")
    }
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

/// Counts.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A value whose drop is counted.
struct Dropped(Count);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.add();
    }
}

/// The sum of both numbers, and how often it was built.
fn sum(args: &Flags<Args>) -> (Dynamic<u32>, Count) {
    let builds = Count::default();
    let count = builds.clone();
    let sum = args.derive(
        |args| (args.one, args.two),
        move |(one, two), _| {
            count.add();
            Ok::<_, Infallible>(one + two)
        },
    );
    (sum.unwrap(), builds)
}

fn only(rejected: &Rejected) -> &Problem {
    let [problem] = &rejected.problems[..] else {
        panic!("{rejected}");
    };
    problem
}

mod builds {
    use super::*;

    #[test]
    fn value_is_built_when_its_key_differs_and_only_then() {
        let args = args();
        let (sum, builds) = sum(&args);
        assert_eq!((sum.get(), *sum.load(), builds.get()), (3, 3, 1));
        args.set("text", "b").unwrap();
        assert_eq!((sum.get(), builds.get()), (3, 1));
        args.set("one", "5").unwrap();
        assert_eq!((sum.get(), *sum.load(), builds.get()), (7, 7, 2));
        args.edit([Edit::set("one", "6"), Edit::set("two", "7")])
            .unwrap();
        assert_eq!((sum.get(), builds.get()), (13, 3));
    }

    #[test]
    fn equal_update_and_one_that_leads_back_to_the_key_build_nothing() {
        let args = args();
        let (_sum, builds) = sum(&args);
        args.set("one", "1").unwrap(); // an override with the value that is there
        args.set("one", "01").unwrap();
        args.clear("one").unwrap();
        let mut layer = Layer::new("file", "flags");
        layer.text("two", "flags:1", "2");
        args.propose(&layer).unwrap();
        args.propose(&layer).unwrap();
        assert_eq!(builds.get(), 1);
    }

    #[test]
    fn rollback_builds_the_value_of_the_flags_that_are_back() {
        let args = args();
        let (sum, builds) = sum(&args);
        let layer = |value: &str| {
            let mut layer = Layer::new("file", "flags");
            layer.text("one", "flags:1", value.to_owned());
            layer
        };
        for (value, expected) in [("5", 7), ("6", 8), ("5", 7)] {
            args.propose(&layer(value)).unwrap();
            assert_eq!(sum.get(), expected);
        }
        assert_eq!(builds.get(), 4);
    }

    #[test]
    fn build_gets_the_key_and_the_published_value() {
        let args = args();
        let history = args
            .derive(
                |args| args.one,
                |one, previous: Option<&Vec<u32>>| {
                    let mut history = previous.cloned().unwrap_or_default();
                    history.push(*one);
                    if *one == 13 {
                        return Err("thirteen");
                    }
                    Ok(history)
                },
            )
            .unwrap();
        args.set("one", "5").unwrap();
        args.set("one", "13").unwrap_err();
        args.set("one", "1001").unwrap_err();
        assert_eq!(history.get(), [1, 5]);
        args.set("one", "6").unwrap();
        assert_eq!(history.get(), [1, 5, 6]);
    }

    #[test]
    fn values_are_built_after_the_rules_in_the_order_of_registration() {
        let args = args();
        let order = Arc::new(Mutex::new(Vec::new()));
        let derive = |name: &'static str| {
            let order = Arc::clone(&order);
            let build = move |_: &u32, _: Option<&()>| {
                order.lock().unwrap().push(name);
                Ok::<_, Infallible>(())
            };
            args.derive(|args| args.one, build).unwrap()
        };
        let first = derive("first");
        let (_second, _third) = (derive("second"), derive("third"));
        drop(first);
        args.set("two", "7").unwrap();
        // It has the position of the first one in snapshots, but is built last.
        let fourth = derive("fourth");
        let calls = Count::default();
        let count = calls.clone();
        let _subscription = fourth.on_change(move |(), ()| count.add());
        order.lock().unwrap().clear();
        args.set("one", "1001").unwrap_err();
        assert!(order.lock().unwrap().is_empty());
        args.set("one", "7").unwrap();
        assert_eq!(*order.lock().unwrap(), ["second", "third", "fourth"]);
        assert_eq!(calls.get(), 1);
    }

    #[test]
    fn registering_publishes_once_with_no_new_generation() {
        let args = args();
        let calls = Count::default();
        let count = calls.clone();
        let _subscription = args.on_change(move |_, _| count.add());
        let (sum, builds) = sum(&args);
        let _mapped = sum.map(|sum| sum * 2).unwrap();
        assert_eq!((args.generation(), calls.get(), builds.get()), (1, 0, 1));
        args.set("one", "5").unwrap();
        assert_eq!((args.generation(), calls.get()), (2, 1));
    }

    #[test]
    fn key_that_differs_where_no_flag_changed_is_a_new_generation() {
        static PARSED: AtomicUsize = AtomicUsize::new(0);

        /// Compared by its text, but the parser gives it another value each time.
        #[derive(Clone, Debug)]
        struct Ticket(usize);

        impl std::str::FromStr for Ticket {
            type Err = Infallible;

            fn from_str(_: &str) -> Result<Self, Infallible> {
                Ok(Self(PARSED.fetch_add(1, Ordering::Relaxed)))
            }
        }

        #[derive(Clone, Parser, DynamicFlags)]
        struct Tickets {
            #[arg(long, default_value = "x", value_parser = str::parse::<Ticket>)]
            #[flag(dynamic)]
            ticket: Ticket,
        }

        let args = Tickets::try_parse_dynamic_from(["server"]).unwrap();
        let number = args.derive(
            |args| args.ticket.0,
            |number, _| Ok::<_, Infallible>(*number),
        );
        let number = number.unwrap();
        let calls = Count::default();
        let count = calls.clone();
        let _subscription = number.on_change(move |_, _| count.add());
        let set: Arc<dyn dflag::FlagSet> = (&args).into();
        let published = Count::default();
        let count = published.clone();
        let _publishes = set.on_publish(Arc::new(move |_: &dflag::Published| count.add()));
        let of_any_flag = Count::default();
        let count = of_any_flag.clone();
        let _changes = args.on_change(move |_, _| count.add());
        let count = of_any_flag.clone();
        let _values = args.subscribe(move |_| count.add());
        let mut changes = args.changes();
        let applied = args.set("ticket", "x").unwrap();
        assert_eq!((applied.changed.len(), applied.generation), (0, 2));
        assert_eq!(published.get(), 0, "no flag changed");
        assert_eq!(of_any_flag.get(), 1, "with the current struct");
        let mut context = Context::from_waker(Waker::noop());
        assert!(changes.poll_changed(&mut context).is_pending());
        assert_eq!(number.get(), args.load().ticket.0);
        assert_eq!(calls.get(), 1);
    }

    #[test]
    fn flags_that_are_never_copied_derive_values() {
        #[derive(Parser, DynamicFlags)]
        struct Cli {
            #[command(subcommand)]
            #[flag(subcommand)]
            command: Command,
        }

        #[derive(Subcommand, DynamicFlags)]
        enum Command {
            Run(Run),
        }

        #[derive(clap::Args)]
        struct Run {
            #[arg(long, value_parser = NotClone::parse)]
            value: Option<Arc<NotClone>>,
        }

        #[derive(Debug)]
        struct NotClone(usize);

        impl NotClone {
            fn parse(text: &str) -> Result<Arc<Self>, std::num::ParseIntError> {
                Ok(Arc::new(Self(text.parse()?)))
            }
        }

        let cli = Cli::try_parse_dynamic_from(["server", "run", "--value=4"]).unwrap();
        let value = cli.derive(
            |cli| {
                let Command::Run(run) = &cli.command;
                run.value.as_ref().map(|value| value.0)
            },
            |value, _| value.map(|value| value * 2).ok_or("none"),
        );
        assert_eq!(value.unwrap().get(), 8);
    }
}

mod rejection {
    use super::*;

    /// A value that can't be built from `bad`, with a message that quotes `quote`.
    fn fragile(args: &Flags<Args>, quote: fn(&Args) -> &String) -> Result<Dynamic<()>, Rejected> {
        args.derive(
            move |args| (args.text.clone(), quote(args).clone()),
            |(text, quote), _| {
                assert_ne!(text, "panic", "{quote}");
                if text == "bad" {
                    return Err(format!("it\nmust not be {quote}"));
                }
                Ok(())
            },
        )
    }

    #[test]
    fn failing_build_rejects_the_update_in_its_words() {
        let args = args();
        let _fragile = fragile(&args, |args| &args.text).unwrap();
        let (sum, _) = sum(&args);
        let rejected = args
            .edit([Edit::set("text", "bad"), Edit::set("one", "5")])
            .unwrap_err();
        let Problem::Derived {
            location, reason, ..
        } = only(&rejected)
        else {
            panic!("{rejected}");
        };
        assert!(location.contains("derived.rs:"), "{location}");
        assert_eq!(reason, "it must not be bad");
        assert_eq!(
            rejected.to_string(),
            format!(
                "override rejected, all flags keep their values: the derived value of {location}: it must not be bad"
            )
        );
        assert_eq!(
            (args.text.get(), args.one.get(), sum.get()),
            ("a".into(), 1, 3)
        );
        assert_eq!(args.generation(), 1);
        // The rejected update has left nothing behind.
        args.set("one", "5").unwrap();
        assert_eq!((args.text.get(), sum.get()), ("a".into(), 7));
    }

    #[test]
    fn panicking_build_key_or_map_rejects_the_update() {
        let args = args();
        let _fragile = fragile(&args, |args| &args.text).unwrap();
        let _key = args.derive(
            |args| assert_ne!(args.two, 13),
            |(), _| Ok::<_, Infallible>(()),
        );
        let _mapped = args.one.map(|one| assert_ne!(*one, 13)).unwrap();
        for (flag, value) in [("text", "panic"), ("two", "13"), ("one", "13")] {
            let rejected = args.set(flag, value).unwrap_err();
            let Problem::Derived { reason, .. } = only(&rejected) else {
                panic!("{rejected}");
            };
            assert_eq!(reason, "the program's own code panicked");
        }
        assert_eq!(args.generation(), 1);
    }

    #[test]
    fn every_value_that_cannot_be_built_is_a_problem() {
        let args = args();
        let _first = fragile(&args, |args| &args.text).unwrap();
        let second = fragile(&args, |args| &args.text).unwrap();
        // Not built, so not a problem of its own.
        let _mapped = second.map(|()| ()).unwrap();
        let _third = args.text.map(|text| assert_ne!(text, "bad")).unwrap();
        let rejected = args.set("text", "bad").unwrap_err();
        assert_eq!(rejected.problems.len(), 3, "{rejected}");
    }

    #[test]
    fn first_build_that_fails_registers_nothing() {
        let args = args();
        args.set("text", "bad").unwrap();
        let rejected = fragile(&args, |args| &args.text).unwrap_err();
        assert!(matches!(only(&rejected), Problem::Derived { .. }));
        assert_eq!(rejected.source, "derived value");
        let rejected = args.text.map(|_| -> u8 { panic!() }).unwrap_err();
        assert!(matches!(only(&rejected), Problem::Derived { .. }));
        assert!(Dynamic::constant(3).map(|_| -> u8 { panic!() }).is_err());
        // Nothing fails any longer.
        args.set("text", "panic").unwrap();
        args.set("text", "bad").unwrap();
    }

    #[test]
    fn reason_that_quotes_a_secret_is_withheld() {
        let args = args();
        args.set("token", "hunter2").unwrap();
        let _fragile = fragile(&args, |args| &args.token).unwrap();
        let _previous = args
            .derive(
                |args| args.token.clone(),
                |token, previous: Option<&String>| match previous {
                    Some(previous) if token == "other" => Err(format!("{previous} must stay")),
                    _ => Ok(token.clone()),
                },
            )
            .unwrap();
        for (flag, value) in [("text", "bad"), ("token", "other")] {
            let rejected = args.set(flag, value).unwrap_err();
            let text = rejected.to_string();
            assert!(!text.contains("hunter2"), "{text}");
            assert!(
                text.contains("in words that quote a secret and so are not shown"),
                "{text}"
            );
        }
    }

    #[test]
    fn deriving_or_changing_flags_in_a_rule_or_a_build_is_an_error() {
        static FLAGS: OnceLock<Flags<Nested>> = OnceLock::new();

        #[derive(Clone, Parser, DynamicFlags)]
        #[flags(validate = Nested::check)]
        struct Nested {
            #[arg(long, default_value_t = 1)]
            #[flag(dynamic)]
            limit: u32,
        }

        fn nested() -> Result<(), String> {
            let Some(flags) = FLAGS.get() else {
                return Ok(());
            };
            let derived = flags.derive(|args| args.limit, |_, _| Ok::<_, Infallible>(()));
            let mapped = flags.limit.map(|limit| *limit);
            for rejected in [
                derived.map(|_| ()),
                mapped.map(|_| ()),
                flags.limit.set(7).map(|_| ()),
            ] {
                assert_eq!(rejected.unwrap_err().problems, [Problem::Reentrant]);
            }
            Err("nested".to_owned())
        }

        impl Nested {
            fn check(&self) -> Result<(), String> {
                if self.limit == 2 { nested() } else { Ok(()) }
            }
        }

        let flags = FLAGS.get_or_init(|| Nested::try_parse_dynamic_from(["server"]).unwrap());
        let rejected = flags.set("limit", "2").unwrap_err();
        assert!(matches!(only(&rejected), Problem::Rule { reason, .. } if reason == "nested"));

        let rejected = flags
            .derive(|args| args.limit, |_, _| nested())
            .unwrap_err();
        assert!(matches!(only(&rejected), Problem::Derived { reason, .. } if reason == "nested"));

        // A callback runs without the lock.
        let _subscription = flags.limit.on_change(|_, new| {
            let mapped = FLAGS.get().unwrap().limit.map(|limit| limit + 1).unwrap();
            assert_eq!(mapped.get(), new + 1);
        });
        flags.set("limit", "3").unwrap();
    }
}

mod map {
    use super::*;

    #[test]
    fn mapped_value_follows_its_flag_and_nothing_else() {
        let args = args();
        let builds = Count::default();
        let count = builds.clone();
        let length = args.text.map(move |text| {
            count.add();
            text.len()
        });
        let length = length.unwrap();
        args.set("one", "5").unwrap();
        args.set("text", "a").unwrap();
        assert_eq!((length.get(), builds.get()), (1, 1));
        args.set("text", "abc").unwrap();
        assert_eq!((length.get(), *length.load(), builds.get()), (3, 3, 2));
        args.clear("text").unwrap();
        assert_eq!((length.get(), builds.get()), (1, 3));
    }

    #[test]
    fn derived_values_are_mapped_and_keep_each_other() {
        let args = args();
        let (sum, builds) = sum(&args);
        let double = sum.map(|sum| sum * 2).unwrap();
        let text = double.map(ToString::to_string).unwrap();
        drop((sum, double));
        args.set("text", "b").unwrap();
        args.set("one", "5").unwrap();
        args.set("two", "3").unwrap();
        assert_eq!((text.load().as_str(), builds.get()), ("16", 3));
        // Without readers, none of them is built.
        drop(text);
        args.set("one", "6").unwrap();
        assert_eq!(builds.get(), 3);
    }

    #[test]
    fn scalars_of_any_kind_are_current_at_once() {
        let args = args();
        let half = args.one.map(|one| f64::from(*one) / 2.0).unwrap();
        let is_odd = half.map(|half| half.fract() != 0.0).unwrap();
        let wait = args
            .one
            .map(|one| Duration::from_secs(u64::from(*one)))
            .unwrap();
        for one in [4, 5, 5, 7, 10] {
            args.one.set(one).unwrap();
            let expected = (
                f64::from(one) / 2.0,
                one % 2 == 1,
                Duration::from_secs(one.into()),
            );
            assert_eq!((half.get(), is_odd.get(), wait.get()), expected);
            assert_eq!((*half.load(), *is_odd.load(), *wait.load()), expected);
        }
    }

    #[test]
    fn mapped_constant_is_a_constant() {
        let double = Dynamic::constant(3).map(|value| value * 2).unwrap();
        assert_eq!(double.get(), 6);
        assert_eq!(format!("{double:?}"), "Dynamic(constant)");
    }

    #[test]
    fn mapped_settable_value_follows_the_setter() {
        let (setter, limit) = Dynamic::settable(3);
        let double = limit.map(|limit| limit * 2).unwrap();
        let text = double.map(ToString::to_string).unwrap();
        assert_eq!(
            format!("{limit:?} {text:?}"),
            "Dynamic(constant) Dynamic(derived)"
        );
        let mut changes = text.changes();
        setter.set(4);
        assert_eq!((limit.get(), double.get(), text.get()), (4, 8, "8".into()));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(
            changes.poll_changed(&mut context),
            Poll::Ready(Some("8".into()))
        );
        assert!(double.set(4).is_err());
    }

    #[test]
    fn settable_value_stays_if_a_map_of_it_panics_or_sets_it() {
        let (setter, limit) = Dynamic::settable(3);
        let within = setter.clone();
        let seen = limit.clone();
        let double = limit
            .map(move |limit| {
                assert_ne!(*limit, 13);
                within.set(*limit + 1);
                assert!(seen.map(|_| ()).is_err());
                limit * 2
            })
            .unwrap();
        setter.set(13);
        assert_eq!((limit.get(), double.get()), (3, 6));
        setter.set(4);
        assert_eq!((limit.get(), double.get()), (4, 8));
    }
}

mod handles {
    use super::*;

    #[test]
    fn callbacks_are_called_only_when_the_value_was_built_again() {
        let args = args();
        let (sum, _) = sum(&args);
        let calls = Arc::new(Mutex::new(Vec::new()));
        let record = |name: &'static str| {
            let calls = Arc::clone(&calls);
            move |old: u32, new: u32| calls.lock().unwrap().push((name, old, new))
        };
        let (change, now) = (record("change"), record("now"));
        let _change = sum.on_change(move |old, new| change(*old, *new));
        let _now = sum.subscribe(move |sum| now(0, *sum));
        args.set("text", "b").unwrap();
        args.set("one", "5").unwrap();
        args.set("one", "1001").unwrap_err();
        args.set("one", "5").unwrap();
        let expected = [("now", 0, 3), ("change", 3, 7), ("now", 0, 7)];
        assert_eq!(*calls.lock().unwrap(), expected);
    }

    #[test]
    fn changes_are_those_of_the_derived_value() {
        let args = args();
        let (sum, _) = sum(&args);
        let mut changes = sum.changes();
        let mut context = Context::from_waker(Waker::noop());
        args.set("text", "b").unwrap();
        assert_eq!(changes.poll_changed(&mut context), Poll::Pending);
        args.set("one", "5").unwrap();
        assert_eq!(changes.poll_changed(&mut context), Poll::Ready(Some(7)));
        drop((sum, args));
        assert_eq!(changes.poll_changed(&mut context), Poll::Ready(None));
    }

    #[test]
    fn thread_waits_for_a_derived_value() {
        let args = args();
        let (sum, _) = sum(&args);
        thread::scope(|scope| {
            scope.spawn(|| args.set("one", "5").unwrap());
            assert_eq!(sum.wait_for(|sum| *sum > 3, Duration::from_secs(60)), Ok(7));
        });
        assert!(sum.wait_for(|sum| *sum > 7, Duration::ZERO).is_err());
    }

    #[test]
    fn derived_value_has_no_name_and_is_not_set() {
        let args = args();
        let (sum, _) = sum(&args);
        assert_eq!(
            (sum.name(), format!("{sum:?}").as_str()),
            (None, "Dynamic(derived)")
        );
        for rejected in [sum.set(4), sum.clear()] {
            assert_eq!(rejected.unwrap_err().problems, [Problem::NoFlag]);
        }
        let rejected = args.one.map(|one| *one).unwrap().clear().unwrap_err();
        assert_eq!(rejected.problems, [Problem::NoFlag]);
    }

    #[test]
    fn guards_of_values_that_may_hold_secrets_are_masked() {
        let args = args();
        args.set("token", "hunter2").unwrap();
        let derived = args.derive(|args| args.one, |one, _| Ok::<_, Infallible>(*one));
        let derived = derived.unwrap();
        let secret = args.token.map(String::len).unwrap();
        let secret_again = secret.map(|length| length + 1).unwrap();
        let shown = args.text.map(String::len).unwrap();
        for masked in [
            derived.map(|one| *one as usize).unwrap(),
            secret,
            secret_again,
        ] {
            assert_eq!(
                format!("{} {:?}", masked.load(), masked.load()),
                format!("{MASK} {MASK}")
            );
        }
        assert_eq!(derived.load().to_string(), MASK);
        assert_eq!(format!("{} {:?}", shown.load(), shown.load()), "1 1");
    }

    #[test]
    fn on_publish_lists_flags_only() {
        let args = args();
        let (_sum, _) = sum(&args);
        let set: Arc<dyn dflag::FlagSet> = (&args).into();
        let published = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&published);
        let _subscription = set.on_publish(Arc::new(move |publish: &dflag::Published| {
            let flags = publish.changed.iter().map(|change| change.flag.clone());
            record.lock().unwrap().extend(flags);
        }));
        let applied = args.set("one", "5").unwrap();
        assert_eq!(*published.lock().unwrap(), ["one"]);
        assert_eq!(applied.changed.len(), 1);
    }
}

mod drops {
    use super::*;

    /// A value that counts how many of them exist.
    fn counted(args: &Flags<Args>, drops: &Count) -> Dynamic<Dropped> {
        let drops = drops.clone();
        args.derive(
            |args| args.one,
            move |_, _| Ok::<_, Infallible>(Dropped(drops.clone())),
        )
        .unwrap()
    }

    #[test]
    fn value_is_released_at_the_next_publish_after_its_last_handle() {
        let (args, drops) = (args(), Count::default());
        let handle = counted(&args, &drops);
        let clone = handle.clone();
        drop(handle);
        args.set("two", "3").unwrap();
        assert_eq!(drops.get(), 0);
        drop(clone);
        assert_eq!(drops.get(), 0);
        args.set("two", "4").unwrap();
        assert_eq!(drops.get(), 1);
    }

    #[test]
    fn registering_another_value_releases_as_well() {
        let (args, drops) = (args(), Count::default());
        drop(counted(&args, &drops));
        let (sum, _) = sum(&args);
        assert_eq!((drops.get(), sum.get()), (1, 3));
    }

    #[test]
    fn everything_that_can_read_a_value_keeps_it() {
        type Keep = fn(&Dynamic<Dropped>) -> Box<dyn std::any::Any>;
        let keepers: [Keep; 4] = [
            |value| Box::new(value.clone()),
            |value| Box::new(value.reader()),
            |value| Box::new(value.on_change(|_, _| ())),
            |value| Box::new(value.map(|_| ()).unwrap()),
        ];
        for keep in keepers {
            let (args, drops) = (args(), Count::default());
            let handle = counted(&args, &drops);
            let kept = keep(&handle);
            drop(handle);
            args.set("two", "3").unwrap();
            args.set("two", "4").unwrap();
            assert_eq!(drops.get(), 0);
            args.set("one", "5").unwrap();
            drop(kept);
            args.set("two", "5").unwrap();
            assert_eq!(drops.get(), 2);
        }
    }

    #[test]
    fn guard_keeps_its_value_beyond_a_publish() {
        let (args, drops) = (args(), Count::default());
        let handle = counted(&args, &drops);
        let guard = handle.load();
        args.set("one", "5").unwrap();
        assert_eq!(drops.get(), 0);
        drop(guard);
        drop(handle.load()); // the thread's own snapshot
        assert_eq!(drops.get(), 1);
    }

    #[test]
    fn values_of_many_handles_leave_nothing_behind() {
        let (args, drops) = (args(), Count::default());
        for _ in 0..1000 {
            let handle = counted(&args, &drops);
            let mapped = handle.map(|_| 3_u64).unwrap();
            assert_eq!((mapped.get(), Arc::strong_count(&drops.0) < 16), (3, true));
        }
        args.set("two", "3").unwrap();
        assert_eq!((drops.get(), Arc::strong_count(&drops.0)), (1000, 1));
    }

    #[test]
    fn flags_that_are_gone_leave_no_value_behind() {
        let (args, drops) = (args(), Count::default());
        let handle = counted(&args, &drops);
        drop(handle.load());
        drop(args);
        drop(handle);
        dflag::release_thread();
        assert_eq!((drops.get(), Arc::strong_count(&drops.0)), (1, 1));
    }

    /// A value whose drop sets a flag.
    struct SetsOnDrop {
        args: Arc<OnceLock<Flags<Args>>>,
        outcomes: Arc<Mutex<Vec<Outcome>>>,
    }

    type Outcome = Result<(), Vec<Problem>>;

    impl Drop for SetsOnDrop {
        fn drop(&mut self) {
            let set = self.args.get().map(|args| args.set("two", "77"));
            let outcome = set.map(|set| set.map(|_| ()).map_err(|rejected| rejected.problems));
            self.outcomes.lock().unwrap().extend(outcome);
        }
    }

    #[test]
    fn no_value_is_dropped_under_the_lock() {
        let args = args();
        let shared = Arc::new(OnceLock::new());
        let outcomes = Arc::new(Mutex::new(Vec::new()));
        let make = {
            let (args, outcomes) = (Arc::clone(&shared), Arc::clone(&outcomes));
            move || SetsOnDrop {
                args: Arc::clone(&args),
                outcomes: Arc::clone(&outcomes),
            }
        };
        let captured = make();
        let again = make.clone();
        let handle = args
            .derive(
                |args| args.one,
                move |_, _| {
                    let _ = &captured;
                    Ok::<_, Infallible>(make())
                },
            )
            .unwrap();
        let _fails = args.one.map(|one| assert_ne!(*one, 13)).unwrap();
        shared.set(args.clone()).ok().unwrap();
        let outcomes = || std::mem::take(&mut *outcomes.lock().unwrap());

        // Built for an update that is rejected.
        args.set("one", "13").unwrap_err();
        assert_eq!(outcomes(), [Ok(())]);
        assert_eq!((args.one.get(), args.two.get()), (1, 77));
        // Replaced.
        args.set("one", "5").unwrap();
        assert_eq!(outcomes(), [Ok(())]);
        // Released: first what the closure holds, then the value, by a publish that changes no value.
        drop(handle);
        assert_eq!(outcomes(), [Ok(())]);
        args.set("text", "a").unwrap();
        assert_eq!(outcomes(), [Ok(())]);
        // Released by another registration.
        let build = move |_: &u32, _: Option<&SetsOnDrop>| Ok::<_, Infallible>(again());
        drop(args.derive(|args| args.one, build).unwrap());
        let _other = args.one.map(|one| *one).unwrap();
        assert_eq!(outcomes(), [Ok(())]);
    }

    #[test]
    fn handle_dropped_during_a_build_is_not_dropped_under_the_lock() {
        let args = args();
        let shared = Arc::new(OnceLock::new());
        let outcomes = Arc::new(Mutex::new(Vec::new()));
        let captured = SetsOnDrop {
            args: Arc::clone(&shared),
            outcomes: Arc::clone(&outcomes),
        };
        let handle = args.one.map(move |one| {
            let _ = &captured;
            *one
        });
        let last = Arc::new(Mutex::new(Some(handle.unwrap())));
        let take = Arc::clone(&last);
        let _drops = args.two.map(move |two| {
            if *two == 5 {
                drop(take.lock().unwrap().take());
            }
        });
        shared.set(args.clone()).ok().unwrap();
        args.set("two", "5").unwrap();
        assert!(last.lock().unwrap().is_none());
        assert_eq!(*outcomes.lock().unwrap(), [Ok(())]);
        assert_eq!(args.two.get(), 77);
    }

    #[test]
    fn value_whose_drop_panics_keeps_no_callback_from_being_called() {
        struct PanicsOnDrop;
        impl Drop for PanicsOnDrop {
            fn drop(&mut self) {
                assert!(thread::panicking(), "dropped");
            }
        }
        let args = args();
        let handle = args
            .derive(|args| args.one, |_, _| Ok::<_, Infallible>(PanicsOnDrop))
            .unwrap();
        let calls = Count::default();
        let count = calls.clone();
        let _subscription = args.one.on_change(move |_, _| count.add());
        args.set("one", "5").unwrap();
        args.set("one", "6").unwrap();
        assert_eq!((calls.get(), args.one.get()), (2, 6));
        std::mem::forget((handle, args));
    }
}

mod threads {
    use super::*;

    #[test]
    fn flag_and_derived_value_change_together() {
        let args = args();
        let (sum, _) = sum(&args);
        let both = args
            .derive(
                |args| (args.one, args.two),
                |(one, two), _| (one == two).then_some(*one).ok_or("they differ"),
            )
            .err();
        assert!(both.is_some());
        args.edit([Edit::set("one", "3"), Edit::set("two", "3")])
            .unwrap();
        let mapped = sum.map(|sum| u64::from(*sum)).unwrap();
        let text = sum.map(ToString::to_string).unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut reader = mapped.reader();
                    while !done.load(Ordering::Relaxed) {
                        // Each read is of the same snapshot as the one before, or of a newer one.
                        let first = 2 * u64::from(args.load().one);
                        let values = [
                            first,
                            mapped.get(),
                            u64::from(*sum.load()),
                            text.load().parse().unwrap(),
                            2 * u64::from(args.one.get()),
                            *reader.load(),
                            u64::from(sum.get()),
                            2 * u64::from(args.load().two),
                        ];
                        assert!(values.is_sorted(), "{values:?}");
                    }
                });
            }
            for number in 4..900 {
                let number = number.to_string();
                args.edit([Edit::set("one", &number), Edit::set("two", &number)])
                    .unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn callback_gets_both_values_of_one_publish() {
        let args = args();
        let (sum, _) = sum(&args);
        let pairs = sum.map(|sum| (*sum, sum * 2)).unwrap();
        let _subscription = pairs.on_change(|old, new| {
            assert!(old.0 * 2 == old.1 && new.0 * 2 == new.1 && old.0 < new.0);
        });
        for number in 5..50 {
            args.one.set(number).unwrap();
        }
        assert_eq!(pairs.get(), (51, 102));
    }

    #[test]
    fn values_derived_while_flags_change_are_current() {
        let args = args();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 3..500 {
                    args.one.set(number).unwrap();
                }
                done.store(true, Ordering::Relaxed);
            });
            let mut handles = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let before = args.one.get();
                let handle = args.one.map(|one| *one).unwrap();
                assert!(handle.get() >= before);
                if handles.len() < 32 {
                    handles.push(handle);
                }
            }
            for handle in handles {
                assert_eq!((handle.get(), *handle.load()), (499, 499));
            }
        });
    }
}
