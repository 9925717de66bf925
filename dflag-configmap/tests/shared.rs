//! Several sets of flags that one directory sets.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args as _, Command, Parser};
use common::{Volume, follow, until};
use dflag::{DynamicFlags, FlagSet, Flags};
use dflag_configmap::{Builder, Updater};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Server {
    #[arg(long, default_value_t = 0, env = "SHARED_TEST_LIMIT")]
    #[flag(dynamic)]
    limit: u32,
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Metrics {
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic)]
    interval: u32,
}

fn builder(flags: impl Into<Arc<dyn FlagSet>>, directory: &Path) -> Builder {
    Updater::builder(flags, directory)
        .rescan_every(Duration::from_secs(20))
        .deny_unknown(true)
}

fn both() -> (Flags<Server>, Flags<Metrics>) {
    let server = Server::try_parse_dynamic_from(["test"]).unwrap();
    (server, Metrics::try_parse_dynamic_from(["test"]).unwrap())
}

#[test]
fn keys_of_another_set_are_ignored_and_unknown_ones_are_denied() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("limit", "1"), ("interval", "2")]);
    let (server, metrics) = both();
    let of_server = follow(builder(&server, dir.path()).shared_with(&metrics));
    let of_metrics = follow(builder(&metrics, dir.path()).shared_with(&server));
    assert_eq!((server.limit.get(), metrics.interval.get()), (1, 2));

    // An invalid value of one set is no error of the other.
    volume.publish(&[("limit", "3"), ("interval", "many")]);
    until("the update", || server.limit.get() == 3);
    until("the rejection", || of_metrics.status().last_error.is_some());
    assert!(of_server.status().last_error.is_none());

    volume.publish(&[("limit", "4"), ("interval", "5"), ("typo", "6")]);
    for updater in [&of_server, &of_metrics] {
        until("the denial", || {
            common::last_error(updater).contains("`typo`")
        });
        assert_eq!(updater.status().unknown_keys, ["typo"]);
    }
    assert_eq!((server.limit.get(), metrics.interval.get()), (3, 2));
}

#[test]
fn without_the_option_the_sets_deny_each_others_keys() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("limit", "1"), ("interval", "2")]);
    let (server, _) = both();
    let updater = builder(&server, dir.path()).build().unwrap();
    let error = updater.initialize().unwrap_err().to_string();
    assert!(error.contains("`interval`"), "{error}");
}

#[test]
fn variables_of_another_set_are_known_with_env_names_only() {
    let dir = tempfile::tempdir().unwrap();
    Volume::new(dir.path(), &[("SHARED_TEST_LIMIT", "1")]);
    let (server, metrics) = both();
    let of_metrics = || builder(&metrics, dir.path()).shared_with(&server);
    let updater = of_metrics().build().unwrap();
    assert!(updater.initialize().is_err());
    drop(updater);
    let updater = of_metrics().env_names(true).build().unwrap();
    updater.initialize().unwrap();
}

#[test]
fn sets_of_one_command_cover_each_others_arguments() {
    let dir = tempfile::tempdir().unwrap();
    let mut volume = Volume::new(dir.path(), &[("limit", "1"), ("interval", "2")]);
    let mut command = Metrics::augment_args(Server::augment_args(Command::new("test")))
        .arg(clap::Arg::new("by-hand").long("by-hand"));
    let matches = command.try_get_matches_from_mut(["test"]).unwrap();
    let server = Flags::<Server>::from_command(command.clone(), &matches).unwrap();
    let metrics = Flags::<Metrics>::from_command(command, &matches).unwrap();
    assert!(!server.flag("interval").unwrap().covered);
    let of_server = follow(builder(&server, dir.path()).shared_with(&metrics));
    let _of_metrics = follow(builder(&metrics, dir.path()).shared_with(&server));
    assert_eq!((server.limit.get(), metrics.interval.get()), (1, 2));
    // What neither covers, both report.
    volume.publish(&[("limit", "1"), ("by-hand", "3")]);
    until("the denial", || {
        common::last_error(&of_server).contains("`by-hand`")
    });
}

#[test]
fn sets_that_name_each_other_are_freed() {
    let dir = tempfile::tempdir().unwrap();
    let (server, metrics) = both();
    let sets: [Arc<dyn FlagSet>; 2] = [(&server).into(), (&metrics).into()];
    let of_server = follow(builder(&server, dir.path()).shared_with(&metrics));
    let of_metrics = follow(builder(&metrics, dir.path()).shared_with(&server));
    let weak = sets.map(|set| Arc::downgrade(&set));
    drop((server, metrics));
    assert!(weak.iter().all(|set| set.upgrade().is_some()));
    drop((of_server, of_metrics));
    assert!(weak.iter().all(|set| set.upgrade().is_none()));
}
