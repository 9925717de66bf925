//! kubelet's own writer, each of its versions, alive and dying at each single step.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_configmap::Updater;
use dflag_tests::kubelet::{Order, Outcome, Payload, Step, Volume};
use dflag_tests::wait;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    b: u32,
}

const ORDERS: [Order; 3] = [Order::Current, Order::Until1_29, Order::Before2021];

/// The timer is slow: what passes passes by events.
fn follow(args: &Flags<Args>, volume: &Volume) -> Updater {
    let updater = Updater::builder(args, volume.root())
        .rescan_every(Duration::from_secs(60))
        .build()
        .unwrap();
    updater.initialize().unwrap();
    updater.start().unwrap();
    updater
}

#[track_caller]
fn until(what: &str, condition: impl FnMut() -> bool) {
    wait::until(Duration::from_secs(20), what, condition);
}

/// Writes and dies before the step number `alive`.
fn write_and_die(volume: &mut Volume, payload: &Payload<'_>, alive: usize) -> Outcome {
    let mut steps = 0;
    let outcome = volume.write_with(payload, |_| {
        steps += 1;
        if steps > alive {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    outcome.unwrap()
}

#[test]
fn a_kubelet_that_dies_at_any_step_leaves_one_generation_or_the_other() {
    for order in ORDERS {
        for alive in 0.. {
            let parent = tempfile::tempdir().unwrap();
            let mut volume = Volume::create(parent.path().join("flags"))
                .unwrap()
                .order(order)
                .fs_group(true);
            volume.write(&[("a", b"1"), ("gone", b"1")]).unwrap();
            let args = Args::try_parse_dynamic_from(["deaths"]).unwrap();
            let updater = follow(&args, &volume);
            let old = fs::read_link(volume.root().join("..data")).unwrap();
            let outcome = write_and_die(&mut volume, &[("a", b"2"), ("b", b"2")], alive);
            if fs::read_link(volume.root().join("..data")).unwrap() == old {
                assert_eq!((args.a.get(), args.b.get()), (1, 0), "{order:?} {alive}");
            } else {
                until("the published generation", || {
                    (args.a.get(), args.b.get()) == (2, 2)
                });
            }
            // Its successor clears away what was under way, and goes on.
            let _ = fs::remove_file(volume.root().join("..data_tmp"));
            if volume.write(&[("a", b"3"), ("b", b"3")]).is_err() {
                // It can't unlink what is unlinked: it tears the volume down, and makes it anew.
                volume.write(&[("a", b"3"), ("b", b"3")]).unwrap();
            }
            until("the next generation", || {
                (args.a.get(), args.b.get()) == (3, 3)
            });
            until("no error", || updater.status().last_error.is_none());
            assert_eq!(updater.status().rejected, 0);
            if outcome == Outcome::Published {
                break;
            }
        }
    }
}

#[test]
fn at_each_step_of_an_update_a_reader_finds_one_whole_generation() {
    for order in ORDERS {
        let parent = tempfile::tempdir().unwrap();
        let mut volume = Volume::create(parent.path().join("flags"))
            .unwrap()
            .order(order);
        volume.write(&[("a", b"0"), ("b", b"0")]).unwrap();
        let args = Args::try_parse_dynamic_from(["deaths"]).unwrap();
        let updater = follow(&args, &volume);
        let torn = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&torn);
        let _sub = args.on_change(move |_, now| {
            set.fetch_or(now.a != now.b, Ordering::SeqCst);
        });
        for n in 1..=20_u32 {
            let value = n.to_string();
            let mut published = false;
            let payload = [("a", value.as_bytes()), ("b", value.as_bytes())];
            let outcome = volume.write_with(&payload, |step| {
                if published {
                    until("this generation", || args.b.get() == n);
                }
                published |= step == Step::Publish;
                ControlFlow::Continue(())
            });
            outcome.unwrap();
            until("this generation", || args.a.get() == n);
        }
        assert!(!torn.load(Ordering::SeqCst), "{order:?}");
        assert_eq!(updater.status().rejected, 0);
    }
}

#[test]
fn a_key_that_becomes_a_directory_tears_the_volume_down_and_it_recovers() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("a", b"1"), ("b", b"1")]).unwrap();
    let args = Args::try_parse_dynamic_from(["deaths"]).unwrap();
    let updater = follow(&args, &volume);
    volume.write(&[("a/x", b"2"), ("b", b"2")]).unwrap_err();
    until("the error", || updater.status().last_error.is_some());
    assert_eq!((args.a.get(), args.b.get()), (1, 1));
    volume.write(&[("a", b"3"), ("b", b"3")]).unwrap();
    until("the new volume", || {
        (args.a.get(), args.b.get()) == (3, 3) && updater.status().last_error.is_none()
    });
}

#[test]
fn a_key_with_a_path_is_no_flag_and_the_others_are_taken() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("deep/a", b"666"), ("b", b"1")]).unwrap();
    let args = Args::try_parse_dynamic_from(["deaths"]).unwrap();
    let updater = follow(&args, &volume);
    volume.write(&[("deep/a", b"667"), ("b", b"2")]).unwrap();
    until("the update", || args.b.get() == 2);
    assert_eq!(args.a.get(), 0);
    assert_eq!(updater.status().rejected, 0);
}
