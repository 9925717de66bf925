//! Arguments that no struct with `DynamicFlags` declares, and a directory that has their keys.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::path::Path;

use clap::{ArgAction, Parser};
use common::{Volume, follow, log, until};
use dflag::{DynamicFlags, MASK, Problem};
use dflag_configmap::{Builder, ParseError, SetupError, Updater};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    a: u32,

    #[command(flatten)]
    foreign: Foreign,
}

/// Such as one of another crate.
#[derive(Clone, Debug, clap::Args)]
struct Foreign {
    #[arg(long, short, action = ArgAction::Count)]
    verbose: u8,

    #[arg(long, conflicts_with = "verbose")]
    quiet: bool,

    #[arg(long)]
    token: Option<String>,
}

type Parsed = Result<(dflag::Flags<Args>, Updater), ParseError>;

fn parse_with(
    line: &[&str],
    directory: &Path,
    options: impl FnOnce(Builder<()>) -> Builder<()>,
) -> Parsed {
    dflag_configmap::try_parse_from_with(line, directory, options)
}

fn parse(line: &[&str], directory: &Path) -> Parsed {
    parse_with(line, directory, |builder| builder)
}

#[test]
fn parse_inserts_uncovered_arguments_from_the_directory() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let files = [("verbose", "2\n"), ("token", "hunter2\n"), ("a", "1")];
    let mut volume = Volume::new(dir.path(), &files);
    let (args, updater) =
        parse_with(&["test"], dir.path(), |builder| builder.deny_unknown(true)).unwrap();
    let now = args.load();
    assert_eq!((now.foreign.verbose, now.a), (2, 1));
    assert_eq!(now.foreign.token.as_deref(), Some("hunter2"));
    let token = args.flag("token").unwrap();
    assert!(
        token.origin.to_string().ends_with("/token)"),
        "{}",
        token.origin
    );
    assert_eq!(token.value.as_deref(), Some(MASK));
    let status = updater.status();
    assert!(status.unknown_keys.is_empty() && status.last_error.is_none());
    assert!(status.pending_restart.is_empty());

    volume.publish(&[("verbose", "3"), ("a", "2")]);
    until("the update", || args.a.get() == 2);
    let pending = updater.status().pending_restart;
    let names: Vec<_> = pending.iter().map(|pending| &*pending.flag).collect();
    assert_eq!(names, ["verbose", "token"]);
    assert_eq!(pending[0].value.as_deref(), Some(MASK));
    assert_eq!(args.load().foreign.verbose, 2);

    volume.publish(&[("verbose", "hunter3"), ("a", "3")]);
    until("the rejection", || updater.status().last_error.is_some());
    assert_eq!(args.a.get(), 2);
    let error = common::last_error(&updater);
    assert!(error.contains("/verbose): rejected"), "{error}");
    for text in [
        error,
        format!("{:?}", updater.status()),
        log::records("").concat(),
    ] {
        assert!(!text.contains("hunter"), "{text}");
    }
}

#[test]
fn command_line_takes_precedence_at_parse() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("verbose", "2")]);
    let (args, updater) = parse(&["test", "-v"], dir.path()).unwrap();
    assert_eq!(args.load().foreign.verbose, 1);
    let status = updater.status();
    assert!(status.pending_restart.is_empty() && status.unknown_keys.is_empty());
    assert_eq!(status.shadowed[0].flag, "verbose");
}

#[test]
fn conflict_with_a_key_names_its_file() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("verbose", "2")]);
    let error = parse(&["test", "--quiet"], dir.path())
        .unwrap_err()
        .to_string();
    let file = dir.path().join("verbose");
    let expected = format!("`--verbose` is set by ConfigMap ({})", file.display());
    assert!(error.contains(&expected), "{error}");
}

#[test]
fn help_and_errors_of_the_command_line_need_no_directory() {
    let absent = Path::new("/nonexistent/dflag");
    for line in [["test", "--help"], ["test", "--unknown"]] {
        let error = parse(&line, absent).unwrap_err().to_string();
        let alone = Args::try_parse_from(line).unwrap_err().to_string();
        assert_eq!(error.trim_end(), alone.trim_end());
    }
}

#[test]
fn directory_that_cannot_be_read_is_the_updaters_error() {
    let dir = tempfile::tempdir().unwrap();
    let absent = dir.path().join("absent");
    let error = parse(&["test"], &absent).unwrap_err();
    assert!(
        matches!(error, ParseError::Setup(SetupError::Initialize(_))),
        "{error:?}"
    );
    let (args, updater) = parse_with(&["test"], &absent, |builder| builder.optional(true)).unwrap();
    assert_eq!(args.load().foreign.verbose, 0);
    // A key that appears later is the parse's, too.
    Volume::new(&absent, &[("verbose", "2"), ("a", "1")]);
    until("the update", || args.a.get() == 1);
    assert_eq!(updater.status().pending_restart[0].flag, "verbose");
}

#[test]
fn with_setup_the_key_is_reported_and_the_rest_is_applied() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("token", "hunter2"), ("a", "1")]);
    let args = Args::try_parse_dynamic_from(["test"]).unwrap();
    let builder =
        || Updater::builder(&args, dir.path()).rescan_every(std::time::Duration::from_millis(10));
    let updater = follow(builder());
    assert_eq!((args.a.get(), &args.load().foreign.token), (1, &None));
    assert_eq!(updater.status().unknown_keys, ["token"]);
    assert_eq!(args.sources()[0].unknown_keys, ["token"]);
    volume.publish(&[("token", "hunter3"), ("a", "2")]);
    until("the update", || args.a.get() == 2);
    common::several_scans(&updater);
    let mut records = log::records(dir.path().to_str().unwrap());
    records.retain(|record| record.contains("WARN"));
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(
        records[0].contains("`token`") && records[0].contains("configmap::parse"),
        "{records:?}"
    );
    drop(updater);

    let denying = builder().deny_unknown(true).build().unwrap();
    let error = denying.initialize().unwrap_err().to_string();
    assert!(
        error.contains("/token): an argument of this program that a source cannot set"),
        "{error}"
    );
    assert!(!error.contains("hunter"), "{error}");
}

#[test]
fn file_of_an_uncovered_key_is_not_read_with_setup() {
    let dir = tempfile::tempdir().unwrap();
    // A dangling link: an error if it is read.
    std::os::unix::fs::symlink("nowhere", dir.path().join("token")).unwrap();
    std::fs::write(dir.path().join("a"), "1").unwrap();
    let args = Args::try_parse_dynamic_from(["test"]).unwrap();
    let updater = follow(Updater::builder(&args, dir.path()));
    assert_eq!(args.a.get(), 1);
    assert_eq!(updater.status().unknown_keys, ["token"]);
    let error = parse(&["test"], dir.path()).unwrap_err().to_string();
    assert!(error.contains("/token)"), "{error}");
}

#[test]
fn a_required_uncovered_argument_is_supplied_and_its_loss_is_a_restart_problem() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Required {
        #[arg(long, default_value_t = 0)]
        #[flag(dynamic)]
        a: u32,
        #[command(flatten)]
        upstream: Upstream,
    }
    #[derive(Clone, Debug, clap::Args)]
    struct Upstream {
        #[arg(long)]
        key: String,
    }
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("key", "hunter2")]);
    let (args, updater) =
        dflag_configmap::try_parse_from::<Required, _, _>(["test"], dir.path()).unwrap();
    assert_eq!(args.load().upstream.key, "hunter2");
    volume.publish(&[("a", "1")]);
    until("the update", || args.a.get() == 1);
    let problems = updater.status().restart_problems;
    assert!(matches!(&problems[..], [Problem::Required { flag, .. }] if flag == "key"));
}
