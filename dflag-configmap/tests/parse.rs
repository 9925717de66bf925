//! Parsing command line and directory in one call: required flags can come from the ConfigMap.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp
)] // helpers may panic, values are exact

mod common;

use clap::Parser;
use clap::error::ErrorKind;
use common::{Volume, last_error, until};
use dflag::DynamicFlags;
use dflag_configmap::{DirectoryError, InitializeError, ParseError, SetupError};

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(version = "1.2.3")]
struct Required {
    /// The database.
    #[arg(long)]
    dsn: String,

    /// A fraction.
    #[arg(long)]
    #[flag(dynamic)]
    rate: f64,

    /// A number.
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,
}

fn try_parse(
    line: &[&str],
    directory: &std::path::Path,
) -> Result<(dflag::Flags<Required>, dflag_configmap::Updater), ParseError> {
    let line = [&["server"], line].concat();
    dflag_configmap::try_parse_from_with(line, directory, |builder| {
        builder.rescan_every(std::time::Duration::from_millis(20))
    })
}

fn clap_error(error: ParseError) -> clap::Error {
    match error {
        ParseError::CommandLine(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn the_configmap_supplies_required_flags_and_an_update_without_the_key_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("dsn", "pg://1\n"), ("rate", " 0.5 ")]);
    let (args, updater) = try_parse(&["--limit=2"], dir.path()).unwrap();
    let now = args.load_full();
    assert_eq!((&*now.dsn, now.rate, now.limit), ("pg://1", 0.5, 2));
    let origin = |name| args.flag(name).unwrap().origin.to_string();
    let path = |key| format!("ConfigMap ({})", dir.path().join(key).display());
    assert_eq!(
        ["dsn", "rate", "limit"].map(origin),
        [path("dsn"), path("rate"), "command line".to_owned()]
    );

    volume.publish(&[("dsn", "pg://1"), ("rate", "0.75"), ("limit", "3")]);
    until("the update", || {
        args.rate.get() == 0.75 && args.limit.get() == 3
    });
    volume.publish(&[("dsn", "pg://1"), ("limit", "4")]);
    until("the rejection", || last_error(&updater).contains("`rate`"));
    let error = last_error(&updater);
    assert!(
        error.contains("required, and no other layer has a value"),
        "{error}"
    );
    assert_eq!((args.rate.get(), args.limit.get()), (0.75, 3));
    volume.publish(&[("dsn", "pg://1"), ("rate", "1"), ("limit", "4")]);
    until("the fixed update", || args.limit.get() == 4);

    // A static flag keeps its value, but a restart would fail.
    volume.publish(&[("rate", "1"), ("limit", "5")]);
    until("the update", || args.limit.get() == 5);
    assert_eq!(args.load().dsn, "pg://1");
    let problems = updater.status().restart_problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].flag(), Some("dsn"));
}

#[test]
fn a_plain_directory_supplies_required_flags_too_and_the_command_line_counts() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("dsn"), "file").unwrap();
    std::fs::write(dir.path().join("rate"), "0.25").unwrap();
    let (args, _updater) = try_parse(&[], dir.path()).unwrap();
    assert_eq!((&*args.load_full().dsn, args.rate.get()), ("file", 0.25));

    // Without its key the flag has the value of the command line, which is a layer of its own.
    std::fs::remove_file(dir.path().join("rate")).unwrap();
    let (args, _updater) = try_parse(&["--rate=1"], dir.path()).unwrap();
    assert_eq!(args.rate.get(), 1.0);
}

#[test]
fn a_required_flag_that_is_nowhere_is_claps_error_with_the_key_named() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("rate", "1")]);
    let error = clap_error(try_parse(&[], dir.path()).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    assert_eq!(error.exit_code(), 2);
    let text = error.to_string();
    for part in [
        "--dsn <DSN>",
        "has no key `dsn` either",
        dir.path().to_str().unwrap(),
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn a_missing_flag_and_an_absent_directory_are_both_in_the_error() {
    let dir = tempfile::tempdir().unwrap();
    let absent = dir.path().join("absent");
    let error = clap_error(try_parse(&["--rate=1"], &absent).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    let text = error.to_string();
    for part in ["--dsn <DSN>", "does not exist", absent.to_str().unwrap()] {
        assert!(text.contains(part), "{part} is not in {text}");
    }

    // If the command line has everything, the directory's own error remains.
    let error = try_parse(&["--rate=1", "--dsn=x"], &absent).unwrap_err();
    assert!(
        matches!(
            &error,
            ParseError::Setup(SetupError::Initialize(InitializeError::Directory(
                DirectoryError::NotFound { path }
            ))) if *path == absent
        ),
        "{error}"
    );
    let line = ["server", "--rate=1", "--dsn=x"];
    let parsed = dflag_configmap::try_parse_from_with::<Required, _, _>(line, &absent, |builder| {
        builder.optional(true)
    });
    assert_eq!(parsed.unwrap().0.rate.get(), 1.0);

    let error = clap_error(try_parse(&[], std::path::Path::new("")).unwrap_err());
    assert!(error.to_string().contains("path is empty"), "{error}");
}

#[test]
fn invalid_values_are_reported_whether_the_flag_is_required_or_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("dsn", "pg"), ("rate", "fast")]);
    let text = try_parse(&[], dir.path()).unwrap_err().to_string();
    assert!(text.contains("`rate`") && text.contains("'fast'"), "{text}");

    volume.publish(&[("dsn", "pg"), ("rate", "1"), ("limit", "many")]);
    let error = try_parse(&[], dir.path()).unwrap_err();
    assert!(
        matches!(
            error,
            ParseError::Setup(SetupError::Initialize(InitializeError::Rejected(_)))
        ),
        "{error}"
    );
}

#[test]
fn help_and_version_need_no_directory() {
    let absent = std::path::Path::new("/nowhere/at/all");
    for (flag, kind) in [
        ("--help", ErrorKind::DisplayHelp),
        ("--version", ErrorKind::DisplayVersion),
    ] {
        let error = clap_error(try_parse(&[flag], absent).unwrap_err());
        assert_eq!((error.kind(), error.exit_code()), (kind, 0));
    }
    let error = clap_error(try_parse(&["--typo"], absent).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::UnknownArgument);
}
