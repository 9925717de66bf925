//! A mounted ConfigMap: one update is one generation, taken whole.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // helpers of tests may fail loudly, too

mod common;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Mount, args, args_from, builder, follow, until, wrong};

#[test]
fn three_hundred_paired_updates_show_not_one_torn_pair() {
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "0"), ("b", "0")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let now = args.load();
                assert_eq!(now.a, now.b);
            }
        });
        for n in 1..=300 {
            let value = n.to_string();
            mount.publish(&[("a", &value), ("b", &value)]);
        }
        until("the last pair", || args.a.get() == 300);
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(
        (wrong(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

#[test]
fn a_swap_under_a_slow_subscriber_is_taken_whole_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "1"), ("b", "1")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    let pairs = Arc::new(Mutex::new(Vec::new()));
    let (entered, may_go) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicBool::new(false)),
    );
    let (is_in, go, push, handle) = (
        Arc::clone(&entered),
        Arc::clone(&may_go),
        Arc::clone(&pairs),
        args.clone(),
    );
    let _sub = args.a.on_change(move |_, _| {
        is_in.store(true, Ordering::SeqCst);
        until("leave to go", || go.load(Ordering::SeqCst));
        let now = handle.load();
        push.lock().unwrap().push((now.a, now.b));
    });
    mount.publish(&[("a", "2"), ("b", "2")]);
    until("the subscriber", || entered.load(Ordering::SeqCst));
    mount.publish(&[("a", "3"), ("b", "3")]);
    may_go.store(true, Ordering::SeqCst);
    until("the last", || pairs.lock().unwrap().len() == 2);
    assert_eq!(*pairs.lock().unwrap(), [(2, 2), (3, 3)]);
}

#[test]
fn a_new_key_is_taken_with_the_swap_also_if_its_link_never_appears() {
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "1")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    mount.swap(&[("a", b"1"), ("b", b"5")]);
    until("the new key", || args.b.get() == 5);
}

#[test]
fn removed_keys_fall_back_to_the_layer_below_without_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "1"), ("b", "1")]);
    let args = args_from(["test", "--a=5"]);
    let updater = follow(builder(&args, dir.path()));
    mount.publish(&[("b", "2")]);
    until("the command line's", || {
        args.a.get() == 5 && args.b.get() == 2
    });
    mount.publish(&[]);
    until("the default", || args.b.get() == 0);
    assert_eq!(
        (wrong(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

#[test]
fn a_key_that_comes_and_goes_over_two_hundred_quick_updates_ends_right() {
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "0")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    for n in 1..=200_u32 {
        let value = n.to_string();
        match n % 2 {
            0 => mount.publish(&[("a", &value)]),
            _ => mount.publish(&[("a", &value), ("b", "1")]),
        }
    }
    until("the last update", || {
        args.a.get() == 200 && args.b.get() == 0
    });
    assert_eq!(
        (wrong(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

#[test]
fn only_what_changed_is_announced_and_equal_contents_announce_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "1"), ("b", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    let [a, b] = [(); 2].map(|()| Arc::new(AtomicU32::new(0)));
    let (count_a, count_b) = (Arc::clone(&a), Arc::clone(&b));
    let _a = args.a.on_change(move |_, _| {
        count_a.fetch_add(1, Ordering::SeqCst);
    });
    let _b = args.b.on_change(move |_, _| {
        count_b.fetch_add(1, Ordering::SeqCst);
    });
    let applied = updater.status().applied;
    mount.publish(&[("a", "1"), ("b", "1")]);
    mount.publish(&[("a", "2"), ("b", "1")]);
    until("the change", || {
        args.a.get() == 2 && updater.status().applied == applied + 1
    });
    assert_eq!((a.load(Ordering::SeqCst), b.load(Ordering::SeqCst)), (1, 0));
}

#[test]
fn an_orphan_that_looks_newer_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "1")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    let orphan = dir.path().join("..2099_01_01_00_00_00.000000001");
    std::fs::create_dir(&orphan).unwrap();
    std::fs::write(orphan.join("a"), "9").unwrap();
    mount.publish(&[("a", "2"), ("b", "1")]);
    until("the published one", || args.b.get() == 1);
    assert_eq!(args.a.get(), 2);
}

#[test]
fn the_first_generation_of_an_empty_directory_is_taken_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let args = args();
    let _updater = follow(builder(&args, dir.path()).settle(Duration::from_secs(60)));
    Mount::new(dir.path(), &[("a", "1")]);
    until("the first generation", || args.a.get() == 1);
}

#[test]
fn a_torn_down_volume_keeps_the_last_values_and_recovers() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    Mount::new(&dir, &[("a", "1"), ("b", "1")]);
    let args = args();
    let updater = follow(builder(&args, &dir).rescan_every(Duration::from_millis(20)));
    // Emptied first, and that for a while.
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        let removed = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
        removed.unwrap();
    }
    until("the empty volume", || wrong(&updater).contains("torn down"));
    std::fs::remove_dir(&dir).unwrap();
    until("its absence", || wrong(&updater).contains("does not exist"));
    std::fs::create_dir(&dir).unwrap();
    until("the empty new one", || {
        wrong(&updater).contains("torn down")
    });
    assert_eq!((args.a.get(), args.b.get()), (1, 1));
    Mount::new(&dir, &[("a", "2")]);
    until("the new volume", || args.a.get() == 2 && args.b.get() == 0);
    until("no error", || wrong(&updater).is_empty());
    assert_eq!(updater.status().rejected, 0);
}

#[test]
fn large_values_and_many_keys_and_many_generations_reach_the_last_state() {
    let dir = tempfile::tempdir().unwrap();
    let long = "x".repeat(1 << 20);
    let mut mount = Mount::new(dir.path(), &[("text", &long)]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    assert_eq!(args.text.load().len(), 1 << 20);
    let names: Vec<String> = (0..1000).map(|n| format!("unknown-{n}")).collect();
    for n in 1..=10_u32 {
        let value = n.to_string();
        let mut files: Vec<(&str, &str)> = names
            .iter()
            .map(|name| (name.as_str(), value.as_str()))
            .collect();
        files.push(("a", &value));
        mount.publish(&files);
    }
    until("the last of them", || args.a.get() == 10);
    assert_eq!(
        (
            wrong(&updater).as_str(),
            updater.status().rejected,
            updater.status().unknown
        ),
        ("", 0, 1)
    );
}

#[test]
fn a_link_that_appears_late_needs_no_second_look_and_makes_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut mount = Mount::new(dir.path(), &[("a", "1"), ("gone", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    mount.swap(&[("a", b"2"), ("b", b"2")]); // `gone` dangles now, `b` has no link
    until("the swap", || args.a.get() == 2 && args.b.get() == 2);
    std::os::unix::fs::symlink("..data/b", dir.path().join("b")).unwrap();
    std::fs::remove_file(dir.path().join("gone")).unwrap();
    mount.swap(&[("a", b"3"), ("b", b"2")]);
    until("the next swap", || args.a.get() == 3);
    assert_eq!(
        (wrong(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}
