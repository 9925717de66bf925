//! What a thread holds of the flags that it reads: for how long, and what may happen when it lets go.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

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

/// Sets the text, and tells of the struct that holds it whether it is still there.
fn set(args: &Flags<Args>, text: &str) -> Weak<Args> {
    args.set("text", text).unwrap();
    Arc::downgrade(&args.load_full())
}

#[test]
fn a_guard_outlives_what_its_thread_lets_go_of() {
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
fn a_guard_outlives_its_place_in_the_thread_where_another_set_takes_it() {
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
fn a_guard_may_go_with_its_thread_before_or_after_what_the_thread_holds() {
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
    for goes_last in [true, false] {
        let old = set(args, "old");
        let (sender, seen) = mpsc::channel();
        let reads = move || {
            if goes_last {
                // What a thread has first goes last.
                LATE.set(None);
            }
            let guard = args.text.load();
            LATE.set(Some(Late { guard, sender }));
            set(args, "new");
        };
        thread::spawn(reads).join().unwrap();
        assert_eq!(seen.recv().unwrap(), ["old", "new", "new"]);
        assert!(old.upgrade().is_none());
    }
}

/// How many values of [`Nosy`] there are.
static VALUES: AtomicIsize = AtomicIsize::new(0);

/// A value that uses its own flags when it is copied and when it goes.
#[derive(Debug)]
struct Nosy(String);

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Nosies {
    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    value: Nosy,
    #[arg(long, default_value = "0")]
    #[flag(dynamic)]
    text: String,
}

fn nosies() -> &'static Flags<Nosies> {
    static NOSIES: OnceLock<Flags<Nosies>> = OnceLock::new();
    NOSIES.get_or_init(|| Nosies::try_parse_dynamic_from(["server"]).unwrap())
}

impl Nosy {
    fn new(text: &str) -> Self {
        VALUES.fetch_add(1, Ordering::Relaxed);
        Self(text.to_owned())
    }
}

impl From<&str> for Nosy {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        read_and_publish();
        Self::new(&self.0)
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        VALUES.fetch_sub(1, Ordering::Relaxed);
        read_and_publish();
    }
}

thread_local! {
    /// Whether this thread's values do so. They do not while one of them is at it.
    static NOSY: Cell<bool> = const { Cell::new(false) };
}

/// Reads, publishes, lets go and reads again.
fn read_and_publish() {
    static TURNS: AtomicU64 = AtomicU64::new(0);
    if !NOSY.replace(false) {
        return;
    }
    let nosies = nosies();
    let (value, text) = (nosies.value.load(), nosies.text.load());
    let before = (value.0.clone(), text.clone());
    let turn = format!("turn {}", TURNS.fetch_add(1, Ordering::Relaxed));
    // It is rejected in the midst of another write.
    let published = nosies.set("text", &turn).is_ok();
    let now = nosies.load();
    assert_eq!(now.text == turn, published);
    release_thread();
    assert_eq!(*nosies.text.load(), now.text);
    assert_eq!((value.0.clone(), text.clone()), before);
    drop((value, text, now));
    NOSY.set(true);
}

#[test]
fn a_value_may_read_and_publish_when_it_is_copied_and_when_it_goes() {
    let nosies = nosies();
    nosies.set("value", "first").unwrap();
    let values = VALUES.load(Ordering::Relaxed);
    let turns = |thread: &str| {
        NOSY.set(true);
        for turn in 0..20 {
            let value = format!("{thread} {turn}");
            nosies.set("value", &value).unwrap();
            assert_eq!(nosies.value.load().0, value);
            assert_eq!(*nosies.text.load(), nosies.load().text);
            assert_eq!(nosies.value.get().0, value);
            assert_eq!(nosies.load().value.0, value);
        }
        // So that this thread is the last to hold what it saw.
        nosies.set("value", "last").unwrap();
    };
    turns("one that lets go");
    release_thread();
    NOSY.set(false);
    thread::scope(|scope| scope.spawn(|| turns("one that ends")).join().unwrap());
    // Letting go made values read, and so hold, once more.
    release_thread();
    assert_eq!(VALUES.load(Ordering::Relaxed), values);
}
