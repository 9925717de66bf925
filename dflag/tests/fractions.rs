//! Fractions as flags: their salts, their equality, and that reading one allocates nothing.

#![allow(clippy::unwrap_used, reason = "tests may panic")]
#![expect(unsafe_code, reason = "counts allocations")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use clap::Parser;
use dflag::value::Fraction;
use dflag::{Dynamic, DynamicFlags, FlagKind, Flags};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "25%")]
    #[flag(dynamic)]
    new_checkout: Fraction,

    #[arg(long, default_value = "25%")]
    #[flag(dynamic)]
    new_search: Fraction,

    #[arg(long, default_value = "25%")]
    #[flag(dynamic, salt = "new-checkout")]
    newest_checkout: Fraction,

    #[arg(long)]
    #[flag(dynamic)]
    canary: Option<Fraction>,

    #[arg(long, default_value_t)]
    #[flag(dynamic)]
    off: Fraction,
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn keys() -> impl Iterator<Item = String> {
    (0..1_000).map(|id| format!("user-{id}"))
}

#[test]
fn salt_is_the_long_name_or_the_declared_one() {
    let args = args();
    let quarter: Fraction = "25%".parse().unwrap();
    let mut differ = 0;
    for key in keys() {
        let expected = quarter.includes("new-checkout", &key);
        assert_eq!(args.new_checkout.includes(&key), expected);
        assert_eq!(args.newest_checkout.includes(&key), expected);
        assert_eq!(
            args.new_search.includes(&key),
            quarter.includes("new-search", &key)
        );
        differ += u32::from(args.new_search.includes(&key) != expected);
        assert!(!args.off.includes(&key));
    }
    assert!((300..450).contains(&differ), "{differ}");
}

#[test]
fn constant_has_the_empty_salt() {
    let half: Fraction = "0.5".parse().unwrap();
    let constant = Dynamic::constant(half.clone());
    for key in keys() {
        assert_eq!(constant.includes(&key), half.includes("", &key));
    }
}

#[test]
fn keys_are_strings_or_bytes() {
    let args = args();
    assert_eq!(
        args.new_checkout.includes("user-1"),
        args.new_checkout.includes(b"user-1")
    );
    let bytes: Vec<u8> = 7_u64.to_le_bytes().into();
    assert_eq!(
        args.new_checkout.includes(7_u64.to_le_bytes()),
        args.new_checkout.includes(bytes)
    );
}

#[test]
fn fraction_is_shown_as_given_and_compared_as_a_number() {
    let args = args();
    let changes = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&changes);
    let _subscription = args.new_checkout.on_change(move |_, _| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    let digest = args.checksum(FlagKind::Dynamic);
    args.set("new-checkout", "0.25").unwrap();
    args.set("canary", "50.0%").unwrap();
    let flag = args.flag("new-checkout").unwrap();
    assert_eq!(flag.value.as_deref(), Some("0.25"));
    assert!(!flag.changed);
    assert_eq!(changes.load(std::sync::atomic::Ordering::Relaxed), 0);
    let with_canary = args.checksum(FlagKind::Dynamic);
    assert_ne!(with_canary, digest);
    args.set("canary", "0.5").unwrap();
    assert_eq!(args.checksum(FlagKind::Dynamic), with_canary);
    args.clear("canary").unwrap();
    assert_eq!(args.checksum(FlagKind::Dynamic), digest);
    assert_eq!(args.flag("off").unwrap().default.as_deref(), Some("0"));
}

#[test]
fn errors_name_the_flag_and_say_what_to_write() {
    let rejected = args().set("new-checkout", "25").unwrap_err().to_string();
    assert!(
        rejected.contains("`new-checkout`") && rejected.contains("`25%`"),
        "{rejected}"
    );
}

#[test]
fn includes_allocates_nothing() {
    let args = args();
    let included = || args.new_checkout.includes("user-1");
    included();
    let before = ALLOCATIONS.get();
    for _ in 0..1_000 {
        std::hint::black_box(included());
    }
    assert_eq!(ALLOCATIONS.get(), before);
    args.set("new-checkout", "30%").unwrap();
    assert_ne!(ALLOCATIONS.get(), before);
}
