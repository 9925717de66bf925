//! The volume for users' tests leaves what kubelet leaves.

#![allow(clippy::unwrap_used, reason = "tests may panic")]
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser;
use dflag::DynamicFlags;
use dflag_configmap::Updater;
use dflag_configmap::testing::Volume;
use dflag_tests::kubelet;

/// All entries of a directory: for each path its mode, and the content or the target of a link. The name of
/// the generation is replaced, because it is a time and a random number.
fn tree(root: &Path) -> BTreeMap<String, (u32, String)> {
    let generation = fs::read_link(root.join("..data")).ok();
    let generation = generation.map_or_else(String::new, |name| name.to_str().unwrap().to_owned());
    let is_name = |name: &str| {
        let parts: Vec<&str> = name.trim_start_matches("..").split(['_', '.']).collect();
        parts.len() == 7 && parts.iter().all(|part| part.parse::<u64>().is_ok())
    };
    assert!(
        generation.is_empty() || is_name(&generation),
        "{generation}"
    );
    let named = |text: &str| text.replace(&*generation, "GENERATION");
    let (mut all, mut folders) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_symlink() {
                named(fs::read_link(&path).unwrap().to_str().unwrap())
            } else if metadata.is_dir() {
                folders.push(path.clone());
                String::new()
            } else {
                fs::read_to_string(&path).unwrap()
            };
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            let name = if generation.is_empty() {
                name.to_owned()
            } else {
                named(name)
            };
            all.insert(name, (metadata.permissions().mode(), content));
        }
    }
    all
}

#[test]
fn each_update_leaves_what_kubelet_leaves() {
    let (ours, parent) = (Volume::new().unwrap(), tempfile::tempdir().unwrap());
    let mut theirs = kubelet::Volume::create(parent.path().join("flags")).unwrap();
    let updates: [&[(&str, &str)]; 6] = [
        &[("a", "1"), ("b.c", "2")],
        &[("a", "1"), ("b.c", "3")],
        &[("a", "1"), ("b.c", "3")],
        &[("b.c", "3")],
        &[],
        &[("a", ""), ("d-e", "4\n"), ("..f", "5")],
    ];
    for update in updates {
        let inode = || fs::read_link(ours.path().join("..data")).ok();
        let before = inode();
        let valid = update.iter().filter(|(key, _)| !key.starts_with(".."));
        ours.apply(valid.clone().copied()).unwrap();
        let payload: Vec<_> = valid.map(|(key, text)| (*key, text.as_bytes())).collect();
        let outcome = theirs.write(&payload).unwrap();
        assert_eq!(tree(ours.path()), tree(theirs.root()), "{update:?}");
        let is_new = outcome == kubelet::Outcome::Published;
        assert_eq!(inode() != before, is_new, "{update:?}");
    }
}

#[test]
fn invalid_key_changes_nothing() {
    let volume = Volume::new().unwrap();
    volume.apply([("a", "1")]).unwrap();
    let before = tree(volume.path());
    for key in ["", ".", "..", "..data", "a/b", "a b", "ä", &"x".repeat(254)] {
        let error = volume.apply([("a", "2"), (key, "")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{key}");
    }
    assert_eq!(tree(volume.path()), before);
}

#[test]
fn reader_never_sees_a_mixture_of_two_updates() {
    let (volume, done) = (Volume::new().unwrap(), AtomicBool::new(false));
    volume.apply([("a", "0"), ("b", "0")]).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1..300 {
                let n = n.to_string();
                volume.apply([("a", &*n), ("b", &*n)]).unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        while !done.load(Ordering::SeqCst) {
            let generation = fs::read_link(volume.path().join("..data")).unwrap();
            let generation = volume.path().join(generation);
            let read = |key| fs::read_to_string(generation.join(key)).ok();
            // What is already removed is not read.
            if let (Some(a), Some(b)) = (read("a"), read("b")) {
                assert_eq!(a, b);
            }
        }
    });
}

#[test]
fn temporary_directory_is_removed_and_a_given_one_is_not() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("x/flags");
    let volume = Volume::at(&path).unwrap();
    volume.apply([("a", "1")]).unwrap();
    drop(volume);
    let again = Volume::at(&path).unwrap();
    let inode = || fs::metadata(path.join("..data")).unwrap().ino();
    let before = inode();
    again.apply([("a", "1")]).unwrap();
    assert_eq!(inode(), before);

    let [one, other] = [(); 2].map(|()| Volume::new().unwrap());
    assert_ne!(one.path(), other.path());
    let path = one.path().to_owned();
    one.apply([("a", "1")]).unwrap();
    drop(one);
    assert!(!path.exists());
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    limit: u32,
}

/// What a user's test looks like.
#[test]
fn program_follows_the_volume() {
    let volume = Volume::new().unwrap();
    volume.apply([("limit", "1")]).unwrap();
    let args = dflag::Flags::from_value(Args { limit: 7 }).unwrap();
    let updater: Updater = dflag_configmap::setup(&args, volume.path()).unwrap();
    assert_eq!(args.limit.get(), 1);

    volume.apply([("limit", "2")]).unwrap();
    let deadline = Duration::from_secs(20);
    args.limit.wait_for(|limit| *limit == 2, deadline).unwrap();

    volume.apply([("other", "x")]).unwrap();
    args.limit.wait_for(|limit| *limit == 7, deadline).unwrap();
    updater.stop().unwrap();
}
