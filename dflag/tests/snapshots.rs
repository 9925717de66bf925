//! Readers get consistent snapshots, and a guard keeps its value.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

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

/// Publishes `rounds` times while two threads read, each in a loop over its own `reader()`.
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
            assert_eq!(args.a.get(), n, "the next read returns the published value");
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

#[test]
fn flags_published_together_become_visible_together() {
    let args = args();
    read_while_publishing(&args, 2_000, || {
        let mut last = 0;
        let args = &args;
        move || {
            let now = args.load();
            assert_eq!(now.a.to_string(), now.inner.b, "values of two generations");
            assert!(now.a >= last, "an older value after a newer one");
            last = now.a;
            drop(now);
            // Through handles: a thread that has read the new `a` also reads the new `b`.
            let a = args.a.get();
            assert!(args.inner.b.load().parse::<u64>().unwrap() >= a);
        }
    });
}

#[test]
fn no_read_method_returns_an_older_value_than_an_earlier_read() {
    let args = args();
    read_while_publishing(&args, 5_000, || {
        let args = &args;
        let mut reader = args.a.reader();
        let mut last = 0;
        move || {
            let mut check = |now: u64| {
                assert!(now >= last, "{now} after {last}");
                last = now;
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
fn many_sets_can_be_read_alternately() {
    // More sets and more handles than a thread caches.
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
fn ending_thread_can_still_read() {
    struct Late(Flags<Args>, std::sync::mpsc::Sender<String>);
    impl Drop for Late {
        fn drop(&mut self) {
            self.1.send(self.0.inner.b.get()).unwrap();
        }
    }
    thread_local! {
        static LATE: std::cell::RefCell<Option<Late>> = const { std::cell::RefCell::new(None) };
    }
    let args = args();
    let (sender, receiver) = std::sync::mpsc::channel();
    for read_first in [true, false] {
        let (args, sender) = (args.clone(), sender.clone());
        thread::spawn(move || {
            if read_first {
                drop(args.inner.b.load());
            }
            LATE.set(Some(Late(args.clone(), sender)));
            drop(args.inner.b.load());
        })
        .join()
        .unwrap();
        assert_eq!(receiver.recv().unwrap(), "0");
    }
}

#[test]
fn dropping_a_value_may_read_flags() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct ReadingArgs {
        #[arg(long, default_value = "x")]
        #[flag(dynamic)]
        value: ReadsOnDrop,
        #[arg(long, default_value_t = 0)]
        #[flag(dynamic)]
        n: u8,
    }
    #[derive(Clone, Debug)]
    struct ReadsOnDrop;
    impl From<&str> for ReadsOnDrop {
        fn from(_: &str) -> Self {
            Self
        }
    }
    static OTHER: std::sync::OnceLock<Dynamic<String>> = std::sync::OnceLock::new();
    impl Drop for ReadsOnDrop {
        fn drop(&mut self) {
            drop(OTHER.get_or_init(|| args().inner.b.clone()).load());
        }
    }
    let args = ReadingArgs::try_parse_dynamic_from(["server"]).unwrap();
    for n in 1..=20_u8 {
        args.set("n", &n.to_string()).unwrap();
        args.set("value", &n.to_string()).unwrap();
        assert_eq!(args.load().n, n);
        drop(args.value.load());
    }
    dflag::release_thread();
}

#[test]
fn thread_keeps_its_last_snapshot_until_it_loads_again_or_releases_it() {
    let args = args();
    args.set("a", "1").unwrap();
    let weak = Arc::downgrade(&args.load_full());
    drop(args.load());
    args.set("a", "2").unwrap();
    assert_eq!(args.a.get(), 2, "read from the mirror");
    assert!(weak.upgrade().is_some(), "the thread has not loaded since");
    drop(args.load());
    assert!(weak.upgrade().is_none());

    let weak = Arc::downgrade(&args.load_full());
    args.set("a", "3").unwrap();
    dflag::release_thread();
    assert!(weak.upgrade().is_none());
    assert_eq!(args.load().a, 3);
}

#[test]
fn get_and_load_agree_even_if_equal_texts_parse_to_different_values() {
    use std::sync::atomic::AtomicU64;
    static PARSED: AtomicU64 = AtomicU64::new(0);

    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Counting {
        #[arg(long, default_value = "x", value_parser = count)]
        #[flag(dynamic)]
        n: u64,
    }

    #[expect(clippy::unnecessary_wraps, reason = "the signature of a parser")]
    fn count(_: &str) -> Result<u64, std::convert::Infallible> {
        Ok(PARSED.fetch_add(1, Ordering::Relaxed))
    }

    let args = Counting::try_parse_dynamic_from(["server"]).unwrap();
    let base = args.n.get();
    args.set("n", "x").unwrap();
    assert_ne!(*args.n.load(), base);
    assert_eq!(args.n.get(), *args.n.load());
    args.clear("n").unwrap();
    assert_eq!((args.n.get(), *args.n.load()), (base, base));
}

#[test]
fn guard_keeps_its_value_across_publishes_and_nested_reads() {
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
fn load_full_can_be_kept_and_sent_to_another_thread() {
    let args = args();
    let kept = args.load_full();
    args.set("a", "1").unwrap();
    thread::spawn(move || assert_eq!(kept.a, 0)).join().unwrap();
    assert_eq!(args.load_full().a, 1);
}

#[test]
fn reader_returns_each_publish_at_its_next_load() {
    let args = args();
    let mut reader = args.a.reader();
    let mut other = reader.clone();
    for n in 1..=100 {
        args.set("a", &n.to_string()).unwrap();
        assert_eq!((*reader.load(), *other.load()), (n, n));
    }
}

#[test]
fn old_snapshot_is_freed_with_its_last_guard() {
    let args = args();
    let weak = Arc::downgrade(&args.load_full());
    args.set("a", "1").unwrap();
    assert!(
        weak.upgrade().is_some(),
        "the base is kept: every candidate is built from it"
    );
    let weak = Arc::downgrade(&args.load_full());
    args.set("a", "2").unwrap();
    assert!(weak.upgrade().is_none());
}

#[test]
fn constant_works_without_flags() {
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

/// Among them the number whose bits mark a mirror as stale.
#[test]
fn every_number_is_read_back_unchanged() {
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
fn handle_outlives_the_flags() {
    let b = args().inner.b.clone();
    assert_eq!((b.name(), b.get().as_str()), (Some("b"), "0"));
}

#[test]
fn handles_are_send_and_sync() {
    fn assert_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let args = args();
    assert_shared(&args);
    assert_shared(&args.inner.b);
    assert_shared::<Arc<dyn FlagSet>>(&(&args).into());
}
