//! The location of the directory: deleted, exchanged, behind links, or given as an unusual path.
//!
//! Unless a test says otherwise the timer is slow, so these tests pass only if watches are set in time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{
    Volume, args, builder, follow, is_rerun, is_root, last_error, next_scan, rerun, until,
    until_idle,
};

#[test]
fn a_volume_that_is_deleted_and_created_again_twenty_times_is_followed() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    let mut volume = Volume::new(&dir, &[("a", "1000")]);
    let args = args();
    let updater = follow(builder(&args, &dir));
    for n in 1..=20 {
        fs::remove_dir_all(&dir).unwrap();
        volume = Volume::new(&dir, &[("a", &n.to_string())]);
    }
    until("the twentieth volume", || args.a.get() == 20);
    volume.publish(&[("a", "21")]);
    until("an update of it", || args.a.get() == 21);
    until("no error", || last_error(&updater).is_empty());
}

#[test]
fn a_plain_directory_that_is_deleted_and_created_again_is_followed_each_time() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    fs::create_dir(&dir).unwrap();
    let args = args();
    let _updater = follow(builder(&args, &dir));
    for n in 1..=20 {
        fs::remove_dir_all(&dir).unwrap();
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("a"), n.to_string()).unwrap();
        until("this directory", || args.a.get() == n);
    }
}

#[test]
fn a_parent_that_is_deleted_and_created_again_is_followed() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("x/y/config");
    Volume::new(&dir, &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, &dir));
    for n in 2..=6 {
        fs::remove_dir_all(outer.path().join("x")).unwrap();
        let mut volume = Volume::new(&dir, &[("a", &n.to_string())]);
        until("the new volume", || args.a.get() == n);
        volume.publish(&[("a", "0")]);
        until("an update of it", || args.a.get() == 0);
    }
    until("no error", || last_error(&updater).is_empty());
}

#[test]
fn a_vanished_directory_is_reported_and_the_values_stay() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    Volume::new(&dir, &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, &dir).optional(true));
    fs::remove_dir_all(&dir).unwrap();
    until("the error", || {
        last_error(&updater).contains("does not exist")
    });
    assert_eq!(args.a.get(), 1);
}

#[test]
fn a_directory_that_replaces_another_is_followed_and_the_old_one_is_not() {
    let outer = tempfile::tempdir().unwrap();
    let path = |name: &str| outer.path().join(name);
    let mut old = Volume::new(path("config"), &[("a", "1")]);
    let mut new = Volume::new(path("new"), &[("a", "2")]);
    let args = args();
    let _updater = follow(builder(&args, path("config")));
    fs::rename(path("config"), path("old")).unwrap();
    fs::rename(path("new"), path("config")).unwrap();
    until("the other directory", || args.a.get() == 2);
    old.path = path("old");
    old.publish(&[("a", "666")]);
    new.path = path("config");
    new.publish(&[("a", "3"), ("b", "3")]);
    until("an update of it", || args.b.get() == 3);
    assert_eq!(args.a.get(), 3);
}

/// No watch reports that a directory further up is exchanged. Events of the old directory must not lead
/// to it, and the directory at the path is applied as a whole.
#[test]
fn events_of_a_directory_that_the_path_no_longer_leads_to_are_harmless() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("x/y/config");
    let mut old = Volume::new(&dir, &[("a", "1"), ("b", "1")]);
    let args = args();
    let updater = follow(builder(&args, &dir));
    old.publish(&[("a", "2"), ("b", "2")]);
    until("an update", || args.a.get() == 2);
    until_idle(&updater);

    fs::rename(outer.path().join("x"), outer.path().join("old")).unwrap();
    let mut new = Volume::new(&dir, &[("a", "3"), ("b", "3")]);
    old.path = outer.path().join("old/y/config");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (beside, begin) = (old.path.join("beside"), Instant::now());
            while !done.load(Ordering::Relaxed) && begin.elapsed() < Duration::from_secs(20) {
                fs::write(&beside, "").unwrap();
                fs::remove_file(&beside).unwrap();
            }
        });
        until("the directory at the path", || args.b.get() == 3);
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(args.a.get(), 3);
    new.publish(&[("a", "5"), ("b", "5")]);
    until("an update of it", || args.a.get() == 5);
    until("no error", || last_error(&updater).is_empty());
}

#[test]
fn a_directory_that_is_moved_away_and_back_is_followed() {
    let outer = tempfile::tempdir().unwrap();
    let path = |name: &str| outer.path().join(name);
    let mut volume = Volume::new(path("config"), &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, path("config")));
    for n in 2..=5 {
        fs::rename(path("config"), path("away")).unwrap();
        fs::rename(path("away"), path("config")).unwrap();
        until_idle(&updater); // so that the scan for the move does not find the update
        volume.publish(&[("a", &n.to_string())]);
        until("an update after the move back", || args.a.get() == n);
    }
    until("no error", || last_error(&updater).is_empty());
}

#[test]
fn a_plain_directory_that_replaces_a_volume_is_followed() {
    let outer = tempfile::tempdir().unwrap();
    let path = |name: &str| outer.path().join(name);
    Volume::new(path("config"), &[("a", "1"), ("b", "1")]);
    fs::create_dir(path("new")).unwrap();
    fs::write(path("new").join("a"), "2").unwrap();
    let args = args();
    let _updater = follow(builder(&args, path("config")));
    fs::rename(path("config"), path("old")).unwrap();
    fs::rename(path("new"), path("config")).unwrap();
    until("the plain directory", || {
        args.a.get() == 2 && args.b.get() == 0
    });
    fs::write(path("config").join("a"), "3").unwrap();
    until("an edit", || args.a.get() == 3);
}

/// Makes `link` lead to `target`.
fn repoint(link: &Path, target: &Path, by_rename: bool) {
    if by_rename {
        let new = link.with_extension("new");
        symlink(target, &new).unwrap();
        fs::rename(&new, link).unwrap();
    } else {
        fs::remove_file(link).unwrap();
        symlink(target, link).unwrap();
    }
}

#[test]
fn a_link_that_is_exchanged_is_followed_and_its_old_target_is_not() {
    for by_rename in [true, false] {
        let outer = tempfile::tempdir().unwrap();
        let path = |name: &str| outer.path().join(name);
        let mut one = Volume::new(path("one"), &[("a", "1")]);
        fs::create_dir(path("far")).unwrap();
        let mut two = Volume::new(path("far/two"), &[("a", "2")]);
        symlink("one", path("link")).unwrap();
        let args = args();
        let _updater = follow(builder(&args, path("link")));
        assert_eq!(args.a.get(), 1);
        repoint(&path("link"), Path::new("far/two"), by_rename);
        until("the other target", || args.a.get() == 2);
        one.publish(&[("a", "666")]);
        two.publish(&[("a", "3"), ("b", "3")]);
        until("an update of it", || args.b.get() == 3);
        assert_eq!(args.a.get(), 3);
    }
}

#[test]
fn links_in_the_middle_of_a_chain_and_of_a_path_are_followed() {
    let outer = tempfile::tempdir().unwrap();
    let path = |name: &str| outer.path().join(name);
    for name in ["p", "q", "r", "v1/config", "v2/config", "v3/config"] {
        fs::create_dir_all(path(name)).unwrap();
    }
    for (n, name) in ["1", "2", "3"]
        .iter()
        .zip(["v1/config", "v2/config", "v3/config"])
    {
        fs::write(path(name).join("a"), n).unwrap();
    }
    symlink("../q/middle", path("p/first")).unwrap();
    symlink("../r/current/config", path("q/middle")).unwrap();
    symlink("../v1", path("r/current")).unwrap();
    let args = args();
    // No watch covers a link in the middle of a path.
    let _updater = follow(builder(&args, path("p/first")).rescan_every(Duration::from_millis(100)));
    assert_eq!(args.a.get(), 1);
    repoint(&path("r/current"), Path::new("../v2"), true);
    until("the link in the path", || args.a.get() == 2);
    repoint(&path("q/middle"), &path("v3/config"), false);
    until("the link in the chain", || args.a.get() == 3);
    fs::write(path("v3/config/a"), "4").unwrap();
    until("an edit in the directory", || args.a.get() == 4);
}

#[test]
fn a_path_may_be_relative_with_dots_and_a_trailing_slash() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().canonicalize().unwrap();
    let mut volume = Volume::new(dir.join("config"), &[("a", "1")]);
    let up = std::env::current_dir()
        .unwrap()
        .canonicalize()
        .unwrap()
        .components()
        .count()
        - 1;
    let to_root: PathBuf = std::iter::repeat_n("..", up).collect();
    let relative = to_root.join(dir.strip_prefix("/").unwrap());
    for (n, path) in [
        "config",
        "config/",
        "./config/.",
        "../NAME/config/",
        "config/../config",
    ]
    .iter()
    .enumerate()
    {
        let path = relative.join(path.replace("NAME", dir.file_name().unwrap().to_str().unwrap()));
        volume.publish(&[("a", "1")]);
        let args = args();
        let _updater = follow(builder(&args, &path));
        assert_eq!(args.a.get(), 1, "{}", path.display());
        let value = u32::try_from(n + 2).unwrap();
        volume.publish(&[("a", &value.to_string())]);
        until("an update", || args.a.get() == value);
    }
}

#[test]
fn a_relative_path_is_resolved_when_the_updater_is_created() {
    const RERUN: &str = "DFLAG_TEST_OTHER_CURRENT_DIRECTORY";
    const NAME: &str = "a_relative_path_is_resolved_when_the_updater_is_created";
    if !is_rerun(RERUN) {
        // The current directory belongs to the whole process.
        assert!(rerun(NAME, RERUN).status().unwrap().success());
        return;
    }
    let outer = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(outer.path().join("config"), &[("a", "1")]);
    fs::create_dir(outer.path().join("config/.inside")).unwrap();
    for (n, (current, path)) in [("config", "."), ("config", "./"), ("config/.inside", "..")]
        .into_iter()
        .enumerate()
    {
        std::env::set_current_dir(outer.path().join(current)).unwrap();
        let args = args();
        let updater = builder(&args, path).build().unwrap();
        std::env::set_current_dir("/").unwrap();
        updater.initialize().unwrap();
        updater.start().unwrap();
        let value = u32::try_from(n + 2).unwrap();
        volume.publish(&[("a", &value.to_string())]);
        until("an update", || args.a.get() == value);
        assert_eq!(last_error(&updater), "");
    }
}

#[test]
fn files_beside_the_directory_or_with_a_leading_dot_are_ignored() {
    let outer = tempfile::tempdir().unwrap();
    let path = |name: &str| outer.path().join(name);
    let mut volume = Volume::new(path("config"), &[("b", "1")]);
    let args = args();
    let updater = follow(builder(&args, path("config")).deny_unknown(true));
    Volume::new(path("config-other"), &[("a", "666")]);
    fs::write(path("config.a"), "666").unwrap();
    fs::write(path("a"), "666").unwrap();
    for name in [".a", "..a", ".hidden"] {
        fs::write(path("config").join(name), "666").unwrap();
    }
    volume.publish(&[("b", "2"), (".text", "666")]);
    until("the update", || args.b.get() == 2);
    assert_eq!(
        (
            args.a.get(),
            last_error(&updater).as_str(),
            updater.status().unknown_key_sets
        ),
        (0, "", 0)
    );
}

#[test]
fn two_updaters_on_two_directories_do_not_disturb_each_other() {
    let outer = tempfile::tempdir().unwrap();
    let mut one = Volume::new(outer.path().join("one"), &[("a", "1")]);
    let mut two = Volume::new(outer.path().join("two"), &[("b", "1")]);
    let args = args();
    let first = builder(&args, &one.path).build().unwrap();
    let second = builder(&args, &two.path).build().unwrap();
    for updater in [&first, &second] {
        updater.initialize().unwrap();
    }
    first.start().unwrap();
    second.start().unwrap();
    assert_eq!((args.a.get(), args.b.get()), (1, 1));
    one.publish(&[("a", "2")]);
    two.publish(&[("b", "2")]);
    until("both", || args.a.get() == 2 && args.b.get() == 2);
    first.stop().unwrap();
    two.publish(&[("b", "3")]);
    until("the other flag", || args.b.get() == 3);
}

#[test]
fn the_parent_directory_need_not_be_readable() {
    const RERUN: &str = "DFLAG_TEST_AS_NOBODY";
    if is_root() && !is_rerun(RERUN) {
        use std::os::unix::process::CommandExt as _;
        const NOBODY: u32 = 65534;
        let name = "the_parent_directory_need_not_be_readable";
        match rerun(name, RERUN)
            .uid(NOBODY)
            .gid(NOBODY)
            .current_dir("/")
            .status()
        {
            Ok(status) => assert!(status.success()),
            Err(error) => println!("not run: can't run as another user: {error}"),
        }
        return;
    }
    let outer = tempfile::tempdir().unwrap();
    let parent = outer.path().join("parent");
    let mut volume = Volume::new(parent.join("config"), &[("a", "1"), ("text", "t")]);
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o300)).unwrap();
    let args = args();
    let updater = follow(builder(&args, &volume.path));
    assert_eq!(updater.status().watching, dflag_configmap::Watching::Events);
    volume.publish(&[("a", "2"), ("text", "t")]);
    until("an update", || args.a.get() == 2);

    // Without permission for the directory itself, it reports that and recovers.
    let mode = |mode| fs::set_permissions(&volume.path, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o000);
    until("the rejection", || last_error(&updater).contains("denied"));
    assert_eq!(args.a.get(), 2);
    mode(0o755);
    until("no error", || last_error(&updater).is_empty());

    // Without permission for one file.
    let secret = volume.path.join("..data/text").canonicalize().unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    updater.stop().unwrap();
    updater.start().unwrap();
    until("the rejection of one file", || {
        let text = last_error(&updater);
        text.contains("`text`") && text.contains("denied") && text.contains("check the permissions")
    });
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn the_timer_finds_changes_without_an_event() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    let mut volume = Volume::new(&dir, &[("a", "1")]);
    let args = args();
    let updater = follow(builder(&args, &dir).rescan_every(Duration::from_millis(20)));
    // None of the watched directories has an event if the grandparent is moved.
    let before = next_scan(&updater).last_scan;
    assert!(next_scan(&updater).last_scan > before);
    let moved = outer.path().with_extension("moved");
    fs::rename(outer.path(), &moved).unwrap();
    until("the absence", || {
        last_error(&updater).contains("does not exist")
    });
    fs::rename(&moved, outer.path()).unwrap();
    volume.publish(&[("a", "2")]);
    until("the update", || args.a.get() == 2);
}

#[test]
fn directory_that_vanishes_is_no_unfilled_volume() {
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("config");
    fs::create_dir(&dir).unwrap();
    let volume = Volume::unfilled(&dir, &["a"]);
    let args = args();
    let updater = follow(builder(&args, &volume.path));
    assert!(updater.status().is_unfilled);
    fs::remove_dir_all(&dir).unwrap();
    until("the error", || {
        last_error(&updater).contains("does not exist")
    });
    assert!(!updater.status().is_unfilled);
}
