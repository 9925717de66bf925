//! What users' own tests use: flags from a struct, settable handles, and overrides that end with a guard.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use clap::{Parser, Subcommand};
use dflag::{Dynamic, DynamicFlags, Edit, FlagKind, Flags, Layer, Origin};

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long)]
    dsn: String,

    #[arg(long, default_value_t = 0.0)]
    #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    rollout: f64,

    #[arg(long, default_value = "005")]
    #[flag(dynamic)]
    limit: u32,

    #[arg(long)]
    #[flag(dynamic)]
    zone: Option<String>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    names: Vec<String>,

    #[arg(long, default_value = "x")]
    #[flag(dynamic)]
    opaque: Opaque,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    token: String,
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        let is_allowed = self.rollout < 1.0 || self.limit > 0;
        is_allowed.then_some(()).ok_or("all, but none")
    }
}

#[derive(Clone, Debug)]
struct Opaque(String);

impl From<&str> for Opaque {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

fn value() -> Args {
    Args {
        dsn: "postgres://test".to_owned(),
        rollout: 0.5,
        limit: 5,
        zone: None,
        names: vec!["a".to_owned(), "b,c".to_owned()],
        opaque: Opaque("y".to_owned()),
        token: "hunter2".to_owned(),
    }
}

fn args() -> Flags<Args> {
    Flags::from_value(value()).unwrap()
}

mod from_value {
    use super::*;

    #[test]
    fn values_are_those_of_the_struct_and_count_as_defaults() {
        let args = args();
        assert_eq!((args.rollout.get(), args.limit.get()), (0.5, 5));
        assert_eq!(
            (&*args.load().dsn, args.generation()),
            ("postgres://test", 1)
        );
        for flag in args.list() {
            assert_eq!(flag.origin, Origin::Default, "{}", flag.name);
        }
    }

    #[test]
    fn listing_has_the_texts_of_the_values() {
        let args = args();
        let listed: Vec<_> = args.list().into_iter().map(|flag| flag.value).collect();
        let listed: Vec<_> = listed.iter().map(Option::as_deref).collect();
        let expected = [
            Some("postgres://test"),
            Some("0.5"),
            Some("005"), // the declared default is equal
            None,
            Some(r#"["a","b,c"]"#),
            None, // no text stands for it
            Some(dflag::MASK),
        ];
        assert_eq!(listed, expected);
        let changed = |name| args.flag(name).unwrap().changed;
        assert_eq!((changed("rollout"), changed("limit")), (true, false));
        assert!(!format!("{args:?}").contains("hunter2"));
    }

    #[test]
    fn value_without_a_text_cannot_be_reverted_to() {
        let args = args();
        args.set("opaque", "z").unwrap();
        let error = args.revert_to(1).unwrap_err().to_string();
        assert!(
            error.contains("`opaque`") && error.contains("it has no text"),
            "{error}"
        );
        assert_eq!(args.opaque.load().0, "z");
        args.undo().unwrap();
        assert_eq!(args.opaque.load().0, "y");
    }

    #[test]
    fn optional_value_or_list_without_a_text_cannot_be_reverted_to_either() {
        #[derive(Clone, Parser, DynamicFlags)]
        struct Opaques {
            #[arg(long)]
            #[flag(dynamic)]
            one: Option<Opaque>,

            #[arg(long)]
            #[flag(dynamic)]
            many: Vec<Opaque>,

            #[arg(long)]
            #[flag(dynamic)]
            none: Vec<Opaque>,
        }

        let args = Flags::from_value(Opaques {
            one: Some("a".into()),
            many: vec!["b".into()],
            none: Vec::new(),
        })
        .unwrap();
        for flag in ["one", "many"] {
            let before = args.generation();
            args.set(flag, "z").unwrap();
            let error = args.revert_to(before).unwrap_err().to_string();
            assert!(error.contains("it has no text"), "{error}");
            args.undo().unwrap();
        }
        let before = args.generation();
        args.set("none", "z").unwrap();
        args.revert_to(before).unwrap();
        let now = args.load();
        assert_eq!(now.one.as_ref().map(|one| &*one.0), Some("a"));
        assert_eq!((&*now.many[0].0, now.none.len()), ("b", 0));
    }

    #[test]
    fn unsetting_a_value_without_a_text_is_a_change() {
        #[derive(Clone, Parser, DynamicFlags)]
        struct Optional {
            #[arg(long)]
            #[flag(dynamic)]
            one: Option<Opaque>,
        }

        let one = Some(Opaque::from("a"));
        let args = Flags::from_value(Optional { one }).unwrap();
        let applied = args.edit([Edit::unset("one")]).unwrap();
        assert_eq!(
            (applied.changed.len(), args.one.load().is_none()),
            (1, true)
        );
        assert_eq!(args.clear("one").unwrap().changed.len(), 1);
    }

    #[test]
    fn checksum_is_that_of_a_command_line_with_the_same_values() {
        let mut value = value();
        value.opaque = Opaque("x".to_owned());
        let line = [
            "server",
            "--dsn=postgres://test",
            "--rollout=0.50",
            "--names=a",
        ];
        value.names.truncate(1);
        let [one, other] = [
            Flags::from_value(value).unwrap(),
            Args::try_parse_dynamic_from(line).unwrap(),
        ]
        .map(|args| args.checksum(FlagKind::Static));
        assert_eq!(one, other);
    }

    #[test]
    fn sources_and_overrides_take_precedence_and_give_way_again() {
        let args = args();
        let mut layer = Layer::new("file", "flags.txt");
        layer.text("limit", "flags.txt:1", "7");
        layer.text("opaque", "flags.txt:2", "z");
        assert_eq!(args.propose(&layer).unwrap().changed.len(), 2);
        args.rollout.set(0.25).unwrap();
        assert_eq!((args.limit.get(), args.rollout.get()), (7, 0.25));
        args.propose(&Layer::new("file", "flags.txt")).unwrap();
        args.rollout.clear().unwrap();
        assert_eq!((args.limit.get(), args.rollout.get()), (5, 0.5));
    }

    #[test]
    fn checks_and_rules_run() {
        let invalid = [
            (
                Args {
                    rollout: 2.0,
                    ..value()
                },
                "2.0 is not in 0.0..=1.0",
            ),
            (
                Args {
                    rollout: 1.0,
                    limit: 0,
                    ..value()
                },
                "all, but none",
            ),
        ];
        for (value, expected) in invalid {
            let error = Flags::from_value(value).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[derive(Parser, DynamicFlags)]
    struct Cli {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        level: u8,

        #[command(subcommand)]
        #[flag(subcommand)]
        command: Commands,
    }

    #[derive(Subcommand, DynamicFlags)]
    enum Commands {
        #[flag(subcommand)]
        Migrate(Migrate),
        #[flag(subcommand)]
        Serve(Serve),
        #[command(subcommand)]
        #[flag(subcommand)]
        Db(Db),
        Nothing,
    }

    #[derive(Clone, clap::Args, DynamicFlags)]
    struct Migrate {
        #[arg(long, default_value_t = 1)]
        #[flag(dynamic)]
        steps: u8,
    }

    #[derive(Clone, clap::Args, DynamicFlags)]
    struct Serve {
        #[arg(long, default_value_t = 100)]
        #[flag(dynamic)]
        limit: u32,
    }

    #[derive(Subcommand, DynamicFlags)]
    enum Db {
        #[flag(subcommand)]
        Vacuum(Vacuum),
    }

    #[derive(Clone, clap::Args, DynamicFlags)]
    struct Vacuum {
        #[arg(long, default_value_t = 8)]
        #[flag(dynamic)]
        pages: u8,
    }

    #[derive(Clone, Parser, DynamicFlags)]
    #[flags(finish = Finished::finish)]
    struct Finished {
        #[arg(long, default_value_t = 10)]
        #[flag(dynamic)]
        limit: u32,

        #[arg(long)]
        #[flag(dynamic)]
        burst: Option<u32>,
    }

    impl Finished {
        fn finish(&mut self) -> Result<(), &'static str> {
            let limit = self.limit;
            self.burst.get_or_insert(limit * 2);
            (limit < 100).then_some(()).ok_or("the limit is too high")
        }
    }

    #[test]
    fn values_are_finished() {
        let of = |limit, burst| Flags::from_value(Finished { limit, burst });
        let args = of(4, None).unwrap();
        assert_eq!(args.burst.get(), Some(8));
        let burst = args.flag("burst").unwrap();
        assert_eq!((burst.value.as_deref(), burst.adjusted), (Some("8"), true));
        args.limit.set(5).unwrap();
        assert_eq!(args.burst.get(), Some(10));
        assert_eq!(of(4, Some(1)).unwrap().burst.get(), Some(1));
        let error = of(100, None).unwrap_err().to_string();
        assert!(error.contains("the limit is too high"), "{error}");
    }

    /// Without a command line, there is no second way to a copy.
    #[test]
    fn subcommand_that_is_not_clone_cannot_be_finished() {
        #[derive(Parser, DynamicFlags)]
        #[flags(finish = |_: &mut Cli| Ok::<(), &str>(()))]
        struct Cli {
            #[arg(long, default_value_t = 1)]
            level: u8,

            #[command(subcommand)]
            #[flag(subcommand)]
            command: Commands,
        }

        #[derive(Subcommand, DynamicFlags)]
        enum Commands {
            Serve(Serve),
        }

        #[derive(clap::Args)]
        struct Serve {
            #[arg(long, default_value_t = 100)]
            limit: u32,
        }

        let command = Commands::Serve(Serve { limit: 7 });
        let error = Flags::from_value(Cli { level: 2, command }).unwrap_err();
        assert!(error.to_string().contains("is not `Clone`"), "{error}");
    }

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Shapes {
        #[arg(long)]
        #[flag(dynamic)]
        opaque: Option<Opaque>,

        #[arg(long, default_values = ["a", "b,c"])]
        #[flag(dynamic)]
        list: Vec<String>,

        #[arg(long)]
        #[flag(dynamic)]
        empty: Vec<String>,

        #[arg(long, default_value_t = f64::NAN)]
        #[flag(dynamic)]
        nan: f64,

        #[arg(long, default_value = " x")]
        #[flag(dynamic, trim = true)]
        untrimmed: String,
    }

    #[test]
    fn listing_shows_what_a_command_line_shows() {
        let line = ["server", "--list=a", "--list=b,c"];
        let parsed = Shapes::try_parse_dynamic_from(line).unwrap();
        let args = Flags::from_value(Shapes::clone(&parsed.load())).unwrap();
        let shown = |args: &Flags<Shapes>| {
            let flags = args.list().into_iter();
            let shown = flags.map(|flag| (flag.name, flag.value, flag.changed));
            shown.collect::<Vec<_>>()
        };
        assert_eq!(shown(&args), shown(&parsed));
        assert_eq!(
            args.checksum(FlagKind::Dynamic),
            parsed.checksum(FlagKind::Dynamic)
        );
    }

    #[test]
    fn flags_of_the_subcommand_are_flags() {
        let names = |args: &Flags<Cli>| {
            let names = args.list().into_iter().map(|flag| flag.name);
            names.collect::<Vec<_>>()
        };
        let of = |command| Flags::from_value(Cli { level: 2, command }).unwrap();
        let serve = of(Commands::Serve(Serve { limit: 7 }));
        assert_eq!(names(&serve), ["level", "limit"]);
        serve.set("limit", "8").unwrap();
        let CommandsFlags::Serve(handles) = &serve.command else {
            panic!("another subcommand");
        };
        assert_eq!(handles.limit.get(), 8);
        assert_eq!(
            names(&of(Commands::Migrate(Migrate { steps: 2 }))),
            ["level", "steps"]
        );
        let vacuum = of(Commands::Db(Db::Vacuum(Vacuum { pages: 2 })));
        assert_eq!(names(&vacuum), ["level", "pages"]);
        assert_eq!(names(&of(Commands::Nothing)), ["level"]);
    }
}

mod settable {
    use super::*;

    #[test]
    fn every_read_has_the_new_value() {
        let (setter, flag) = Dynamic::settable("a".to_owned());
        let mut reader = flag.reader();
        assert_eq!((flag.get(), reader.load().as_str()), ("a".to_owned(), "a"));
        setter.set("b".to_owned());
        assert_eq!(flag.load(), "b");
        assert_eq!((flag.get(), reader.load().as_str()), ("b".to_owned(), "b"));

        let (setter, flag) = Dynamic::settable(1_u64);
        let clone = flag.clone();
        setter.clone().set(2);
        assert_eq!((flag.get(), clone.get(), *flag.load()), (2, 2, 2));
        assert_eq!(
            (flag.name(), format!("{flag:?}")),
            (None, "Dynamic(constant)".to_owned())
        );
    }

    #[test]
    fn callbacks_and_tasks_see_each_change_but_no_equal_value() {
        let (setter, flag) = Dynamic::settable(1);
        let log = Arc::new(Mutex::new(Vec::new()));
        let push = |log: &Arc<Mutex<Vec<_>>>| {
            let log = Arc::clone(log);
            move |event| log.lock().unwrap().push(event)
        };
        let (on_change, subscribed) = (push(&log), push(&log));
        let _one = flag.on_change(move |old, new| on_change((*old, *new)));
        let _other = flag.subscribe(move |value| subscribed((*value, *value)));
        let mut changes = flag.changes();
        let mut context = Context::from_waker(Waker::noop());
        setter.set(1);
        assert_eq!(changes.poll_changed(&mut context), Poll::Pending);
        setter.set(2);
        assert_eq!(changes.poll_changed(&mut context), Poll::Ready(Some(2)));
        assert_eq!(*log.lock().unwrap(), [(1, 1), (1, 2), (2, 2)]);
    }

    #[test]
    fn thread_waits_for_it_and_a_callback_may_set_it() {
        let (setter, flag) = Dynamic::settable(0);
        let again = setter.clone();
        let _subscription = flag.on_change(move |_, value| again.set((value + 1).min(10)));
        thread::scope(|scope| {
            scope.spawn(|| setter.set(1));
            let value = flag.wait_for(|value| *value == 10, Duration::from_secs(20));
            assert_eq!(value, Ok(10));
        });
    }

    #[test]
    fn changes_end_with_the_last_handle() {
        let (setter, flag) = Dynamic::settable(0);
        let mut changes = flag.changes();
        let mut context = Context::from_waker(Waker::noop());
        drop(flag);
        assert_eq!(changes.poll_changed(&mut context), Poll::Pending);
        drop(setter);
        assert_eq!(changes.poll_changed(&mut context), Poll::Ready(None));
    }
}

mod override_for_test {
    use super::*;

    #[test]
    fn guard_restores_what_was_there() {
        let args = args();
        args.set("limit", "6").unwrap();
        // The revision tells that there were changes, whatever they left.
        let flags = || {
            let mut flags = args.listing().flags;
            for flag in &mut flags {
                flag.revision = 0;
            }
            flags
        };
        let before = flags();
        let guard = args
            .override_for_test([("limit", "7"), ("rollout", "1.0"), ("limit", "8")])
            .unwrap();
        assert_eq!((args.limit.get(), args.rollout.get()), (8, 1.0));
        drop(guard);
        assert_eq!(flags(), before);
    }

    #[test]
    fn override_is_judged_like_any_other() {
        let args = args();
        let invalid = [("rollout", "2"), ("limti", "1"), ("dsn", "x")];
        let rejected = args.override_for_test(invalid).unwrap_err();
        assert_eq!(rejected.problems.len(), 3);
        args.override_for_test([("rollout", "1"), ("limit", "0")])
            .unwrap_err();
        assert_eq!(args.generation(), 1);
    }

    #[test]
    fn edits_may_unset_and_clear() {
        let args = args();
        args.edit([Edit::set("zone", "eu"), Edit::set("limit", "6")])
            .unwrap();
        let guard = args
            .override_for_test([Edit::unset("zone"), Edit::clear("limit")])
            .unwrap();
        assert_eq!((args.zone.get(), args.limit.get()), (None, 5));
        drop(guard);
        assert_eq!(
            (args.zone.get().as_deref(), args.limit.get()),
            (Some("eu"), 6)
        );
    }

    #[test]
    fn guards_nest() {
        let args = args();
        let outer = args.override_for_test([("limit", "1")]).unwrap();
        let inner = args
            .override_for_test([("limit", "2"), ("rollout", "0")])
            .unwrap();
        assert_eq!((args.limit.get(), args.rollout.get()), (2, 0.0));
        drop(inner);
        assert_eq!((args.limit.get(), args.rollout.get()), (1, 0.5));
        drop(outer);
        assert_eq!(args.limit.get(), 5);
    }

    #[test]
    fn guards_may_be_dropped_in_any_order() {
        let orders = [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ];
        for order in orders {
            let args = args();
            args.set("limit", "9").unwrap();
            let mut guards: Vec<_> = ["1", "2", "3"]
                .map(|limit| Some(args.override_for_test([("limit", limit)]).unwrap()))
                .into();
            for dropped in order {
                *guards.get_mut(dropped).unwrap() = None;
                let youngest = guards.iter().rposition(Option::is_some);
                let expected = youngest.map_or(9, |youngest| u32::try_from(youngest).unwrap() + 1);
                assert_eq!(args.limit.get(), expected, "{order:?} after {dropped}");
            }
            assert_eq!(args.flag("limit").unwrap().origin, Origin::Override);
            args.clear("limit").unwrap();
            assert_eq!(args.limit.get(), 5);
        }
    }

    #[test]
    fn what_is_set_in_between_ends_with_the_guard() {
        let args = args();
        let guard = args.override_for_test([("limit", "1")]).unwrap();
        args.set("limit", "2").unwrap();
        args.set("rollout", "0.1").unwrap();
        drop(guard);
        assert_eq!((args.limit.get(), args.rollout.get()), (5, 0.1));
    }

    #[test]
    fn restored_flags_that_a_rule_rejects_stay() {
        let args = args();
        let guard = args.override_for_test([("rollout", "0.2")]).unwrap();
        let mut layer = Layer::new("file", "flags.txt");
        layer.text("rollout", "flags.txt:1", "1");
        layer.text("limit", "flags.txt:2", "0");
        args.propose(&layer).unwrap();
        drop(guard);
        assert_eq!((args.rollout.get(), args.limit.get()), (0.2, 0));
        args.set("limit", "1").unwrap();
        args.clear("rollout").unwrap();
        assert_eq!((args.rollout.get(), args.limit.get()), (1.0, 1));
    }

    #[test]
    fn restoring_notifies() {
        let args = args();
        let mut changes = args.limit.changes();
        let mut context = Context::from_waker(Waker::noop());
        let guard = args.override_for_test([("limit", "1")]).unwrap();
        assert_eq!(changes.poll_changed(&mut context), Poll::Ready(Some(1)));
        drop(guard);
        assert_eq!(changes.poll_changed(&mut context), Poll::Ready(Some(5)));
    }
}
