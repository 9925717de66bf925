//! Errors at start: what a program prints that exits with them, or whose `main` returns them.

#![allow(clippy::unwrap_used)] // test helpers may panic as well

mod common;

use std::path::Path;
use std::process::Output;

use common::{Volume, args, builder, is_rerun, rerun, with_causes};
use dflag::OnInvalid;
use dflag_configmap::{BuildError, InitializeError, SetupError, Updater};

const DIRECTORY: &str = "DFLAG_TEST_EXIT_DIRECTORY";

/// Runs `test` in a process that exits with the error of `setup`.
fn exit_of(test: &str, directory: &Path) -> Output {
    let mut command = rerun(test, "DFLAG_TEST_EXIT");
    command.env(DIRECTORY, directory).output().unwrap()
}

fn exit_if_rerun() {
    if is_rerun("DFLAG_TEST_EXIT") {
        let directory = std::env::var_os(DIRECTORY).unwrap();
        let args = args();
        let _updater =
            dflag_configmap::setup(&args, directory).unwrap_or_else(|error| error.exit());
    }
}

#[test]
fn exit_prints_one_paragraph_with_path_key_reason_and_remedy() {
    exit_if_rerun();
    let test = "exit_prints_one_paragraph_with_path_key_reason_and_remedy";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().display();

    let output = exit_of(test, &dir.path().join("absent"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "error: the ConfigMap directory can't be used, all flags keep their values: \
             `{path}/absent` does not exist; mount the ConfigMap there, or make the directory \
             optional in the program\n"
        )
    );

    Volume::new(dir.path(), &[("a", "many")]);
    let output = exit_of(test, dir.path());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "error: ConfigMap {path} rejected, all flags keep their values: `a` ({path}/a): \
             invalid value 'many' for '--a <A>': invalid digit found in string; \
             correct the ConfigMap and start again\n"
        )
    );

    std::fs::remove_file(dir.path().join("..data/a")).unwrap();
    std::os::unix::fs::symlink("absent", dir.path().join("..data/a")).unwrap();
    let output = exit_of(test, dir.path());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!(
            "error: ConfigMap {path} rejected, all flags keep their values: `a` ({path}/a): a link to nothing; \
             correct the volume and start again\n"
        )
    );
}

/// Rust prints the `Debug` text of an error that `main` returns.
#[test]
fn debug_text_is_the_message_and_no_cause_is_in_it_twice() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    std::os::unix::fs::symlink("loop", dir.path().join("loop")).unwrap();
    Volume::new(dir.path().join("bad"), &[("a", "many"), ("b", "more")]);
    for (name, parts) in [
        ("absent", &["absent", "does not exist"][..]),
        ("file", &["is not a directory"]),
        ("loop", &["can't be read", "os error 40"]),
        ("bad", &["`a`", "'many'", "`b`", "'more'", "\ncorrect the"]),
    ] {
        let error = dflag_configmap::setup(&args(), dir.path().join(name)).unwrap_err();
        let text = error.to_string();
        assert_eq!(format!("{error:?}"), text);
        assert_eq!(with_causes(&error), text);
        for part in parts {
            assert_eq!(text.matches(part).count(), 1, "{part}: {text}");
        }
        let SetupError::Initialize(error) = error else {
            unreachable!("{error}")
        };
        assert_eq!(format!("{error:?}"), text);
        if let InitializeError::Directory(error) = error {
            assert_eq!(format!("{error:?}"), error.to_string());
        }
    }
    let error = Updater::new(&args(), "").unwrap_err();
    assert!(matches!(error, BuildError::EmptyPath));
    assert_eq!(format!("{error:?}"), error.to_string());
    let error =
        dflag_configmap::try_parse_from::<common::Args, _, _>(["x", "--typo"], "").unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[test]
fn a_path_with_invisible_characters_is_escaped() {
    let error = dflag_configmap::setup(&args(), "/etc/no\u{200b}where\n").unwrap_err();
    let text = error.to_string();
    assert!(text.contains(r"`/etc/no\u{200b}where\n`"), "{text}");

    let args = args();
    let _first = dflag_configmap::Updater::new(&args, "/etc/no\nwhere").unwrap();
    let text = dflag_configmap::Updater::new(&args, "/etc/no\nwhere")
        .unwrap_err()
        .to_string();
    assert!(text.contains(r"`/etc/no\nwhere`"), "{text}");
}

#[test]
fn keep_valid_at_start_applies_the_valid_keys_and_says_what_the_others_keep() {
    common::log::capture();
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("a", "many"), ("b", "2")]);
    let args = common::args_from(["test", "--a=7"]);
    let updater = builder(&args, dir.path())
        .on_invalid(OnInvalid::KeepValid)
        .build()
        .unwrap();
    updater.initialize().unwrap();
    assert_eq!((args.a.get(), args.b.get()), (7, 2));
    let error = updater.status().last_error.unwrap().to_string();
    assert!(
        error.contains(
            "its valid keys are applied, and the flags of these keys keep the values that they had"
        ),
        "{error}"
    );
    let records = common::log::records(dir.path().to_str().unwrap());
    let warnings: Vec<_> = records
        .iter()
        .filter(|line| line.contains("WARN"))
        .collect();
    assert_eq!(warnings.len(), 1, "{records:?}");
    // There are no last good values yet, and not all flags keep theirs.
    for part in ["last good", "all flags keep"] {
        assert!(
            !warnings.iter().any(|line| line.contains(part)),
            "{records:?}"
        );
    }
}
