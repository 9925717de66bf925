//! Values that a flag's parser reads from a file of its own, which the directory only names.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use clap::builder::StringValueParser;
use clap::{CommandFactory, Parser};
use common::{Volume, follow, last_error, next_scan, until};
use dflag::value::or_file;
use dflag::{DynamicFlags, Flags};
use dflag_configmap::Updater;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "none")]
    #[flag(dynamic, secret)]
    token: String,

    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    limit: u32,
}

fn args(secrets: &Path) -> Flags<Args> {
    let parser = or_file(StringValueParser::new()).within(secrets);
    let mut command = Args::command().mut_arg("token", |arg| arg.value_parser(parser));
    let matches = command.try_get_matches_from_mut(["test"]).unwrap();
    Flags::from_command(command, &matches).unwrap()
}

/// Replaces a file, so that no scan reads it half written.
fn replace(file: &Path, content: &str) {
    let new = file.with_extension("new");
    fs::write(&new, content).unwrap();
    fs::rename(new, file).unwrap();
}

struct Setup {
    secrets: tempfile::TempDir,
    directory: tempfile::TempDir,
    volume: Volume,
    text: String,
    args: Flags<Args>,
    updater: Updater,
}

fn setup() -> Setup {
    let secrets = tempfile::tempdir().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = secrets.path().join("token");
    fs::write(&file, "one\n").unwrap();
    let text = format!("@{}", file.display());
    let volume = Volume::new(directory.path(), &[("token", &text), ("limit", "1")]);
    let args = args(secrets.path());
    let builder = Updater::builder(&args, directory.path());
    let updater = follow(builder.rescan_every(Duration::from_millis(10)));
    Setup {
        secrets,
        directory,
        volume,
        text,
        args,
        updater,
    }
}

#[test]
fn changed_file_is_applied_although_the_directory_is_the_same() {
    let setup = setup();
    assert_eq!(*setup.args.token.load(), "one");
    let before = setup.updater.status();
    replace(&setup.secrets.path().join("token"), "two\n");
    until("the file's content", || *setup.args.token.load() == "two");
    until("the count", || {
        setup.updater.status().applied == before.applied + 1
    });
    assert_eq!(last_error(&setup.updater), "");

    // Scans that find nothing new neither publish nor count.
    let generation = setup.args.generation();
    next_scan(&setup.updater);
    let status = next_scan(&setup.updater);
    assert_eq!((status.applied, status.rejected), (before.applied + 1, 0));
    assert_eq!(setup.args.generation(), generation);
    assert!(setup.directory.path().exists());
}

#[test]
fn file_that_is_gone_is_an_error_until_it_is_back() {
    let setup = setup();
    let file = setup.secrets.path().join("token");
    fs::remove_file(&file).unwrap();
    until("the error", || !last_error(&setup.updater).is_empty());
    let error = last_error(&setup.updater);
    assert!(error.contains(&file.display().to_string()), "{error}");
    next_scan(&setup.updater);
    assert_eq!(next_scan(&setup.updater).rejected, 1);
    assert_eq!(*setup.args.token.load(), "one");

    replace(&file, "three");
    until("recovery", || last_error(&setup.updater).is_empty());
    assert_eq!(*setup.args.token.load(), "three");
}

#[test]
fn value_that_names_no_file_any_longer_is_not_read_again() {
    let mut setup = setup();
    setup.volume.publish(&[("token", "plain"), ("limit", "2")]);
    until("the update", || setup.args.limit.get() == 2);
    replace(&setup.secrets.path().join("token"), "two");
    next_scan(&setup.updater);
    next_scan(&setup.updater);
    assert_eq!(*setup.args.token.load(), "plain");
    setup
        .volume
        .publish(&[("token", &setup.text), ("limit", "3")]);
    until("the file", || *setup.args.token.load() == "two");
}

/// There is no earlier content to go back to.
#[test]
fn changed_file_is_not_put_on_probation() {
    let secrets = tempfile::tempdir().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = secrets.path().join("token");
    fs::write(&file, "one\n").unwrap();
    let text = format!("@{}", file.display());
    let _volume = Volume::new(directory.path(), &[("token", &text)]);
    let args = args(secrets.path());
    let updater = follow(
        Updater::builder(&args, directory.path())
            .rescan_every(Duration::from_millis(20))
            .probation(Duration::from_secs(3600), || Ok(())),
    );
    replace(&file, "two\n");
    until("the update", || args.token.get() == "two");
    next_scan(&updater);
    assert!(updater.status().probation.is_none());
}
