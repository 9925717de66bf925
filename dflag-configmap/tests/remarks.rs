//! Updates that are applied and do not achieve all that their author meant.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::path::Path;
use std::time::Duration;

use clap::Parser;
use common::{Volume, args, args_from, builder, follow, last_error, log, until};
use dflag::{DynamicFlags, Flags, Origin, Precedence};
use dflag_configmap::Updater;

const SOON: Duration = Duration::from_millis(10);

/// The warnings about `directory` in the log.
fn warnings(directory: &Path) -> Vec<String> {
    let mut records = log::records(directory.to_str().unwrap());
    records.retain(|record| record.contains("WARN"));
    records
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Limits::check)]
struct Limits {
    /// Static.
    #[arg(long, default_value_t = 10)]
    max: u32,

    #[arg(long, default_value_t = 5)]
    #[flag(dynamic)]
    limit: u32,
}

impl Limits {
    fn check(&self) -> Result<(), String> {
        if self.limit > self.max {
            return Err(format!("limit {} is above max {}", self.limit, self.max));
        }
        Ok(())
    }
}

fn limits(directory: &Path) -> (Flags<Limits>, Updater) {
    let args = Limits::try_parse_dynamic_from(["test"]).unwrap();
    let updater = follow(Updater::builder(&args, directory).rescan_every(SOON));
    (args, updater)
}

#[test]
fn a_restart_that_would_fail_is_reported_and_the_update_is_applied() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("limit", "5")]);
    let (args, updater) = limits(dir.path());
    assert!(updater.status().restart_problems.is_empty());

    volume.publish(&[("limit", "6"), ("max", "3")]);
    until("the update", || args.limit.get() == 6);
    common::several_scans(&updater);
    let status = updater.status();
    assert_eq!((status.rejected, status.last_error.is_none()), (0, true));
    assert_eq!(status.pending_restart[0].flag, "max");
    let problems: Vec<_> = status.restart_problems.iter().collect();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let expected = "a restart would fail: the flags together: limit 6 is above max 3";
    assert_eq!(args.sources()[0].warnings, [expected]);
    let logged = warnings(dir.path());
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(logged[0].contains(expected), "{logged:?}");

    volume.publish(&[("limit", "3"), ("max", "3")]);
    until("the fixed update", || args.limit.get() == 3);
    until("no warning", || args.sources()[0].warnings.is_empty());
    assert!(updater.status().restart_problems.is_empty());

    // A restart loses an override, and with it what hides the value that a rule rejects.
    args.set("limit", "2").unwrap();
    volume.publish(&[("limit", "4"), ("max", "3")]);
    until("the warning", || {
        warnings(dir.path())
            .iter()
            .any(|line| line.contains("a restart would fail") && line.contains("limit 4"))
    });
}

#[test]
fn a_key_under_an_override_is_logged_once_and_listed_until_it_has_an_effect() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "12")]);
    let args = args();
    let updater = follow(builder(&args, dir.path()).rescan_every(SOON));
    args.set("a", "12").unwrap();
    common::several_scans(&updater);
    assert!(updater.status().shadowed.is_empty(), "the values are equal");

    volume.publish(&[("a", "15"), ("b", "1")]);
    until("the update", || args.b.get() == 1);
    volume.publish(&[("a", "15"), ("b", "2")]);
    until("another update", || args.b.get() == 2);
    common::several_scans(&updater);
    assert_eq!(args.a.get(), 12);
    let shadowed = updater.status().shadowed;
    assert_eq!(shadowed.len(), 1);
    assert_eq!(
        (&*shadowed[0].flag, &shadowed[0].by),
        ("a", &Origin::Override)
    );
    let path = dir.path().join("a");
    let expected = format!(
        "`a`: ConfigMap ({}) has no effect, because override takes precedence",
        path.display()
    );
    assert_eq!(args.sources()[0].warnings, [expected.as_str()]);
    let logged = warnings(dir.path());
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(logged[0].contains(&expected), "{logged:?}");

    args.clear("a").unwrap();
    until("no shadow", || updater.status().shadowed.is_empty());
    assert_eq!(args.a.get(), 15);
    assert_eq!(last_error(&updater), "");
    let status = updater.status();
    assert_eq!((status.applied, status.rejected), (3, 0));

    // An override of a value that the ConfigMap already has is another cause.
    args.set("a", "16").unwrap();
    until("the shadow", || !updater.status().shadowed.is_empty());
    assert_eq!(warnings(dir.path()).len(), 2);
}

#[test]
fn a_key_under_the_command_line_is_logged_once() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("a", "1"), ("b", "1")]);
    let args = args_from(["test", "--a=5"]);
    let updater = follow(
        builder(&args, dir.path())
            .rescan_every(SOON)
            .precedence(Precedence::BelowCommandLine),
    );
    volume.publish(&[("a", "2"), ("b", "2")]);
    until("the update", || args.b.get() == 2);
    assert_eq!(args.a.get(), 5);
    assert_eq!(updater.status().shadowed[0].by, Origin::CommandLine);
    let logged = warnings(dir.path());
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(
        logged[0].contains("command line takes precedence"),
        "{logged:?}"
    );
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Renamed {
    #[arg(long, alias = "rate")]
    #[flag(dynamic)]
    rollout: Option<u8>,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,
}

#[test]
fn an_overruled_alias_is_applied_over_and_logged_once() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("rate", "1"), ("rollout", "1")]);
    let args = Renamed::try_parse_dynamic_from(["test"]).unwrap();
    let updater = follow(Updater::builder(&args, dir.path()).rescan_every(SOON));
    assert_eq!(args.load().rollout, Some(1));
    assert!(
        updater.status().overruled.is_empty(),
        "the values are equal"
    );
    for limit in [2, 3] {
        volume.publish(&[
            ("rate", "1"),
            ("rollout", "2"),
            ("limit", &limit.to_string()),
        ]);
        until("the update", || args.limit.get() == limit);
    }
    common::several_scans(&updater);
    assert_eq!(args.load().rollout, Some(2));
    let overruled = updater.status().overruled;
    assert_eq!(overruled.len(), 1);
    assert_eq!(overruled[0].flag(), Some("rollout"));
    assert_eq!(args.sources()[0].warnings, [overruled[0].to_string()]);
    let logged = warnings(dir.path());
    assert_eq!(logged.len(), 1, "{logged:?}");
    for part in ["/rate) is ignored", "/rollout) sets the flag by its name"] {
        assert!(logged[0].contains(part), "{part}: {logged:?}");
    }

    volume.publish(&[("rollout", "2"), ("limit", "4")]);
    until("the update", || args.limit.get() == 4);
    until("no alias", || updater.status().overruled.is_empty());
    assert!(args.sources()[0].warnings.is_empty());
}

#[test]
fn an_empty_file_of_an_optional_flag_counts_as_absent_and_is_listed() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("x.rollout", ""), ("x.limit", "2")]);
    let args = Renamed::try_parse_dynamic_from(["test", "--rollout=7"]).unwrap();
    let updater = follow(
        Updater::builder(&args, dir.path())
            .prefix("x.")
            .rescan_every(SOON),
    );
    assert_eq!((args.load().rollout, args.limit.get()), (Some(7), 2));
    assert_eq!(updater.status().blank_keys, ["x.rollout"]);

    // A second name decides.
    volume.publish(&[("x.rollout", "\n"), ("x.rate", "3"), ("x.limit", "3")]);
    until("the update", || args.limit.get() == 3);
    assert_eq!(args.load().rollout, Some(3));
    until("the blank key", || {
        updater.status().blank_keys == ["x.rollout"]
    });
    // An empty file of another flag is an error that says what to do.
    volume.publish(&[("x.rollout", ""), ("x.limit", "")]);
    until("the rejection", || !last_error(&updater).is_empty());
    let error = last_error(&updater);
    assert!(error.contains("remove the key"), "{error}");

    volume.publish(&[("x.rollout", "4"), ("x.limit", "4")]);
    until("the update", || args.limit.get() == 4);
    until("no blank key", || updater.status().blank_keys.is_empty());
    assert_eq!(warnings(dir.path()).len(), 1);
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Retired {
    #[arg(long, hide = true)]
    #[flag(dynamic, deprecated = "use `limit`")]
    max: Option<u8>,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,
}

#[test]
fn a_deprecated_flag_is_logged_once() {
    log::capture();
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("limit", "1")]);
    let args = Retired::try_parse_dynamic_from(["test"]).unwrap();
    let updater = follow(Updater::builder(&args, dir.path()).rescan_every(SOON));
    assert!(updater.status().deprecated.is_empty());
    for limit in [2, 3] {
        volume.publish(&[("max", "5"), ("limit", &limit.to_string())]);
        until("the update", || args.limit.get() == limit);
    }
    common::several_scans(&updater);
    assert_eq!(args.load().max, Some(5));
    let deprecated = updater.status().deprecated;
    assert_eq!(deprecated[0].flag, "max");
    assert_eq!(args.sources()[0].warnings, [deprecated[0].to_string()]);
    let logged = warnings(dir.path());
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(logged[0].contains("use `limit`"), "{logged:?}");
    volume.publish(&[("limit", "4")]);
    until("no remark", || updater.status().deprecated.is_empty());
}
