//! A service that flattens a struct of another crate, `Verbosity`, and one of its own that has secrets and
//! does not derive `DynamicFlags`.

use clap::{Args, Parser};
use clap_verbosity_flag::Verbosity;
use dflag::{DynamicFlags, FlagKind, MASK};
use dflag_configmap as configmap;

use crate::config_map::{ConfigMap, eventually};
use crate::help;

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "service")]
struct Service {
    #[command(flatten)]
    #[flag(show)]
    verbosity: Verbosity,

    #[command(flatten)]
    database: Database,

    #[arg(long, default_value_t = 100, env = "SERVICE_LIMIT")]
    #[flag(dynamic)]
    limit: u32,
}

#[derive(Clone, Debug, Args)]
struct Database {
    #[arg(long)]
    dsn: String,
}

const DSN: &str = "postgres://user:hunter2@db";

#[test]
fn every_argument_is_listed_and_only_shown_values_are() {
    let line = ["service", "-v", "--dsn", DSN];
    let args = Service::try_parse_dynamic_from(line).unwrap();
    let flag = |name: &str| args.flag(name).unwrap();
    assert_eq!(flag("verbose").value.as_deref(), Some("1"));
    assert_eq!(flag("verbose").kind, FlagKind::Static);
    assert_eq!(flag("dsn").value.as_deref(), Some(MASK));
    assert_eq!(flag("dsn").origin.to_string(), "command line");
    assert!(!flag("dsn").covered && flag("limit").covered);
    assert!(!format!("{args:?} {:?}", args.listing()).contains("hunter2"));
}

#[test]
fn config_map_sets_them_at_start_if_it_is_there_when_the_line_is_parsed() {
    let mut map = ConfigMap::mounted(&[("dsn", DSN), ("verbose", "2"), ("SERVICE_LIMIT", "7")]);
    let (args, updater) =
        configmap::try_parse_from_with::<Service, _, _>(["service"], map.path(), |builder| {
            builder.env_names(true)
        })
        .unwrap();
    assert_eq!(args.load().database.dsn, DSN);
    assert_eq!(
        args.load().verbosity.tracing_level_filter().to_string(),
        "info"
    );
    assert_eq!(args.limit.get(), 7);

    map.apply(&[("dsn", DSN), ("verbose", "1"), ("SERVICE_LIMIT", "8")]);
    eventually(|| args.limit.get() == 8);
    let pending = args.pending_restarts();
    assert_eq!((&*pending[0].flag, pending.len()), ("verbose", 1));
    assert!(updater.status().last_error.is_none());
}

#[test]
fn with_setup_their_keys_are_reported_and_the_others_applied() {
    let map = ConfigMap::mounted(&[("verbose", "2"), ("limit", "7")]);
    let args = Service::try_parse_dynamic_from(["service", "--dsn", DSN]).unwrap();
    let updater = configmap::setup(&args, map.path()).unwrap();
    assert_eq!(args.limit.get(), 7);
    assert_eq!(updater.status().unknown_keys, ["verbose"]);
}

#[test]
fn help_is_unchanged() {
    help::is_unchanged::<Service>(&[]);
}
