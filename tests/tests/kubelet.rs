//! The writer itself: what it leaves on disk, in which order, and what a reader can rely on.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use dflag_tests::kubelet::{Order, Outcome, Payload, Step, Volume};
use tempfile::TempDir;

const ONE: &Payload<'_> = &[("a", b"1"), ("b", b"1")];

/// A volume, and the directory to hold on to while it is used.
fn volume() -> (TempDir, Volume) {
    let parent = tempfile::tempdir().unwrap();
    let volume = Volume::create(parent.path().join("flags")).unwrap();
    (parent, volume)
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The names that a user sees.
fn visible(volume: &Volume) -> Vec<String> {
    let names = names(volume.root()).into_iter();
    names.filter(|name| !name.starts_with("..")).collect()
}

/// The generations on disk, published or not.
fn generations(volume: &Volume) -> usize {
    let names = names(volume.root());
    names.iter().filter(|name| name.starts_with("..2")).count()
}

fn data(volume: &Volume) -> PathBuf {
    volume.root().join("..data")
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// The steps of one update, those in a row that are alike taken as one.
fn steps(volume: &mut Volume, payload: &Payload<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    volume
        .write_with(payload, |step| {
            steps.push(step);
            ControlFlow::Continue(())
        })
        .unwrap();
    steps.dedup();
    steps
}

#[test]
fn the_directory_is_there_and_empty_before_the_first_write() {
    let (_parent, mut volume) = volume();
    assert!(names(volume.root()).is_empty());

    assert_eq!(volume.write(ONE).unwrap(), Outcome::Published);
    assert_eq!(visible(&volume), ["a", "b"]);
    assert_eq!(fs::read(volume.root().join("a")).unwrap(), b"1");
}

#[test]
fn each_kubelet_takes_its_steps_in_its_order() {
    use Step::{File, LinkKey, LinkNext, MakeDirectory, Own, Publish, RemoveOld, UnlinkKey};

    let current = vec![
        MakeDirectory,
        File,
        Own,
        LinkNext,
        Publish,
        LinkKey,
        UnlinkKey,
        RemoveOld,
    ];
    let before_2021 = vec![
        MakeDirectory,
        File,
        LinkKey,
        LinkNext,
        Publish,
        UnlinkKey,
        RemoveOld,
        Own,
    ];
    let table = [
        (Order::Current, current.clone()),
        (Order::Until1_29, current),
        (Order::Before2021, before_2021),
    ];
    for (order, expected) in table {
        let (_parent, volume) = volume();
        let mut volume = volume.order(order).fs_group(true);
        volume.write(ONE).unwrap();
        assert_eq!(
            steps(&mut volume, &[("a", b"1"), ("c", b"1")]),
            expected,
            "{order:?}",
        );
    }
}

#[test]
fn equal_contents_are_not_written() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();
    let before = fs::read_link(data(&volume)).unwrap();

    assert_eq!(steps(&mut volume, ONE), []);
    assert_eq!(volume.write(ONE).unwrap(), Outcome::Unchanged);
    assert_eq!(fs::read_link(data(&volume)).unwrap(), before);
}

#[test]
fn a_generation_has_kubelets_name_and_modes() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();

    let name = fs::read_link(data(&volume)).unwrap();
    let name = name.to_str().unwrap();
    let shape: String = name
        .chars()
        .map(|char| if char.is_ascii_digit() { '0' } else { char })
        .collect();
    assert!(shape.starts_with("..0000_00_00_00_00_00.0"), "{name}");
    assert_eq!(mode(&volume.root().join(name)), 0o755);
    assert_eq!(mode(&volume.root().join("a")), 0o644);
    assert_eq!(
        fs::read_link(volume.root().join("a")).unwrap(),
        Path::new("..data/a"),
    );
}

#[test]
fn only_one_generation_is_left_after_an_update() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();
    volume.write(&[("a", b"2"), ("b", b"2")]).unwrap();
    assert_eq!(generations(&volume), 1);
    assert_eq!(names(volume.root()).len(), 4);
}

#[test]
fn a_new_key_is_published_before_it_is_visible() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();
    let root = volume.root().to_owned();
    volume
        .write_with(&[("a", b"1"), ("b", b"1"), ("c", b"1")], |step| {
            if step == Step::LinkKey {
                assert!(root.join("..data/c").exists());
                assert!(!root.join("c").is_symlink());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(root.join("c").exists());
}

#[test]
fn before_2021_a_new_key_is_visible_and_dangles_before_it_is_published() {
    let (_parent, volume) = volume();
    let mut volume = volume.order(Order::Before2021);
    volume.write(ONE).unwrap();
    let root = volume.root().to_owned();
    volume
        .write_with(&[("a", b"1"), ("b", b"1"), ("c", b"1")], |step| {
            if step == Step::Publish {
                assert!(root.join("c").is_symlink());
                assert!(!root.join("c").exists());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(root.join("c").exists());
}

#[test]
fn a_removed_key_dangles_until_it_is_unlinked() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();

    volume.die_after_publish(&[("a", b"1")]).unwrap();
    assert!(volume.root().join("b").is_symlink());
    assert!(!volume.root().join("b").exists());

    volume.write(ONE).unwrap();
    volume.write(&[("a", b"1")]).unwrap();
    assert_eq!(visible(&volume), ["a"]);
}

#[test]
fn all_keys_can_go() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();
    assert_eq!(volume.write(&[]).unwrap(), Outcome::Published);
    assert!(visible(&volume).is_empty());
    assert!(names(&data(&volume)).is_empty());
}

#[test]
fn a_death_before_the_publish_leaves_an_orphan_beside_the_old_generation() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();

    let outcome = volume.die_before_publish(&[("a", b"2")]).unwrap();
    assert_eq!(outcome, Outcome::Died);
    assert_eq!(generations(&volume), 2);
    assert_eq!(fs::read(volume.root().join("a")).unwrap(), b"1");

    assert_eq!(volume.write(&[("a", b"3")]).unwrap(), Outcome::Published);
    assert_eq!(fs::read(volume.root().join("a")).unwrap(), b"3");
}

#[test]
fn a_left_over_next_link_fails_the_next_update_and_the_one_after_begins_anew() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();
    volume.write_until(&[("a", b"2")], Step::Publish).unwrap();
    assert!(volume.root().join("..data_tmp").is_symlink());

    let failed = volume.write(&[("a", b"3")]).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::AlreadyExists);
    assert!(!volume.root().exists());

    volume.write(&[("a", b"3")]).unwrap();
    assert_eq!(fs::read(volume.root().join("a")).unwrap(), b"3");
}

#[test]
fn a_link_that_was_not_made_stays_away_until_1_29_and_is_made_up_for_since() {
    let more: &Payload<'_> = &[("a", b"1"), ("b", b"1"), ("c", b"1")];
    for (order, appears) in [(Order::Until1_29, false), (Order::Current, true)] {
        let (_parent, volume) = volume();
        let mut volume = volume.order(order);
        volume.write(ONE).unwrap();
        volume.die_after_publish(more).unwrap();
        assert!(data(&volume).join("c").exists());
        assert_eq!(visible(&volume), ["a", "b"]);

        assert_eq!(volume.write(more).unwrap(), Outcome::Unchanged);
        assert_eq!(volume.root().join("c").exists(), appears, "{order:?}");
    }
}

#[test]
fn a_key_with_a_path_is_visible_as_one_directory() {
    let (_parent, mut volume) = volume();
    volume
        .write(&[("dir/x", b"1"), ("dir/y", b"2"), ("z", b"3")])
        .unwrap();
    assert_eq!(visible(&volume), ["dir", "z"]);
    assert_eq!(fs::read(volume.root().join("dir/y")).unwrap(), b"2");

    volume.write(&[("dir/x", b"1"), ("z", b"3")]).unwrap();
    assert_eq!(names(&volume.root().join("dir")).len(), 1);
}

#[test]
fn a_key_that_becomes_a_directory_fails_the_write_and_the_volume_is_torn_down() {
    let (_parent, mut volume) = volume();
    volume.write(&[("x", b"1")]).unwrap();
    let failed = volume.write(&[("x/y", b"1")]).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::NotADirectory);
    assert!(!volume.root().exists());
}

#[test]
fn an_fs_group_touches_everything_in_the_volume() {
    let (_parent, volume) = volume();
    let mut volume = volume.fs_group(true);
    volume.write(ONE).unwrap();
    assert_eq!(mode(volume.root()), 0o2755);
    assert_eq!(mode(&data(&volume)), 0o2755);
    assert_eq!(mode(&volume.root().join("a")), 0o644);
}

#[test]
fn names_that_no_config_map_holds_are_rejected() {
    for path in ["", "..x", "../x", "/x", "x/../y"] {
        let (_parent, mut volume) = volume();
        let rejected = volume.write(&[(path, b"1")]).unwrap_err();
        assert_eq!(rejected.kind(), ErrorKind::InvalidInput, "{path}");
    }
}

/// Contract: whoever resolves `..data` once and reads inside it reads one generation, whole, or
/// finds it gone and has to read again.
#[test]
fn a_generation_is_read_whole_or_found_gone_however_fast_it_is_replaced() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();
    let (root, data) = (volume.root().to_owned(), data(&volume));
    let done = AtomicBool::new(false);
    let pairs = AtomicUsize::new(0);

    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let generation = root.join(fs::read_link(&data).unwrap());
                let read = |key| fs::read(generation.join(key));
                match (read("a"), read("b")) {
                    (Ok(a), Ok(b)) => {
                        assert_eq!(a, b);
                        pairs.fetch_add(1, Ordering::Relaxed);
                    }
                    (Err(gone), _) | (_, Err(gone)) => {
                        assert_eq!(gone.kind(), ErrorKind::NotFound);
                    }
                }
            }
        });
        let mut value = 0_u32;
        while value < 300 || (pairs.load(Ordering::Relaxed) < 300 && !reader.is_finished()) {
            value += 1;
            let text = value.to_string();
            volume
                .write(&[("a", text.as_bytes()), ("b", text.as_bytes())])
                .unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
}
