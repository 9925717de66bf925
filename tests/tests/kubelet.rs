//! The writer of ConfigMap volumes: its files, the order of its steps, and what a reader can rely on.

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

/// An empty volume, and the guard of its parent directory.
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

/// The names of the keys.
fn visible(volume: &Volume) -> Vec<String> {
    let names = names(volume.root()).into_iter();
    names.filter(|name| !name.starts_with("..")).collect()
}

/// The number of generations on disk, published or not.
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

/// The steps of one update, without consecutive repetitions.
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
fn the_directory_is_empty_before_the_first_write() {
    let (_parent, mut volume) = volume();
    assert!(names(volume.root()).is_empty());

    assert_eq!(volume.write(ONE).unwrap(), Outcome::Published);
    assert_eq!(visible(&volume), ["a", "b"]);
    assert_eq!(fs::read(volume.root().join("a")).unwrap(), b"1");
}

#[test]
fn each_version_of_kubelet_has_its_order_of_steps() {
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
fn equal_contents_are_not_written_again() {
    let (_parent, mut volume) = volume();
    volume.write(ONE).unwrap();
    let before = fs::read_link(data(&volume)).unwrap();

    assert_eq!(steps(&mut volume, ONE), []);
    assert_eq!(volume.write(ONE).unwrap(), Outcome::Unchanged);
    assert_eq!(fs::read_link(data(&volume)).unwrap(), before);
}

#[test]
fn a_generation_has_the_name_and_modes_that_kubelet_sets() {
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
fn an_update_leaves_one_generation() {
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
fn all_keys_can_be_removed() {
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
fn a_leftover_temporary_link_fails_one_update_and_the_next_starts_again() {
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
fn a_missing_link_is_made_by_an_equal_write_since_1_30_only() {
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
fn a_key_that_becomes_a_directory_fails_the_write_and_tears_down_the_volume() {
    let (_parent, mut volume) = volume();
    volume.write(&[("x", b"1")]).unwrap();
    let failed = volume.write(&[("x/y", b"1")]).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::NotADirectory);
    assert!(!volume.root().exists());
}

#[test]
fn an_fs_group_sets_the_mode_of_all_files() {
    let (_parent, volume) = volume();
    let mut volume = volume.fs_group(true);
    volume.write(ONE).unwrap();
    assert_eq!(mode(volume.root()), 0o2755);
    assert_eq!(mode(&data(&volume)), 0o2755);
    assert_eq!(mode(&volume.root().join("a")), 0o644);
}

#[test]
fn names_that_kubernetes_rejects_are_rejected() {
    for path in ["", "..x", "../x", "/x", "x/../y"] {
        let (_parent, mut volume) = volume();
        let rejected = volume.write(&[(path, b"1")]).unwrap_err();
        assert_eq!(rejected.kind(), ErrorKind::InvalidInput, "{path}");
    }
}

/// A reader that resolves `..data` once and reads below the result gets the files of one generation, or an error
/// because the generation has been removed.
#[test]
fn a_reader_gets_one_whole_generation_or_an_error_while_it_is_replaced() {
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
                    (Err(error), _) | (_, Err(error)) => {
                        assert_eq!(error.kind(), ErrorKind::NotFound);
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
