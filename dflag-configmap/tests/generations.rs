//! A mounted ConfigMap: one update is one generation, applied as a whole.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use common::{
    Volume, args, args_from, builder, follow, last_error, memory_dir, next_scan, until, until_idle,
};
use dflag::OnInvalid;

#[test]
fn three_hundred_paired_updates_are_never_torn() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "0"), ("b", "0")]);
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
            volume.publish(&[("a", &value), ("b", &value)]);
        }
        until("the last pair", || args.a.get() == 300);
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(
        (last_error(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

#[test]
fn an_update_during_a_slow_callback_is_applied_as_a_whole_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1"), ("b", "1")]);
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
        until("permission to return", || go.load(Ordering::SeqCst));
        let now = handle.load();
        push.lock().unwrap().push((now.a, now.b));
    });
    volume.publish(&[("a", "2"), ("b", "2")]);
    until("the callback", || entered.load(Ordering::SeqCst));
    volume.publish(&[("a", "3"), ("b", "3")]);
    may_go.store(true, Ordering::SeqCst);
    until("the last", || pairs.lock().unwrap().len() == 2);
    assert_eq!(*pairs.lock().unwrap(), [(2, 2), (3, 3)]);
}

#[test]
fn a_new_key_is_applied_even_if_its_link_never_appears() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    volume.swap(&[("a", b"1"), ("b", b"5")]);
    until("the new key", || args.b.get() == 5);
}

#[test]
fn removed_keys_fall_back_to_the_layer_below_without_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1"), ("b", "1")]);
    let args = args_from(["test", "--a=5"]);
    let updater = follow(builder(&args, dir.path()));
    volume.publish(&[("b", "2")]);
    until("the value of the command line", || {
        args.a.get() == 5 && args.b.get() == 2
    });
    volume.publish(&[]);
    until("the default", || args.b.get() == 0);
    assert_eq!(
        (last_error(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

#[test]
fn a_key_that_alternates_over_two_hundred_quick_updates_ends_in_the_last_state() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "0")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    for n in 1..=200_u32 {
        let value = n.to_string();
        match n % 2 {
            0 => volume.publish(&[("a", &value)]),
            _ => volume.publish(&[("a", &value), ("b", "1")]),
        }
    }
    until("the last update", || {
        args.a.get() == 200 && args.b.get() == 0
    });
    assert_eq!(
        (last_error(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

#[test]
fn only_changed_flags_are_notified_and_equal_contents_notify_none() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1"), ("b", "1")]);
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
    let (applied, generation) = (updater.status().applied, args.generation());
    let last = updater.status().last_scan;
    volume.publish(&[("a", "1"), ("b", "1")]);
    until("a scan", || updater.status().last_scan > last);
    until_idle(&updater);
    assert_eq!(
        (updater.status().applied, args.generation()),
        (applied, generation)
    );
    assert_eq!((a.load(Ordering::SeqCst), b.load(Ordering::SeqCst)), (0, 0));
    volume.publish(&[("a", "2"), ("b", "1")]);
    until("the change", || {
        args.a.get() == 2 && updater.status().applied == applied + 1
    });
    assert_eq!((a.load(Ordering::SeqCst), b.load(Ordering::SeqCst)), (1, 0));
}

#[test]
fn an_orphaned_generation_that_looks_newer_is_not_applied() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1")]);
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    let orphan = dir.path().join("..2099_01_01_00_00_00.000000001");
    std::fs::create_dir(&orphan).unwrap();
    std::fs::write(orphan.join("a"), "9").unwrap();
    volume.publish(&[("a", "2"), ("b", "1")]);
    until("the published one", || args.b.get() == 1);
    assert_eq!(args.a.get(), 2);
}

#[test]
fn the_first_generation_of_an_empty_directory_is_applied_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let args = args();
    let _updater = follow(builder(&args, dir.path()).settle(Duration::from_secs(60)));
    Volume::new(dir.path(), &[("a", "1")]);
    until("the first generation", || args.a.get() == 1);
}

#[test]
fn a_torn_down_volume_keeps_the_last_values_and_recovers() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    Volume::new(&dir, &[("a", "1"), ("b", "1")]);
    let args = args();
    let updater = follow(builder(&args, &dir).rescan_every(Duration::from_millis(20)));
    // First it is empty for a while.
    for entry in std::fs::read_dir(&dir).unwrap() {
        let path = entry.unwrap().path();
        let removed = std::fs::remove_dir_all(&path).or_else(|_| std::fs::remove_file(&path));
        removed.unwrap();
    }
    until("the empty volume", || {
        last_error(&updater).contains("torn down")
    });
    std::fs::remove_dir(&dir).unwrap();
    until("its absence", || {
        last_error(&updater).contains("does not exist")
    });
    std::fs::create_dir(&dir).unwrap();
    until("the new, empty volume", || {
        last_error(&updater).contains("torn down")
    });
    assert_eq!((args.a.get(), args.b.get()), (1, 1));
    Volume::new(&dir, &[("a", "2")]);
    until("the new volume", || args.a.get() == 2 && args.b.get() == 0);
    until("no error", || last_error(&updater).is_empty());
    assert_eq!(updater.status().rejected, 0);
}

/// When a name is removed: lower ranks first.
type Rank<'a> = &'a dyn Fn(&str) -> u8;

/// kubelet removes a volume entry by entry, in no particular order, and possibly slowly.
#[test]
fn a_volume_that_is_torn_down_slowly_keeps_the_last_values_throughout() {
    let is_link = |name: &str| !name.contains('.');
    let orders: [(&str, Rank<'_>); 4] = [
        ("links first", &|name| u8::from(!is_link(name))),
        ("..data first", &|name| u8::from(name != "..data")),
        ("files first", &|name| u8::from(!name.contains('/'))),
        ("..data, then links", &|name| {
            u8::from(name != "..data") + u8::from(!is_link(name))
        }),
    ];
    for policy in [OnInvalid::RejectAll, OnInvalid::KeepValid] {
        for (what, order) in orders {
            let outer = tempfile::tempdir().unwrap();
            let dir = outer.path().join("config");
            Volume::new(&dir, &[("a", "1"), ("b", "1"), ("text", "one")]);
            let args = args();
            let updater = follow(
                builder(&args, &dir)
                    .on_invalid(policy)
                    .rescan_every(Duration::from_millis(10))
                    .settle(Duration::from_millis(1)),
            );
            let data = std::fs::read_link(dir.join("..data")).unwrap();
            let mut names: Vec<String> = ["a", "b", "text", "..data"].map(Into::into).to_vec();
            names.extend(["a", "b", "text"].map(|key| format!("{}/{key}", data.display())));
            names.sort_by_key(|name| order(name));
            for name in names {
                std::fs::remove_file(dir.join(&name)).unwrap();
                for _ in 0..3 {
                    next_scan(&updater); // each long after the settling time
                }
                assert_eq!(
                    (args.a.get(), args.b.get(), args.text.load().as_str()),
                    (1, 1, "one"),
                    "{what}, {policy:?}, {name} is removed"
                );
            }
            until("the error", || last_error(&updater).contains("torn down"));
            std::fs::remove_dir_all(&dir).unwrap();
            Volume::new(&dir, &[("b", "2")]);
            until("the new volume", || args.a.get() == 0 && args.b.get() == 2);
            until("no error", || last_error(&updater).is_empty());
        }
    }
}

#[test]
fn a_value_of_one_mebibyte_is_applied_at_the_start_and_in_an_update() {
    let dir = tempfile::tempdir().unwrap();
    let long = |letter: &str| letter.repeat(1 << 20);
    let mut volume = Volume::new(dir.path(), &[("text", &long("x"))]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    assert!(*args.text.load() == long("x"));
    volume.publish(&[("text", &long("y"))]);
    until("the other value", || *args.text.load() == long("y"));
    assert_eq!(
        (last_error(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

/// Publishes `files`, and `a`.
fn publish_with(volume: &mut Volume, files: &[String], a: u32) {
    let value = a.to_string();
    let files = files.iter().map(|key| (key.as_str(), value.as_str()));
    volume.publish(&files.chain([("a", value.as_str())]).collect::<Vec<_>>());
}

#[test]
fn five_thousand_keys_are_read_as_one_generation() {
    let dir = memory_dir();
    let keys: Vec<String> = (0..4999).map(|n| format!("unknown-{n}")).collect();
    let mut volume = Volume::new(dir.path(), &[]);
    publish_with(&mut volume, &keys, 1);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    assert_eq!(
        (args.a.get(), updater.status().unknown_keys.len()),
        (1, 4999)
    );
    publish_with(&mut volume, &keys, 2);
    until("an update of them", || args.a.get() == 2);
    volume.publish(&[("b", "3")]);
    until("the removal of most keys", || {
        args.a.get() == 0 && args.b.get() == 3
    });
    let status = updater.status();
    assert_eq!(
        (
            last_error(&updater).as_str(),
            status.rejected,
            status.unknown_key_sets
        ),
        ("", 0, 1)
    );
}

#[test]
fn fifty_generations_of_a_thousand_keys_back_to_back_reach_the_last_state() {
    let dir = memory_dir();
    let keys: Vec<String> = (0..999).map(|n| format!("unknown-{n}")).collect();
    let mut volume = Volume::new(dir.path(), &[]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    for n in 1..=50 {
        publish_with(&mut volume, &keys, n);
    }
    until("the last of them", || args.a.get() == 50);
    let status = updater.status();
    assert_eq!(
        (
            last_error(&updater).as_str(),
            status.rejected,
            status.unknown_key_sets
        ),
        ("", 0, 1)
    );
}

#[test]
fn a_link_that_appears_late_causes_no_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1"), ("gone", "1")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    volume.swap(&[("a", b"2"), ("b", b"2")]); // `gone` dangles now, `b` has no link
    until("the new generation", || {
        args.a.get() == 2 && args.b.get() == 2
    });
    std::os::unix::fs::symlink("..data/b", dir.path().join("b")).unwrap();
    std::fs::remove_file(dir.path().join("gone")).unwrap();
    volume.swap(&[("a", b"3"), ("b", b"2")]);
    until("the next generation", || args.a.get() == 3);
    assert_eq!(
        (last_error(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

#[test]
fn a_volume_that_is_not_filled_yet_is_empty_and_its_content_is_applied_when_it_appears() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::unfilled(dir.path(), &["a", "b"]);
    let args = args_from(["test", "--a=5"]);
    let updater = follow(builder(&args, dir.path()));
    let status = updater.status();
    assert!(status.is_unfilled && status.last_error.is_none());
    assert_eq!((status.rejected, args.a.get()), (0, 5));
    assert_eq!(args.sources()[0].warnings.len(), 1);

    volume.swap(&[("a", b"1"), ("b", b"1")]);
    until("the content", || args.a.get() == 1 && args.b.get() == 1);
    until("no report", || !updater.status().is_unfilled);
    assert_eq!(updater.status().rejected, 0);

    // Without the content that it had, it is a volume that was torn down.
    std::fs::remove_file(dir.path().join("..data")).unwrap();
    until("the error", || last_error(&updater).contains("torn down"));
    assert_eq!((args.a.get(), args.b.get()), (1, 1));
}

#[test]
fn a_rejected_update_stays_the_error_while_the_volume_is_not_filled() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a"), "1").unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(50)));
    std::fs::write(dir.path().join("a"), "bad").unwrap();
    until("the error", || last_error(&updater).contains("`a`"));
    let error = last_error(&updater);

    let mut volume = Volume::unfilled(dir.path(), &["b"]);
    until("the report", || updater.status().is_unfilled);
    std::fs::write(dir.path().join("a"), "3").unwrap();
    let settled = Some(SystemTime::now() + Duration::from_millis(100));
    until("a later scan", || updater.status().last_scan > settled);
    assert_eq!((args.a.get(), last_error(&updater)), (1, error));

    volume.swap(&[("a", b"2"), ("b", b"2")]);
    until("the content", || args.a.get() == 2 && args.b.get() == 2);
    until("the recovery", || {
        let status = updater.status();
        !status.is_unfilled && status.last_error.is_none()
    });
}

#[test]
fn initialize_waits_for_a_volume_that_is_being_filled() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::unfilled(dir.path(), &["a", "port"]);
    let args = args();
    let updater = builder(&args, dir.path())
        .settle(Duration::from_millis(500))
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        let initialized = scope.spawn(|| updater.initialize());
        until("the first scan", || updater.status().is_unfilled);
        volume.swap(&[("a", b"1"), ("port", b"9090")]);
        initialized.join().unwrap().unwrap();
    });
    assert_eq!((args.a.get(), args.load().port), (1, 9090));
}
