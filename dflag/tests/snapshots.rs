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
    let edit = |name| Edit::Set { name, value: &text };
    set.edit(&[edit("a"), edit("b")]).unwrap();
}

#[test]
fn two_flags_that_change_together_are_seen_together() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = 0;
                    while !done.load(Ordering::Relaxed) {
                        let now = args.load();
                        assert_eq!(now.a.to_string(), now.inner.b, "torn");
                        assert!(now.a >= seen, "back in time");
                        seen = now.a;
                        drop(now);
                        // Through handles: whoever saw the new `a` sees the new `b`.
                        let a = args.a.get();
                        assert!(args.inner.b.load().parse::<u64>().unwrap() >= a);
                    }
                })
            })
            .collect();
        for n in 1..=2_000 {
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
    assert_eq!(constant.clone().reader().load(), "x");
    drop(subscription);
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
