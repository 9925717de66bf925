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
    log::several_scans(&updater);
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

    // An override can cause it, too.
    args.set("limit", "4").unwrap();
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
    log::several_scans(&updater);
    assert!(updater.status().shadowed.is_empty(), "the values are equal");

    volume.publish(&[("a", "15"), ("b", "1")]);
    until("the update", || args.b.get() == 1);
    volume.publish(&[("a", "15"), ("b", "2")]);
    until("another update", || args.b.get() == 2);
    log::several_scans(&updater);
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
