//! A projected volume of a base and an overlay: one directory, one writer, one generation for an update of both.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_configmap::Updater;
use dflag_tests::kubelet::{Payload, Volume, projected};
use dflag_tests::wait;
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(20);

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    base: u32,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    overlay: u32,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    in_both: u32,
}

/// A volume of these sources, and flags that follow it.
fn follow(sources: &[&Payload<'_>]) -> (TempDir, Volume, Flags<Args>, Updater) {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&projected(sources)).unwrap();
    let args = Args::try_parse_dynamic_from(["test"]).unwrap();
    let updater = Updater::builder(&args, volume.root()).deny_unknown(true);
    let updater = updater.setup().unwrap();
    (parent, volume, args, updater)
}

#[test]
fn an_overlays_keys_take_precedence_and_fall_back_to_the_base_when_they_are_removed() {
    let base: &Payload<'_> = &[("base", b"1"), ("in_both", b"1")];
    let overlay: &Payload<'_> = &[("overlay", b"2"), ("in_both", b"2")];
    let (_parent, mut volume, args, updater) = follow(&[base, overlay]);
    let values = || {
        let now = args.load();
        (now.base, now.overlay, now.in_both)
    };
    assert_eq!(values(), (1, 2, 2));

    // The overlay is optional, and deleted.
    volume.write(&projected(&[base])).unwrap();
    wait::until(DEADLINE, "the base alone", || values() == (1, 0, 1));
    volume.write(&projected(&[base, overlay])).unwrap();
    wait::until(DEADLINE, "the overlay", || values() == (1, 2, 2));
    assert_eq!(updater.status().rejected, 0);
}

#[test]
fn two_spellings_of_one_flag_in_base_and_overlay_are_an_error_that_names_both() {
    let base: &Payload<'_> = &[("in_both", b"1")];
    let (_parent, mut volume, args, updater) = follow(&[base]);
    volume
        .write(&projected(&[base, &[("in-both", b"2")]]))
        .unwrap();
    wait::until(DEADLINE, "the error", || {
        updater.status().last_error.is_some()
    });
    let error = updater.status().last_error.unwrap().to_string();
    assert!(
        error.contains("in_both") && error.contains("in-both"),
        "{error}"
    );
    assert_eq!(args.in_both.get(), 1);
}

#[test]
fn an_update_of_base_and_overlay_is_one_publish() {
    let first: &[u8] = b"0";
    let (_parent, mut volume, args, _updater) =
        follow(&[&[("base", first)], &[("overlay", first)]]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let now = args.load();
                assert_eq!(now.base, now.overlay);
                assert!(now.base >= last);
                last = now.base;
            }
        });
        for number in 1..=100_u32 {
            let text = number.to_string();
            let (base, overlay) = ([("base", text.as_bytes())], [("overlay", text.as_bytes())]);
            volume.write(&projected(&[&base, &overlay])).unwrap();
            if reader.is_finished() {
                break;
            }
        }
        let arrived = || reader.is_finished() || args.base.get() == 100;
        wait::until(DEADLINE, "the last update", arrived);
        done.store(true, Ordering::Relaxed);
    });
}

/// The token of a service account is rotated about once an hour.
#[test]
fn a_generation_with_equal_flags_is_no_update() {
    let base: &Payload<'_> = &[("base", b"1")];
    let (_parent, mut volume, args, updater) = follow(&[base, &[(".token", b"1")]]);
    let generation = (args.generation(), updater.status().applied);
    let data = |root: &Path| std::fs::read_link(root.join("..data")).unwrap();
    let before = data(volume.root());
    volume
        .write(&projected(&[base, &[(".token", b"2")]]))
        .unwrap();
    assert_ne!(data(volume.root()), before);
    updater.reload().unwrap();
    assert_eq!((args.generation(), updater.status().applied), generation);
}
