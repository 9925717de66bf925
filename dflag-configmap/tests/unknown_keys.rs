//! Keys that name no flag: what is reported, and how to say that they belong to others.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::path::Path;

use common::{Volume, args, builder, follow, log, until};
use dflag::OnInvalid;

/// The warnings about `directory`.
fn warnings(directory: &Path) -> Vec<String> {
    let mut records = log::records(directory.to_str().unwrap());
    records.retain(|record| record.contains("WARN"));
    records
}

#[test]
fn ignored_keys_are_neither_unknown_nor_applied_nor_an_update() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let files = [("_example", "x"), ("a.orig", "9"), ("a", "1"), ("b", "2")];
    let mut volume = Volume::new(dir.path(), &files);
    let args = args();
    let updater = follow(
        builder(&args, dir.path())
            .ignore(["_example", "*.orig"])
            .ignore(["b"])
            .deny_unknown(true),
    );
    assert_eq!((args.a.get(), args.b.get()), (1, 0));
    volume.publish(&[("_example", "y"), ("a", "1")]);
    updater.reload().unwrap();
    assert_eq!(updater.status().applied, 1);
    volume.publish(&[("a", "2")]);
    until("the update", || args.a.get() == 2);
    let status = updater.status();
    assert!(status.unknown_keys.is_empty() && status.last_error.is_none());
    assert_eq!(warnings(dir.path()), Vec::<String>::new());
}

#[test]
fn with_a_prefix_only_keys_that_have_it_belong_to_the_program() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("server.a", "1"),
        ("server.texd", "x"),
        ("worker.a", "2"),
        ("b", "3"),
    ];
    let mut volume = Volume::new(dir.path(), &files);
    let args = args();
    let updater = follow(builder(&args, dir.path()).prefix("server."));
    assert_eq!((args.a.get(), args.b.get()), (1, 0));
    assert_eq!(updater.status().unknown_keys, ["server.texd"]);
    let origin = args.flag("a").unwrap().origin.to_string();
    assert!(origin.ends_with("/server.a)"), "{origin}");
    let warnings = warnings(dir.path());
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let expected = "`server.texd` (did you mean `server.text`?)";
    assert!(warnings[0].contains(expected), "{warnings:?}");

    volume.publish(&[("server.a", "many"), ("worker.a", "more")]);
    until("the rejection", || updater.status().last_error.is_some());
    let error = common::last_error(&updater);
    assert!(
        error.contains("/server.a") && !error.contains("worker"),
        "{error}"
    );
}

#[test]
fn a_prefix_applies_to_required_flags() {
    #[derive(Clone, Debug, clap::Parser, dflag::DynamicFlags)]
    struct Required {
        #[arg(long)]
        dsn: String,
    }
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("dsn", "other"), ("server.dsn", "own")]);
    let (args, _updater) =
        dflag_configmap::try_parse_from_with::<Required, _, _>(["x"], dir.path(), |builder| {
            builder.prefix("server.")
        })
        .unwrap();
    assert_eq!(args.load().dsn, "own");
}

#[test]
fn warning_and_error_suggest_the_flag_whatever_the_case() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("TEXT", "1"), ("prot", "1"), ("qqq", "1")]);
    let _updater = follow(builder(&args(), dir.path()));
    let warnings = warnings(dir.path());
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for part in [
        "`TEXT` (did you mean `text`?)",
        "`prot` (did you mean `port`?)",
        "`qqq`",
    ] {
        assert!(warnings[0].contains(part), "{part}: {warnings:?}");
    }
    let denying = builder(&args(), dir.path()).deny_unknown(true);
    let error = denying.build().unwrap().initialize().unwrap_err();
    let error = error.to_string();
    assert!(error.contains("did you mean `text`?"), "{error}");
}

#[test]
fn a_name_that_no_flag_can_have_is_reported_once_and_may_be_denied() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a"), "1").unwrap();
    let names = ["größe", "text ", "text\u{200b}", "text~"];
    for name in names {
        fs::write(dir.path().join(name), "1").unwrap();
    }
    fs::write(dir.path().join(".hidden"), "1").unwrap();
    let args = args();
    let updater = follow(builder(&args, dir.path()));
    let mut unknown = updater.status().unknown_keys;
    unknown.sort();
    assert_eq!(unknown, ["größe", "text ", "text~", "text\u{200b}"]);
    for value in ["2", "3"] {
        fs::write(dir.path().join("a"), value).unwrap();
        until("the update", || args.a.get().to_string() == value);
    }
    let warnings = warnings(dir.path());
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    for part in ["`größe`", "`text `", "`text~`", r"`text\u{200b}`"] {
        assert!(warnings[0].contains(part), "{part}: {warnings:?}");
    }
    drop(updater);

    let denying = builder(&args, dir.path()).deny_unknown(true);
    let error = denying.build().unwrap().initialize().unwrap_err();
    let error = error.to_string();
    for part in ["`größe`", "`text `", "`text~`", r"`text\u{200b}`"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn a_denied_key_is_logged_once_by_the_error() {
    log::capture();
    for policy in [OnInvalid::RejectAll, OnInvalid::KeepValid] {
        let dir = tempfile::tempdir().unwrap();
        let mut volume = Volume::new(dir.path(), &[("a", "1")]);
        let args = args();
        let updater = follow(
            builder(&args, dir.path())
                .deny_unknown(true)
                .on_invalid(policy)
                .rescan_every(std::time::Duration::from_millis(10)),
        );
        volume.publish(&[("a", "2"), ("txet", "1")]);
        until("the error", || updater.status().last_error.is_some());
        common::several_scans(&updater);
        let warnings = warnings(dir.path());
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let expected = "no flag has this name; did you mean `text`?";
        assert!(warnings[0].contains(expected), "{warnings:?}");
        let status = updater.status();
        assert_eq!(status.unknown_keys, ["txet"]);
        assert_eq!(status.unknown_key_sets, 1);
    }
}

#[test]
fn a_thousand_unknown_keys_make_one_short_log_line_and_a_short_error() {
    log::capture();
    for (deny, policy) in [
        (false, OnInvalid::RejectAll),
        (true, OnInvalid::RejectAll),
        (true, OnInvalid::KeepValid),
    ] {
        let dir = common::memory_dir();
        let names: Vec<_> = (0..1000)
            .map(|n| format!("{n:04}-{}", "x".repeat(200)))
            .collect();
        let files: Vec<_> = names.iter().map(|name| (&**name, "1")).collect();
        let mut volume = Volume::new(dir.path(), &files);
        let args = args();
        let updater = builder(&args, dir.path())
            .deny_unknown(deny)
            .on_invalid(policy)
            .build()
            .unwrap();
        let initialized = updater.initialize();
        assert_eq!(initialized.is_err(), deny && policy == OnInvalid::RejectAll);
        if let Err(error) = initialized {
            let text = error.to_string();
            assert!(text.len() < 5000 && text.contains("992 more"), "{text}");
        }
        updater.start().unwrap();
        volume.publish(&[&files[..], &[("a", "2")]].concat());
        common::until_idle(&updater);
        assert_eq!(updater.status().unknown_keys.len(), 1000);
        let warnings = warnings(dir.path());
        assert_eq!(warnings.len(), 1, "{deny} {policy:?}");
        for warning in warnings {
            assert!(warning.len() < 5000, "{}", warning.len());
            assert!(warning.contains("992 more"), "{warning}");
        }
    }
}
