//! Keys that are names of environment variables.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::path::Path;

use clap::{Parser, Subcommand};
use common::{Volume, follow, log, until};
use dflag::DynamicFlags;
use dflag_configmap::{Builder, Updater};

#[derive(Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "info", env = "ENV_NAMES_LOG_LEVEL")]
    #[flag(dynamic)]
    log_level: String,

    #[arg(long, env = "ENV_NAMES_REGION")]
    region: Option<String>,

    #[command(flatten)]
    foreign: Foreign,

    #[command(subcommand)]
    #[flag(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Debug, clap::Args)]
struct Foreign {
    #[arg(long, env = "ENV_NAMES_TOKEN")]
    token: Option<String>,
}

#[derive(Clone, Debug, Subcommand, DynamicFlags)]
enum Command {
    #[flag(subcommand)]
    Serve(Serve),
    #[flag(subcommand)]
    Work(Work),
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Serve {
    #[arg(long, env = "ENV_NAMES_SERVE_LIMIT")]
    #[flag(dynamic)]
    limit: u32,
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Work {
    #[arg(long, env = "ENV_NAMES_WORK_LIMIT", default_value_t = 1)]
    limit: u32,
}

fn builder(args: &dflag::Flags<Args>, directory: &Path) -> Builder {
    Updater::builder(args, directory).rescan_every(std::time::Duration::from_secs(20))
}

fn args() -> dflag::Flags<Args> {
    Args::try_parse_dynamic_from(["test"]).unwrap()
}

#[test]
fn variable_sets_its_flag_and_listings_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("ENV_NAMES_LOG_LEVEL", "debug\n"),
        ("ENV_NAMES_REGION", "eu"),
    ];
    let mut volume = Volume::new(dir.path(), &files);
    let args = args();
    let updater = follow(
        builder(&args, dir.path())
            .env_names(true)
            .deny_unknown(true),
    );
    assert_eq!(args.log_level.get(), "debug");
    assert_eq!(args.load().region.as_deref(), Some("eu"));
    let origin = args.flag("log-level").unwrap().origin.to_string();
    assert!(origin.ends_with("/ENV_NAMES_LOG_LEVEL)"), "{origin}");
    volume.publish(&[("ENV_NAMES_LOG_LEVEL", "warn")]);
    until("the update", || args.log_level.get() == "warn");
    assert_eq!(updater.status().unknown_keys, Vec::<String>::new());
}

#[test]
fn two_spellings_with_different_values_are_an_error_that_names_both_files() {
    let dir = tempfile::tempdir().unwrap();
    let files = [("ENV_NAMES_LOG_LEVEL", "debug"), ("log_level", "warn")];
    let mut volume = Volume::new(dir.path(), &files);
    let args = args();
    let updater = builder(&args, dir.path()).env_names(true).build().unwrap();
    let error = updater.initialize().unwrap_err().to_string();
    for part in [
        "/ENV_NAMES_LOG_LEVEL)",
        "/log_level)",
        "set to different values",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    volume.publish(&[("ENV_NAMES_LOG_LEVEL", "warn"), ("log_level", "warn")]);
    updater.initialize().unwrap();
    assert_eq!(args.log_level.get(), "warn");
}

#[test]
fn prefix_comes_before_the_variable() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("a.ENV_NAMES_LOG_LEVEL", "debug"),
        ("ENV_NAMES_REGION", "eu"),
    ];
    Volume::new(dir.path(), &files);
    let args = args();
    let _updater = follow(builder(&args, dir.path()).env_names(true).prefix("a."));
    assert_eq!(args.log_level.get(), "debug");
    assert_eq!(args.load().region, None);
}

#[test]
fn without_the_option_the_key_is_unknown_and_the_flags_name_is_suggested() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    Volume::new(
        dir.path(),
        &[("ENV_NAMES_LOG_LEVEL", "debug"), ("env_names_region", "x")],
    );
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    assert_eq!(args.log_level.get(), "info");
    assert_eq!(updater.status().unknown_keys.len(), 2);
    let records = log::records(dir.path().to_str().unwrap()).concat();
    assert!(
        records.contains("(did you mean `log-level`? Its environment variable"),
        "{records}"
    );
    drop(updater);
    let denying = builder(&args, dir.path())
        .deny_unknown(true)
        .build()
        .unwrap();
    let error = denying.initialize().unwrap_err().to_string();
    assert!(
        error.contains("did you mean `log-level`?") && error.contains("`env_names`"),
        "{error}"
    );
    // A variable is compared exactly.
    let exact = denying.status();
    drop(denying);
    assert!(
        exact
            .unknown_keys
            .iter()
            .any(|key| key == "env_names_region")
    );
    let denying = builder(&args, dir.path())
        .env_names(true)
        .deny_unknown(true);
    let error = denying
        .build()
        .unwrap()
        .initialize()
        .unwrap_err()
        .to_string();
    assert!(error.contains("`env_names_region`"), "{error}");
}

#[test]
fn parse_takes_variables_for_required_and_uncovered_flags_of_the_chosen_subcommand() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("ENV_NAMES_SERVE_LIMIT", "5"),
        ("ENV_NAMES_WORK_LIMIT", "many"),
        ("ENV_NAMES_TOKEN", "hunter2"),
    ];
    Volume::new(dir.path(), &files);
    let parse = |line: &[&str]| {
        dflag_configmap::try_parse_from_with::<Args, _, _>(line, dir.path(), |builder| {
            builder.env_names(true).deny_unknown(true)
        })
    };
    let (args, updater) = parse(&["test", "serve"]).unwrap();
    let now = args.load();
    assert!(matches!(
        &now.command,
        Some(Command::Serve(Serve { limit: 5 }))
    ));
    assert_eq!(now.foreign.token.as_deref(), Some("hunter2"));
    // The variable of the other subcommand's flag is known and ignored.
    assert!(updater.status().unknown_keys.is_empty());
    assert!(updater.status().pending_restart.is_empty());
    drop(updater);
    let error = parse(&["test", "work"]).unwrap_err().to_string();
    assert!(
        error.contains("/ENV_NAMES_WORK_LIMIT)") && !error.contains("hunter2"),
        "{error}"
    );
}
