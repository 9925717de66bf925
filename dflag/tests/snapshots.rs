//! Readers never see half of a publish, and what they hold stays as it is.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use clap::Parser;
use dflag::{Dynamic, DynamicFlags, Edit, FlagSet, Flags};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u64,

    #[command(flatten)]
    #[flag(flatten)]
    inner: Inner,
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Inner {
    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    b: String,
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn set_both(set: &dyn FlagSet, n: u64) {
    let text = n.to_string();
    let edit = |name| Edit::set(name, text.as_str());
    set.edit(&[edit("a"), edit("b")]).unwrap();
}

/// Publishes `rounds` times while two threads read, each with a reader of its own making.
fn read_while_publishing<R: FnMut()>(
    args: &Flags<Args>,
    rounds: u64,
    reader: impl Fn() -> R + Sync,
) {
    let set: Arc<dyn FlagSet> = args.into();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut read = reader();
                    while !done.load(Ordering::Relaxed) {
                        read();
                    }
                })
            })
            .collect();
        for n in 1..=rounds {
            set_both(&*set, n);
            assert_eq!(args.a.get(), n, "published is seen by the next read");
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn two_flags_that_change_together_are_seen_together() {
    let args = args();
    read_while_publishing(&args, 2_000, || {
        let mut seen = 0;
        let args = &args;
        move || {
            let now = args.load();
            assert_eq!(now.a.to_string(), now.inner.b, "torn");
            assert!(now.a >= seen, "back in time");
            seen = now.a;
            drop(now);
            // Through handles: whoever saw the new `a` sees the new `b`.
            let a = args.a.get();
            assert!(args.inner.b.load().parse::<u64>().unwrap() >= a);
        }
    });
}

#[test]
fn no_way_of_reading_is_behind_another_that_the_thread_used_before() {
    let args = args();
    read_while_publishing(&args, 5_000, || {
        let args = &args;
        let mut reader = args.a.reader();
        let mut seen = 0;
        move || {
            let mut check = |now: u64| {
                assert!(now >= seen, "back in time: {now} after {seen}");
                seen = now;
            };
            check(args.a.get());
            check(args.load().a);
            check(*args.a.load());
            check(args.load_full().a);
            check(*reader.load());
            check(args.a.get());
            check(args.load_full().a);
            check(args.load().a);
            check(args.a.get());
        }
    });
}

#[test]
fn many_sets_can_be_read_in_turns() {
    // More sets, and more places in them, than a thread remembers at once.
    let sets: Vec<_> = (0..100).map(|_| args()).collect();
    for (n, args) in sets.iter().enumerate() {
        args.set("a", &n.to_string()).unwrap();
        args.set("b", &n.to_string()).unwrap();
    }
    for _ in 0..2 {
        for (n, args) in sets.iter().enumerate() {
            let guards = (args.load(), args.inner.b.load(), args.a.load());
            let others: usize = sets.iter().map(|args| args.inner.b.load().len()).sum();
            assert!(others >= 100);
            assert_eq!(
                (guards.0.a, guards.1.as_str(), *guards.2),
                (n as u64, &*n.to_string(), n as u64)
            );
        }
    }
}

#[test]
fn a_thread_that_ends_can_still_read() {
    struct ReadsWhenDropped(Flags<Args>, std::sync::mpsc::Sender<String>);
    impl Drop for ReadsWhenDropped {
        fn drop(&mut self) {
            self.1.send(self.0.inner.b.get()).unwrap();
        }
    }
    thread_local! {
        static LATE: std::cell::RefCell<Option<ReadsWhenDropped>> = const { std::cell::RefCell::new(None) };
    }
    let args = args();
    let (sender, seen) = std::sync::mpsc::channel();
    for read_first in [true, false] {
        let (args, sender) = (args.clone(), sender.clone());
        thread::spawn(move || {
            if read_first {
                drop(args.inner.b.load());
            }
            LATE.set(Some(ReadsWhenDropped(args.clone(), sender)));
            drop(args.inner.b.load());
        })
        .join()
        .unwrap();
        assert_eq!(seen.recv().unwrap(), "0");
    }
}

#[test]
fn a_value_may_read_flags_when_it_is_dropped() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Nosy {
        #[arg(long, default_value = "x")]
        #[flag(dynamic)]
        value: Reads,
        #[arg(long, default_value_t = 0)]
        #[flag(dynamic)]
        n: u8,
    }
    #[derive(Clone, Debug)]
    struct Reads;
    impl From<&str> for Reads {
        fn from(_: &str) -> Self {
            Self
        }
    }
    static OTHER: std::sync::OnceLock<Dynamic<String>> = std::sync::OnceLock::new();
    impl Drop for Reads {
        fn drop(&mut self) {
            drop(OTHER.get_or_init(|| args().inner.b.clone()).load());
        }
    }
    let nosy = Nosy::try_parse_dynamic_from(["server"]).unwrap();
    for n in 1..=20_u8 {
        nosy.set("n", &n.to_string()).unwrap();
        nosy.set("value", &n.to_string()).unwrap();
        assert_eq!(nosy.load().n, n);
        drop(nosy.value.load());
    }
    dflag::release_thread();
}

#[test]
fn a_thread_keeps_what_it_saw_last_until_it_reads_again_or_lets_go() {
    let args = args();
    args.set("a", "1").unwrap();
    let weak = Arc::downgrade(&args.load_full());
    drop(args.load());
    args.set("a", "2").unwrap();
    assert_eq!(args.a.get(), 2, "a number's copy");
    assert!(weak.upgrade().is_some(), "this thread has not loaded since");
    drop(args.load());
    assert!(weak.upgrade().is_none());

    let weak = Arc::downgrade(&args.load_full());
    args.set("a", "3").unwrap();
    dflag::release_thread();
    assert!(weak.upgrade().is_none());
    assert_eq!(args.load().a, 3);
}

#[test]
fn a_copy_and_a_guard_are_of_one_value_also_where_a_text_does_not_decide_it() {
    use std::sync::atomic::AtomicU64;
    static PARSED: AtomicU64 = AtomicU64::new(0);

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Fickle {
        #[arg(long, default_value = "x", value_parser = count)]
        #[flag(dynamic)]
        n: u64,
    }

    #[expect(clippy::unnecessary_wraps, reason = "what a parser looks like")]
    fn count(_: &str) -> Result<u64, std::convert::Infallible> {
        Ok(PARSED.fetch_add(1, Ordering::Relaxed))
    }

    let args = Fickle::try_parse_dynamic_from(["server"]).unwrap();
    let base = args.n.get();
    args.set("n", "x").unwrap();
    assert_ne!(*args.n.load(), base);
    assert_eq!(args.n.get(), *args.n.load());
    args.clear("n").unwrap();
    assert_eq!((args.n.get(), *args.n.load()), (base, base));
}

#[test]
fn a_guard_keeps_its_value_across_publishes_and_nested_reads() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let (whole, b) = (args.load(), args.inner.b.load());
    for n in 1..=100 {
        set_both(&*set, n);
        let nested = args.inner.b.load();
        assert_eq!(nested.parse::<u64>().unwrap(), n);
        assert_eq!((whole.a, &*whole.inner.b, &**b), (0, "0", "0"));
    }
}

#[test]
fn a_full_load_is_kept_and_crosses_threads() {
    let args = args();
    let kept = args.load_full();
    args.set("a", "1").unwrap();
    thread::spawn(move || assert_eq!(kept.a, 0)).join().unwrap();
    assert_eq!(args.load_full().a, 1);
}

#[test]
fn a_reader_sees_each_publish_at_its_next_look() {
    let args = args();
    let mut reader = args.a.reader();
    let mut other = reader.clone();
    for n in 1..=100 {
        args.set("a", &n.to_string()).unwrap();
        assert_eq!((*reader.load(), *other.load()), (n, n));
    }
}

#[test]
fn an_old_snapshot_is_freed_once_no_one_holds_it() {
    let args = args();
    let weak = Arc::downgrade(&args.load_full());
    args.set("a", "1").unwrap();
    assert!(
        weak.upgrade().is_some(),
        "it is the base, which every candidate is made from"
    );
    let weak = Arc::downgrade(&args.load_full());
    args.set("a", "2").unwrap();
    assert!(weak.upgrade().is_none());
}

#[test]
fn a_constant_serves_a_caller_without_flags() {
    let constant = Dynamic::constant(String::from("x"));
    let subscription = constant.on_change(|_, _| unreachable!());
    assert_eq!(
        (
            constant.get().as_str(),
            constant.load().len(),
            constant.name()
        ),
        ("x", 1, None)
    );
    let mut reader = constant.reader();
    drop((constant, subscription));
    let mut other = reader.clone();
    assert_eq!((reader.load().as_str(), other.load().as_str()), ("x", "x"));
}

/// One number is taken for the sign that a copy is stale.
#[test]
fn every_number_is_read_as_it_is() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Number {
        #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
        #[flag(dynamic)]
        n: i64,
    }
    let args = Number::try_parse_dynamic_from(["server"]).unwrap();
    for n in [
        i64::MIN,
        -61_803_400,
        -61_803_399,
        -61_803_398,
        -1,
        i64::MAX,
    ] {
        args.set("n", &n.to_string()).unwrap();
        assert_eq!((args.n.get(), Dynamic::constant(n).get()), (n, n));
    }
}

#[test]
fn a_handle_outlives_the_flags_and_knows_its_name() {
    let b = args().inner.b.clone();
    assert_eq!((b.name(), b.get().as_str()), (Some("b"), "0"));
}

#[test]
fn handles_can_be_shared() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let args = args();
    shared(&args);
    shared(&args.inner.b);
    shared::<Arc<dyn FlagSet>>(&(&args).into());
}
