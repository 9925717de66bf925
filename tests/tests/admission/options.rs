//! The updater's options: the policy judges the keys that the program reads.

use std::fs;

use clap::{CommandFactory as _, Parser};
use dflag::{DynamicFlags, Flags};
use dflag_configmap::{Builder, Updater};
use serde_json::json;

use crate::cluster::Cluster;

/// Sets options.
type Options<'a> = &'a dyn Fn(Builder) -> Builder;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Shared {
    #[arg(long, default_value_t = 1, env = "ADMISSION_TEST_MAX")]
    #[flag(dynamic)]
    max: u8,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    skipped: u8,
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Option<Run>,
}

#[derive(Clone, Debug, clap::Subcommand, DynamicFlags)]
enum Run {
    #[flag(subcommand)]
    Migrate(Migrate),
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Migrate {
    #[arg(long, env = "ADMISSION_TEST_DRY")]
    dry_run: bool,
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Other {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    of_other: u8,
}

/// Each option of the updater has the same effect on the policy: the program judges the same maps.
pub(crate) fn all(cluster: &Cluster) {
    let plain = |builder: Builder| builder.deny_unknown(true);
    let prefixed = |builder: Builder| builder.deny_unknown(true).prefix("app.").env_names(true);
    let ignoring = |builder: Builder| {
        builder
            .deny_unknown(true)
            .ignore(["skipped", "*.orig", "_?"])
    };
    let lenient = |builder: Builder| builder.env_names(true);
    let cases: [(&str, Options<'_>, &str); 4] = [
        ("plain", &plain, "max"),
        ("prefixed", &prefixed, "app.max"),
        ("ignoring", &ignoring, "max"),
        ("lenient", &lenient, "max"),
    ];
    let keys = [
        "max",
        "app.max",
        "MAX",
        "ADMISSION_TEST_MAX",
        "app.ADMISSION_TEST_MAX",
        "ADMISSION_TEST_DRY",
        "skipped",
        "app.skipped",
        "dry_run",
        "dry-run",
        "app.dry-run",
        "of-other",
        "of_other",
        "app.of_other",
        "x",
        "app.x",
        "a.orig",
        "_x",
        "_xy",
        ".hidden",
        "app.",
        "help",
    ];
    for (what, options, key) in cases {
        let bad = json!({key: "bad"});
        cluster.apply_policy(&shared_policy(options), &bad);
        for key in keys {
            for value in ["5", "bad"] {
                let data = json!({key: value});
                let answer = cluster.judge(&data);
                let is_valid = initializes(options, key, value);
                assert_eq!(answer.is_accepted(), is_valid, "{what}: {data}: {answer:?}");
            }
        }
        cluster.delete_policies(&bad);
    }
}

fn shared_policy(options: Options<'_>) -> String {
    let (flags, other) = sets();
    let builder = options(Updater::builder(&flags, "/etc/dflag").shared_with(&other));
    let schema = Flags::<Shared>::describe(["server"]).unwrap();
    builder
        .admission_policy(&schema, &Shared::command(), "default", "flags")
        .unwrap()
}

fn sets() -> (Flags<Shared>, Flags<Other>) {
    let flags = Shared::try_parse_dynamic_from(["server"]).unwrap();
    (flags, Other::try_parse_dynamic_from(["server"]).unwrap())
}

/// Whether the program starts with a directory that has this file.
fn initializes(options: Options<'_>, key: &str, value: &str) -> bool {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(key), value).unwrap();
    let (flags, other) = sets();
    let builder = options(Updater::builder(&flags, directory.path()).shared_with(&other));
    builder.build().unwrap().initialize().is_ok()
}
