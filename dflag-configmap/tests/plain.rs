//! A plain directory of files, such as on a laptop: any file may be in the middle of being written.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::{args, builder, follow, last_error, next_scan, until};

/// All values of `text`, in order.
fn texts(args: &dflag::Flags<common::Args>) -> (Arc<Mutex<Vec<String>>>, dflag::Subscription) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let push = Arc::clone(&seen);
    let sub = args
        .text
        .on_change(move |_, new: &String| push.lock().unwrap().push(new.clone()));
    (seen, sub)
}

#[test]
fn an_edit_a_new_file_and_a_removed_one_are_followed() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "1").unwrap();
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    assert_eq!(args.a.get(), 1);
    fs::write(dir.path().join("a"), "2\n").unwrap();
    until("the edit", || args.a.get() == 2);
    fs::write(dir.path().join("b"), "3").unwrap();
    until("the new file", || args.b.get() == 3);
    fs::remove_file(dir.path().join("a")).unwrap();
    until("the default", || args.a.get() == 0);
}

#[test]
fn a_file_that_is_written_in_a_loop_is_never_applied_empty() {
    // In memory, since emptying a file on a busy disk can take longer than an empty file is pending
    // here, and no event reports it before it is done.
    let dir = common::memory_dir();
    let path = dir.path().join("text");
    fs::write(&path, "v0").unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(10)));
    let (seen, _sub) = texts(&args);
    let end = Instant::now() + Duration::from_secs(1);
    let mut n = 0;
    while Instant::now() < end {
        n += 1;
        let mut file = fs::File::create(&path).unwrap(); // empties it, as `>` does
        std::thread::yield_now();
        writeln!(file, "v{n}").unwrap();
    }
    until("the last value", || *args.text.load() == format!("v{n}"));
    assert!(
        seen.lock()
            .unwrap()
            .iter()
            .all(|text| text.starts_with('v')),
        "{seen:?}"
    );
    assert_eq!(
        (last_error(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

#[test]
fn a_writer_that_pauses_half_way_is_never_applied_in_part() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text");
    fs::write(&path, "old").unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()).rescan_every(Duration::from_millis(20)));
    let (seen, _sub) = texts(&args);
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(b"ha").unwrap();
    for _ in 0..20 {
        next_scan(&updater); // at least 20 ms each, the settling time
    }
    assert_eq!(*args.text.load(), "old");
    file.write_all(b"lf").unwrap();
    drop(file);
    until("the whole value", || *args.text.load() == "half");
    // Callbacks run after the value is published.
    until("the callback", || !seen.lock().unwrap().is_empty());
    assert_eq!(*seen.lock().unwrap(), ["half"]);
}

#[test]
fn a_file_that_keeps_changing_does_not_starve_the_other_keys() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("text"), "v").unwrap();
    fs::write(dir.path().join("a"), "1").unwrap();
    let args = args();
    let _updater = follow(builder(&args, dir.path()));
    let mut file = fs::File::create(dir.path().join("text")).unwrap();
    fs::write(dir.path().join("a"), "2").unwrap();
    until("the other key", || {
        file.write_all(b"x").unwrap();
        args.a.get() == 2
    });
    assert_eq!(*args.text.load(), "v");
}

#[test]
fn hidden_and_ignored_files_of_editors_cause_no_error() {
    // In memory, since on a busy disk a temporary file may exist for long.
    let dir = common::memory_dir();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("a"), "1").unwrap();
    let args = args();
    let updater = follow(
        builder(&args, dir.path())
            .ignore(["*~", "#*#"])
            .deny_unknown(true),
    );
    // vim: a probe, a swap file, a backup, a new file, and the backup goes.
    fs::write(path(".a.swp"), "swap").unwrap();
    fs::write(path("4913"), "").unwrap();
    fs::remove_file(path("4913")).unwrap();
    fs::rename(path("a"), path("a~")).unwrap();
    fs::write(path("a"), "2\n").unwrap();
    until("the edit of vim", || args.a.get() == 2);
    fs::remove_file(path("a~")).unwrap();
    // Others: a new file that replaces the old one; a lock and an autosave file of emacs.
    std::os::unix::fs::symlink("me@host.1", path(".#a")).unwrap();
    fs::write(path("#a#"), "auto").unwrap();
    fs::write(path(".a.new"), "3").unwrap();
    fs::rename(path(".a.new"), path("a")).unwrap();
    until("the replacement", || args.a.get() == 3);
    let status = updater.status();
    assert_eq!(
        (
            last_error(&updater).as_str(),
            status.rejected,
            status.unknown_key_sets
        ),
        ("", 0, 0)
    );
}

#[test]
fn files_that_change_together_are_applied_together() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "0").unwrap();
    fs::write(dir.path().join("b"), "0").unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()).settle(Duration::from_millis(1500)));
    let pairs = Arc::new(Mutex::new(Vec::new()));
    let (push, handle) = (Arc::clone(&pairs), args.clone());
    let _sub = args.on_change(move |_, new: &common::Args| {
        let _ = &handle;
        push.lock().unwrap().push((new.a, new.b));
    });
    let before = updater.status().last_scan;
    fs::write(dir.path().join("a"), "1").unwrap();
    until("a scan", || updater.status().last_scan > before);
    fs::write(dir.path().join("b"), "1").unwrap();
    // Callbacks run after the value is published.
    until("both", || !pairs.lock().unwrap().is_empty());
    assert_eq!(*pairs.lock().unwrap(), [(1, 1)]);
}

#[test]
fn polling_finds_the_last_of_two_changes_with_equal_size_and_time() {
    let dir = tempfile::tempdir().unwrap();
    let (config, other) = (dir.path().join("config"), dir.path().join("elsewhere"));
    fs::create_dir(&config).unwrap();
    fs::write(&other, "1").unwrap();
    // Writes behind a link out of the directory cause no event.
    std::os::unix::fs::symlink(&other, config.join("a")).unwrap();
    let args = args();
    let _updater = follow(builder(&args, &config).rescan_every(Duration::from_millis(20)));
    for value in ["2", "3"] {
        fs::write(&other, value).unwrap();
    }
    until("the last value", || args.a.get() == 3);
}

#[test]
fn initialize_waits_for_a_writer_that_has_just_emptied_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let args = args();
    let updater = builder(&args, dir.path())
        .settle(Duration::from_millis(300))
        .build()
        .unwrap();
    fs::write(&path, "").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(50));
            fs::write(&path, "1").unwrap();
        });
        updater.initialize().unwrap();
    });
    assert_eq!(args.a.get(), 1);
}

/// Replaces the file `text` every 20 ms with what `content` returns, until `condition` holds.
fn rewrite_until(
    dir: &Path,
    mut content: impl FnMut() -> String + Send,
    condition: impl FnMut() -> bool,
) {
    let end = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !end.load(Ordering::Relaxed) {
                fs::write(dir.join("text"), content()).unwrap();
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let _end = common::SetOnDrop(&end);
        until("the condition", condition);
    });
}

#[test]
fn a_file_that_is_rewritten_all_the_time_is_reported_and_then_applied() {
    let dir = common::memory_dir();
    fs::write(dir.path().join("text"), "v0").unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()).settle(Duration::from_millis(100)));
    let unsettled = || updater.status().unsettled_files;
    for same in [true, false] {
        let before = args.text.load().clone();
        let mut n = 1000;
        let content = || {
            n += u32::from(!same);
            format!("v{same}{n}")
        };
        let mut was_reported = false;
        rewrite_until(dir.path(), content, || {
            was_reported |= unsettled().len() == 1;
            let has_changed = *args.text.load() != before;
            assert!(was_reported || !has_changed);
            has_changed
        });
        until("the last value", || {
            args.text.load().as_bytes() == fs::read(dir.path().join("text")).unwrap()
        });
        until("no report", || unsettled().is_empty());
    }
    assert_eq!(last_error(&updater), "");
}
