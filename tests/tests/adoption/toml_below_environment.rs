//! A program with a configuration file: default < file < environment < command line < ConfigMap.

use clap::Parser;
use dflag::{DynamicFlags, Flags, Layer, Precedence};
use dflag_configmap as configmap;

use crate::config_map::{ConfigMap, eventually};
use crate::help;

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "server")]
struct Args {
    #[arg(long, default_value_t = 8787)]
    port: u16,

    #[arg(long, default_value = "public")]
    #[flag(dynamic)]
    root: String,

    /// `PATH` is set wherever tests run.
    #[arg(long, env = "PATH", hide_env_values = true)]
    #[flag(dynamic)]
    search_path: String,

    #[arg(long, default_value = "none")]
    #[flag(dynamic)]
    compression: String,
}

/// The layer of a file of this text.
fn file(text: &str) -> Layer {
    let table: toml::Table = text.parse().unwrap();
    let texts = table.into_iter().map(|(key, value)| match value {
        toml::Value::String(text) => (key, text),
        other => (key, other.to_string()),
    });
    let mut layer = Layer::new("file", "server.toml").precedence(Precedence::BelowEnvironment);
    layer.extend(texts);
    layer
}

const FILE: &str = "
    port = 80
    root = '/var/www'
    search-path = '/file'
    compression = 'gzip'
";

fn start(map: &ConfigMap) -> (Flags<Args>, configmap::Updater) {
    let args = Args::try_parse_dynamic_from(["server", "--compression=zstd"]).unwrap();
    args.propose(&file(FILE)).unwrap();
    let updater = configmap::setup(&args, map.path()).unwrap();
    (args, updater)
}

#[test]
fn file_has_its_place_below_the_environment() {
    let map = ConfigMap::mounted(&[]);
    let (args, _updater) = start(&map);
    let now = args.load();
    assert_eq!((now.port, &*now.root), (80, "/var/www"));
    assert_ne!(now.search_path, "/file");
    assert_eq!(now.compression, "zstd");
    let origin = |name| args.flag(name).unwrap().origin.to_string();
    assert_eq!(origin("root"), "file (server.toml)");
    assert_eq!(origin("search-path"), "environment");
}

#[test]
fn config_map_takes_precedence_and_falls_back_to_the_file() {
    let mut map = ConfigMap::mounted(&[("root", "/mounted"), ("search-path", "/mounted")]);
    let (args, _updater) = start(&map);
    assert_eq!(args.root.get(), "/mounted");
    assert_eq!(args.search_path.get(), "/mounted");
    map.apply(&[]);
    eventually(|| args.root.get() == "/var/www");

    // The file changes, and the program proposes it again.
    args.propose(&file("port = 81\nroot = '/srv'")).unwrap();
    assert_eq!(args.root.get(), "/srv");
    assert_eq!(args.load().port, 80);
    let pending = &args.pending_restarts()[0];
    assert_eq!(
        (&*pending.flag, pending.value.as_deref()),
        ("port", Some("81"))
    );
}

#[test]
fn invalid_file_is_rejected_as_a_whole() {
    let map = ConfigMap::mounted(&[]);
    let (args, _updater) = start(&map);
    let rejected = args
        .propose(&file("port = 'http'\nroot = '/srv'"))
        .unwrap_err();
    assert!(
        rejected
            .to_string()
            .contains("`port` (server.toml): invalid value 'http'")
    );
    assert_eq!(args.root.get(), "/var/www");
}

#[test]
fn help_is_unchanged() {
    help::is_unchanged::<Args>(&[]);
}
