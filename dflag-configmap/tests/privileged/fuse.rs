//! A file system without events, since its files are changed elsewhere, as on a network.

mod server;

pub(crate) use server::device;

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common::{Volume, args, builder, follow, last_error, next_scan, until};

/// A directory and the same directory through the file system.
struct Mirror {
    _outer: tempfile::TempDir,
    behind: PathBuf,
    seen: PathBuf,
}

fn mirror() -> Mirror {
    let outer = tempfile::tempdir().unwrap();
    let (behind, seen) = (outer.path().join("behind"), outer.path().join("seen"));
    for path in [&behind, &seen] {
        fs::create_dir(path).unwrap();
    }
    server::mount(&behind, &seen);
    Mirror {
        _outer: outer,
        behind,
        seen,
    }
}

/// Overwrites a file without emptying it first, since a scan may read it at any moment, and on a busy
/// disk it may stay empty for long.
fn overwrite(path: &Path, text: &str) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(text.as_bytes(), 0).unwrap();
}

pub(crate) fn a_volume_on_a_file_system_without_events_is_followed_by_polling() {
    let mirror = mirror();
    let mut volume = Volume::new(&mirror.behind, &[("a", "0"), ("b", "0")]);
    let args = args();
    let updater = follow(builder(&args, &mirror.seen).rescan_every(Duration::from_millis(20)));
    let torn = Arc::new(Mutex::new(Vec::new()));
    let push = Arc::clone(&torn);
    let _sub = args.on_change(move |_, now| {
        if now.a != now.b {
            push.lock().unwrap().push((now.a, now.b));
        }
    });
    for n in 1..=50 {
        let value = n.to_string();
        volume.publish(&[("a", &value), ("b", &value)]);
        if n % 10 == 0 {
            until("the update", || args.a.get() == n && args.b.get() == n);
        }
    }
    volume.publish(&[("b", "51")]);
    // Callbacks run after the values are published.
    until("the removed key", || !torn.lock().unwrap().is_empty());
    assert_eq!((args.a.get(), args.b.get()), (0, 51));
    assert_eq!(*torn.lock().unwrap(), [(0, 51)]);
    assert_eq!(
        (last_error(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

/// The file system reports whole seconds, so that both changes have the same time and size.
pub(crate) fn the_last_of_two_changes_of_equal_size_within_one_second_is_found() {
    let mirror = mirror();
    fs::write(mirror.behind.join("a"), "00").unwrap();
    let args = args();
    let updater = follow(builder(&args, &mirror.seen).rescan_every(Duration::from_millis(20)));
    for n in (10..90).step_by(2) {
        overwrite(&mirror.behind.join("a"), &n.to_string());
        until("the first", || args.a.get() == n);
        overwrite(&mirror.behind.join("a"), &(n + 1).to_string());
        until("the last", || args.a.get() == n + 1);
    }
    assert_eq!(
        (last_error(&updater).as_str(), updater.status().rejected),
        ("", 0)
    );
}

/// As above, in a generation, which kubelet would not write to.
pub(crate) fn the_last_of_two_changes_to_a_generation_within_one_second_is_found() {
    let mirror = mirror();
    Volume::new(&mirror.behind, &[("a", "00")]);
    let args = args();
    let _updater = follow(builder(&args, &mirror.seen).rescan_every(Duration::from_millis(20)));
    for n in (10..50).step_by(2) {
        overwrite(&mirror.behind.join("..data/a"), &n.to_string());
        until("the first", || args.a.get() == n);
        overwrite(&mirror.behind.join("..data/a"), &(n + 1).to_string());
        until("the last", || args.a.get() == n + 1);
    }
}

/// The metadata shows neither that a read failed nor that the next one would succeed.
pub(crate) fn a_file_that_could_not_be_read_for_a_moment_is_applied_with_the_next_scan() {
    for plain in [false, true] {
        let mirror = mirror();
        let mut volume = Volume::new(mirror.behind.join("config"), &[]);
        if plain {
            fs::remove_dir_all(&volume.path).unwrap();
            fs::create_dir(&volume.path).unwrap();
        }
        let args = args();
        let dir = mirror.seen.join("config");
        let updater = follow(builder(&args, &dir).rescan_every(Duration::from_millis(20)));
        server::fail_reads(true);
        if plain {
            fs::write(volume.path.join("a"), "1").unwrap();
        } else {
            volume.publish(&[("a", "1")]);
        }
        until("the failure", || last_error(&updater).contains("`a`"));
        // Soon after a change all files are read in any case.
        let failed = Instant::now();
        until("a later scan", || {
            failed.elapsed() > Duration::from_millis(2500)
        });
        next_scan(&updater);
        assert_eq!(args.a.get(), 0);
        server::fail_reads(false);
        until("the value", || args.a.get() == 1);
        until("no error", || last_error(&updater).is_empty());
    }
}
