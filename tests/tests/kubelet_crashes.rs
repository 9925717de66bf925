//! An updater while each version of kubelet writes the volume, and dies before any single step.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_configmap::Updater;
use dflag_tests::kubelet::{Order, Outcome, Payload, Step, Volume};
use dflag_tests::wait;
use tempfile::TempDir;

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

/// A volume with an updater that follows it.
struct Follower {
    volume: Volume,
    args: Flags<Args>,
    updater: Updater,
    _parent: TempDir,
}

impl Follower {
    /// Starts on a volume with the given files. Scans by the timer are rare, so updates apply by events.
    fn start(order: Order, fs_group: bool, payload: &Payload<'_>) -> Self {
        let parent = tempfile::tempdir().unwrap();
        let volume = Volume::create(parent.path().join("flags")).unwrap();
        let mut volume = volume.order(order).fs_group(fs_group);
        volume.write(payload).unwrap();
        let args = Args::try_parse_dynamic_from(["crashes"]).unwrap();
        let updater = Updater::builder(&args, volume.root())
            .rescan_every(Duration::from_secs(60))
            .build()
            .unwrap();
        updater.initialize().unwrap();
        updater.start().unwrap();
        Self {
            volume,
            args,
            updater,
            _parent: parent,
        }
    }

    /// The target of `..data`.
    fn published(&self) -> PathBuf {
        fs::read_link(self.volume.root().join("..data")).unwrap()
    }

    fn values(&self) -> (u32, u32) {
        (self.args.a.get(), self.args.b.get())
    }
}

#[track_caller]
fn until(what: &str, condition: impl FnMut() -> bool) {
    wait::until(Duration::from_secs(20), what, condition);
}

/// Writes and dies after a number of single steps.
fn write_and_die(volume: &mut Volume, payload: &Payload<'_>, steps: usize) -> Outcome {
    let mut remaining = steps;
    let outcome = volume.write_with(payload, |_| {
        if remaining == 0 {
            return ControlFlow::Break(());
        }
        remaining -= 1;
        ControlFlow::Continue(())
    });
    outcome.unwrap()
}

#[test]
fn a_crash_at_any_step_leaves_the_old_or_the_new_generation() {
    for order in ORDERS {
        for steps in 0.. {
            let mut it = Follower::start(order, true, &[("a", b"1"), ("gone", b"1")]);
            let old = it.published();
            let outcome = write_and_die(&mut it.volume, &[("a", b"2"), ("b", b"2")], steps);
            if it.published() == old {
                assert_eq!(it.values(), (1, 0), "{order:?} {steps}");
            } else {
                until("the published generation", || it.values() == (2, 2));
            }
            // The next kubelet removes the leftover link and writes again.
            let _ = fs::remove_file(it.volume.root().join("..data_tmp"));
            if it.volume.write(&[("a", b"3"), ("b", b"3")]).is_err() {
                // It fails to remove a link that has been removed, tears down the volume and creates it again.
                it.volume.write(&[("a", b"3"), ("b", b"3")]).unwrap();
            }
            until("the next generation", || it.values() == (3, 3));
            until("no error", || it.updater.status().last_error.is_none());
            assert_eq!(it.updater.status().rejected, 0);
            if outcome == Outcome::Published {
                break;
            }
        }
    }
}

#[test]
fn a_reader_gets_one_whole_generation_at_each_step_of_an_update() {
    for order in ORDERS {
        let Follower {
            mut volume,
            args,
            updater,
            _parent,
        } = Follower::start(order, false, &[("a", b"0"), ("b", b"0")]);
        let torn = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&torn);
        let _subscription = args.on_change(move |_, now| {
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
fn the_updater_recovers_from_a_volume_that_was_torn_down() {
    let mut it = Follower::start(Order::Current, false, &[("a", b"1"), ("b", b"1")]);
    // A key that becomes a directory fails the write.
    it.volume.write(&[("a/x", b"2"), ("b", b"2")]).unwrap_err();
    until("the error", || it.updater.status().last_error.is_some());
    assert_eq!(it.values(), (1, 1));
    it.volume.write(&[("a", b"3"), ("b", b"3")]).unwrap();
    until("the new volume", || {
        it.values() == (3, 3) && it.updater.status().last_error.is_none()
    });
}

#[test]
fn a_key_with_a_path_is_no_flag_and_the_others_apply() {
    let mut it = Follower::start(Order::Current, false, &[("deep/a", b"666"), ("b", b"1")]);
    it.volume.write(&[("deep/a", b"667"), ("b", b"2")]).unwrap();
    until("the update", || it.args.b.get() == 2);
    assert_eq!(it.args.a.get(), 0);
    assert_eq!(it.updater.status().rejected, 0);
}
