//! A flag's revision, and edits that compare it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Edit, FlagSet, Flags, Layer, MASK, Problem};

const HOUR: Duration = Duration::from_secs(3600);

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 8080)]
    port: u16,

    #[arg(long, default_value_t = 3, alias = "max")]
    #[flag(dynamic)]
    limit: u32,

    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    #[flag(dynamic)]
    timeout: Duration,

    #[arg(long)]
    #[flag(dynamic)]
    zone: Option<String>,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    token: String,
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn propose(args: &Flags<Args>, keys: &[(&str, &str)]) {
    let mut layer = Layer::new("file", "flags.txt");
    for (key, value) in keys {
        layer.text(*key, format!("flags.txt:{key}"), *value);
    }
    <Arc<dyn FlagSet>>::from(args).propose(&layer).unwrap();
}

fn revision(args: &Flags<Args>, name: &str) -> u64 {
    args.flag(name).unwrap().revision
}

#[test]
fn revision_moves_with_value_origin_and_override() {
    let args = args();
    assert_eq!((revision(&args, "limit"), args.listing().revision), (1, 1));
    let mut last = 1;
    let mut moved = |what: &str, moves: bool| {
        let now = revision(&args, "limit");
        assert_eq!(now > last, moves, "{what}: {last} to {now}");
        assert!(now <= args.listing().revision);
        last = now;
    };
    propose(&args, &[("limit", "4")]);
    moved("another value", true);
    propose(&args, &[("limit", "4"), ("zone", "a")]);
    moved("another flag", false);
    args.set("limit", "4").unwrap();
    moved("another origin", true);
    args.set("limit", "4").unwrap();
    moved("the same override", false);
    args.set_for("limit", "4", HOUR).unwrap();
    moved("an expiry", true);
    args.set_for("limit", "4", 2 * HOUR).unwrap();
    moved("a renewed override", true);
    args.set("limit", "4").unwrap();
    moved("no expiry", true);

    let listing = args.listing().revision;
    propose(&args, &[("limit", "6")]);
    moved("a value that the override hides", false);
    assert_eq!(args.listing().revision, listing + 1);

    args.clear("limit").unwrap();
    moved("no override", true);
    args.set("limit", "x").unwrap_err();
    moved("a rejection", false);
}

#[test]
fn revision_moves_with_another_text_of_an_equal_value() {
    let args = args();
    args.set("timeout", "5s").unwrap();
    let before = (revision(&args, "timeout"), args.generation());
    args.set("timeout", "5000ms").unwrap();
    assert_eq!(args.generation(), before.1);
    assert!(revision(&args, "timeout") > before.0);
}

#[test]
fn expired_override_moves_the_revision() {
    let args = args();
    args.set_for("limit", "5", Duration::from_millis(20))
        .unwrap();
    let before = revision(&args, "limit");
    let value = args
        .limit
        .wait_for(|limit| *limit == 3, Duration::from_secs(60));
    assert_eq!(value, Ok(3));
    assert!(revision(&args, "limit") > before);
}

#[test]
fn edit_at_another_revision_is_rejected_as_a_whole() {
    let args = args();
    let read = revision(&args, "limit");
    args.set("limit", "5").unwrap();
    args.set("token", "hunter2").unwrap();
    let before = args.listing();

    let edits = [
        Edit::set("zone", "a").if_revision(1),
        Edit::set("max", "4").if_revision(read),
        Edit::clear("token").if_revision(read),
        Edit::set("port", "80").if_revision(7),
        Edit::set("none", "1").if_revision(1),
    ];
    let rejected = args.edit(edits).unwrap_err();
    let outdated: Vec<_> = rejected
        .problems
        .iter()
        .filter_map(|problem| match problem {
            Problem::Outdated { flag, value, .. } => Some((&**flag, value.as_deref())),
            _ => None,
        })
        .collect();
    let expected = [
        ("limit", Some("5")),
        ("token", Some(MASK)),
        ("port", Some("8080")),
    ];
    assert_eq!(outdated, expected);
    assert_eq!(rejected.problems.len(), 5, "{rejected}");
    assert_eq!(rejected.problems[0].flag(), Some("limit"));
    assert!(rejected.to_string().contains(
        "`limit`: the flag has changed since revision 1: it is `5` now, at revision 2; read it and decide again"
    ), "{rejected}");
    assert!(!rejected.to_string().contains("hunter2"));
    assert_eq!(args.listing(), before);

    let now = revision(&args, "limit");
    args.edit([Edit::set("limit", "4").if_revision(now)])
        .unwrap();
    let now = revision(&args, "limit");
    args.edit([Edit::clear("limit").if_revision(now)]).unwrap();
    assert_eq!(args.limit.get(), 3);
}

#[test]
fn no_increment_is_lost() {
    const THREADS: u32 = 4;
    const ROUNDS: u32 = 50;
    let args = args();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    loop {
                        let read = args.flag("limit").unwrap();
                        let next: u32 = read.value.unwrap().parse::<u32>().unwrap() + 1;
                        let edit = Edit::set("limit", next.to_string()).if_revision(read.revision);
                        if args.edit([edit]).is_ok() {
                            break;
                        }
                    }
                }
            });
        }
    });
    assert_eq!(args.limit.get(), 3 + THREADS * ROUNDS);
}

#[test]
fn listing_of_some_flags_has_them_once_in_order() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let listing = set.listing_of(&["zone", "none", "max", "limit"]);
    let names: Vec<_> = listing.flags.iter().map(|flag| &*flag.name).collect();
    assert_eq!(names, ["limit", "zone"]);
    let all = args.listing();
    assert_eq!(
        (listing.checksum_dynamic, listing.revision),
        (all.checksum_dynamic, set.revision())
    );
}
