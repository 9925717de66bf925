//! The snapshots that a thread caches: when it releases them, and what may run when it does.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicIsize, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak, mpsc};
use std::thread;

use clap::Parser;
use dflag::{DynamicFlags, Flags, Guard, release_thread};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    text: String,
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

/// Sets the text. The returned reference shows whether the struct with it still exists.
fn set(args: &Flags<Args>, text: &str) -> Weak<Args> {
    args.set("text", text).unwrap();
    Arc::downgrade(&args.load_full())
}

#[test]
fn guard_outlives_the_released_snapshot_of_its_thread() {
    let args = args();
    let old = set(&args, "old");
    let (guard, whole) = (args.text.load(), args.load());
    set(&args, "new");
    release_thread();
    assert_eq!((guard.as_str(), whole.text.as_str()), ("old", "old"));
    drop(guard);
    assert!(old.upgrade().is_some());
    drop(whole);
    assert!(old.upgrade().is_none());
}

#[test]
fn guard_outlives_its_cache_entry_when_another_set_evicts_it() {
    let many: Vec<_> = (0..100).map(|_| args()).collect();
    for (n, args) in many.iter().enumerate() {
        let old = set(args, &n.to_string());
        let guard = args.text.load();
        set(args, "new");
        for other in &many {
            assert!(!other.text.load().is_empty());
        }
        assert_eq!(*guard, n.to_string());
        drop(guard);
        assert!(old.upgrade().is_none());
    }
}

#[test]
fn guard_in_a_thread_local_may_be_dropped_before_or_after_the_cache() {
    static ARGS: OnceLock<Flags<Args>> = OnceLock::new();
    struct Late {
        guard: Guard<'static, String>,
        sender: mpsc::Sender<[String; 3]>,
    }
    impl Drop for Late {
        fn drop(&mut self) {
            let args = ARGS.get().unwrap();
            let texts = [&*self.guard, &args.text.load(), &args.load().text].map(Clone::clone);
            self.sender.send(texts).unwrap();
        }
    }
    thread_local! {
        static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
    }

    let args = ARGS.get_or_init(args);
    for dropped_after_cache in [true, false] {
        let old = set(args, "old");
        let (sender, receiver) = mpsc::channel();
        let reads = move || {
            if dropped_after_cache {
                // Thread-locals are dropped in the reverse order of their first use.
                LATE.set(None);
            }
            let guard = args.text.load();
            LATE.set(Some(Late { guard, sender }));
            set(args, "new");
        };
        thread::spawn(reads).join().unwrap();
        assert_eq!(receiver.recv().unwrap(), ["old", "new", "new"]);
        assert!(old.upgrade().is_none());
    }
}

/// The number of live [`Busy`] values.
static LIVE: AtomicIsize = AtomicIsize::new(0);

/// A value that reads and publishes its own flags when it is cloned or dropped.
#[derive(Debug)]
struct Busy(String);

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct BusyArgs {
    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    value: Busy,
    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    text: String,
}

fn busy_flags() -> &'static Flags<BusyArgs> {
    static FLAGS: OnceLock<Flags<BusyArgs>> = OnceLock::new();
    FLAGS.get_or_init(|| BusyArgs::try_parse_dynamic_from(["server"]).unwrap())
}

impl Busy {
    fn new(text: &str) -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self(text.to_owned())
    }
}

impl From<&str> for Busy {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Clone for Busy {
    fn clone(&self) -> Self {
        read_and_publish();
        Self::new(&self.0)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        read_and_publish();
    }
}

thread_local! {
    /// Whether clones and drops on this thread do so. Off while one of them does, to end the recursion.
    static ENABLED: Cell<bool> = const { Cell::new(false) };
}

/// Reads, publishes, releases the cached snapshots and reads again.
fn read_and_publish() {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    if !ENABLED.replace(false) {
        return;
    }
    let flags = busy_flags();
    let (value, text) = (flags.value.load(), flags.text.load());
    let before = (value.0.clone(), text.clone());
    let next = format!("call {}", CALLS.fetch_add(1, Ordering::Relaxed));
    // This is rejected if another write on this thread drops or clones the value.
    let published = flags.set("text", &next).is_ok();
    let now = flags.load();
    assert_eq!(now.text == next, published);
    release_thread();
    assert_eq!(*flags.text.load(), now.text);
    assert_eq!((value.0.clone(), text.clone()), before);
    drop((value, text, now));
    ENABLED.set(true);
}

#[test]
fn cloning_and_dropping_a_value_may_read_and_publish() {
    let flags = busy_flags();
    flags.set("value", "first").unwrap();
    let before = LIVE.load(Ordering::Relaxed);
    let publish_and_read = |thread: &str| {
        ENABLED.set(true);
        for n in 0..20 {
            let value = format!("{thread} {n}");
            flags.set("value", &value).unwrap();
            assert_eq!(flags.value.load().0, value);
            assert_eq!(*flags.text.load(), flags.load().text);
            assert_eq!(flags.value.get().0, value);
            assert_eq!(flags.load().value.0, value);
        }
        // Only this thread's cache now keeps the snapshot before this publish alive.
        flags.set("value", "last").unwrap();
    };
    publish_and_read("releases");
    release_thread();
    ENABLED.set(false);
    thread::scope(|scope| scope.spawn(|| publish_and_read("ends")).join().unwrap());
    // The drops above read flags, which filled the cache again.
    release_thread();
    assert_eq!(LIVE.load(Ordering::Relaxed), before);
}
