//! Files of no flag: they are reported or ignored, whatever they are, and never opened.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use common::{Volume, args, builder, follow, last_error, with_causes};
use dflag::DynamicFlags;
use notify::event::AccessKind;
use notify::{EventKind, RecursiveMode, Watcher as _};

const MIB: u64 = 1 << 20;

/// A directory with one file, and where its other files belong: a volume, or else a plain directory.
fn directory(is_volume: bool, name: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let files = if is_volume {
        Volume::new(dir.path(), &[(name, "1")]);
        dir.path().join("..data").canonicalize().unwrap()
    } else {
        fs::write(dir.path().join(name), "1").unwrap();
        dir.path().to_owned()
    };
    (dir, files)
}

/// Creates a file of this size, which takes no space.
fn create(path: &Path, len: u64) {
    fs::File::create(path).unwrap().set_len(len).unwrap();
}

#[test]
fn only_files_of_flags_count_towards_the_limits_of_size() {
    for is_volume in [false, true] {
        let (dir, files) = directory(is_volume, "a");
        create(&files.join("server.log"), 64 * MIB);
        for n in 0..9 {
            create(&files.join(format!("dump-{n}")), 8 * MIB);
        }
        let args = args();
        let updater = follow(builder(&args, dir.path()));
        assert_eq!(args.a.get(), 1);
        assert_eq!(last_error(&updater), "");
        let unknown = updater.status().unknown_keys;
        assert_eq!(unknown.len(), 10);
        assert_eq!(unknown[9], "server.log");

        create(&files.join("text"), 9 * MIB);
        let error = with_causes(&updater.reload().unwrap_err());
        assert!(
            error.contains("`text`") && error.contains("longer than"),
            "{error}"
        );
    }
}

#[test]
fn prefix_and_ignored_keys_decide_which_files_are_of_flags() {
    for is_volume in [false, true] {
        let (dir, files) = directory(is_volume, "server.a");
        for name in [
            "server.log",  // unknown
            "worker.text", // another program's, as the next one
            "text",
            "server.b", // ignored, although it is a flag's
            "server.dump.orig",
        ] {
            create(&files.join(name), 64 * MIB);
        }
        let args = args();
        let own = |builder: dflag_configmap::Builder| {
            builder.prefix("server.").ignore(["server.b", "*.orig"])
        };
        let updater = follow(own(builder(&args, dir.path())));
        assert_eq!((args.a.get(), args.b.get()), (1, 0));
        assert_eq!(last_error(&updater), "");
        assert_eq!(updater.status().unknown_keys, ["server.log"]);

        create(&files.join("server.text"), 9 * MIB);
        let error = with_causes(&updater.reload().unwrap_err());
        assert!(
            error.contains("`text`") && error.contains("longer than"),
            "{error}"
        );
    }
}

#[test]
fn a_required_flag_is_supplied_beside_large_files() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Required {
        #[arg(id = "source", long = "data-source", alias = "dsn")]
        source: u8,
    }
    for key in ["data-source", "data_source", "dsn", "source"] {
        let (dir, files) = directory(true, &format!("server.{key}"));
        for n in 0..9 {
            create(&files.join(format!("server.dump-{n}")), 8 * MIB);
        }
        create(&files.join("dsn"), 64 * MIB);
        let parsed =
            dflag_configmap::try_parse_from_with::<Required, _, _>(["x"], dir.path(), |builder| {
                builder.prefix("server.")
            });
        assert_eq!(parsed.unwrap().0.load().source, 1, "{key}");
    }
}

#[test]
fn an_unknown_key_is_reported_by_its_name_whatever_its_file_is() {
    let names = ["binary", "dangling", "fifo", "folder", "locked"];
    for deny in [false, true] {
        let (dir, files) = directory(false, "a");
        let path = |name: &str| files.join(name);
        fs::write(path("binary"), b"hunter2 \xff\xfe").unwrap();
        symlink("nowhere", path("dangling")).unwrap();
        let status = std::process::Command::new("mkfifo")
            .arg(path("fifo"))
            .status();
        assert!(status.unwrap().success());
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("locked"), "1").unwrap();
        fs::set_permissions(path("locked"), fs::Permissions::from_mode(0o000)).unwrap();

        let args = args();
        let updater = builder(&args, dir.path()).deny_unknown(deny);
        let updater = updater.build().unwrap();
        let initialized = updater.initialize();
        assert_eq!(updater.status().unknown_keys, names);
        if deny {
            let error = with_causes(&initialized.unwrap_err());
            for name in names {
                assert!(error.contains(&format!("`{name}`")), "{error}");
            }
            assert_eq!(error.matches("no flag has this name").count(), 5, "{error}");
            assert!(!error.contains("hunter2"), "{error}");
            assert_eq!(args.a.get(), 0);
        } else {
            initialized.unwrap();
            assert_eq!(args.a.get(), 1);
        }
    }
}

#[test]
fn a_file_of_no_flag_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let of_flags = ["server.a", "server.text"];
    let others = ["server.log", "server.b", "a", "worker.a"];
    for name in of_flags.iter().chain(&others) {
        fs::write(path(name), "1").unwrap();
    }
    let (send, events) = std::sync::mpsc::channel();
    let mut watcher = notify::recommended_watcher(send).unwrap();
    watcher
        .watch(dir.path(), RecursiveMode::NonRecursive)
        .unwrap();
    let args = args();
    let updater = follow(
        builder(&args, dir.path())
            .prefix("server.")
            .ignore(["server.b"]),
    );
    updater.reload().unwrap();
    assert_eq!(updater.status().unknown_keys, ["server.log"]);

    // The events are in order, so that all of the updater's are there once this one is.
    fs::write(path("end"), "").unwrap();
    let mut opened = BTreeSet::new();
    while !opened.contains(&path("end")) {
        let event = events.recv_timeout(Duration::from_secs(10));
        let event = event.unwrap().unwrap();
        if matches!(event.kind, EventKind::Access(AccessKind::Open(_))) {
            opened.extend(event.paths);
        }
    }
    for name in of_flags {
        assert!(opened.contains(&path(name)), "{name}");
    }
    for name in others {
        assert!(!opened.contains(&path(name)), "{name}");
    }
}
