//! A service with one struct of arguments: addresses, a JSON argument, environment variables, a flattened
//! struct of its own, and arguments that end up in other structs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use clap::{Args, Parser, ValueEnum};
use dflag::{Dynamic, DynamicFlags, FlagKind};
use dflag_configmap as configmap;

use crate::config_map::{ConfigMap, eventually};
use crate::help;

/// A policy controller.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "controller", version)]
struct Controller {
    #[arg(long, default_value = "info", env = "CONTROLLER_LOG")]
    #[flag(dynamic)]
    log_level: String,

    #[arg(long, default_value = "plain", value_enum)]
    log_format: LogFormat,

    #[command(flatten)]
    #[flag(flatten)]
    server: Server,

    /// Networks of the cluster.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10.0.0.0/8,192.168.0.0/16"
    )]
    #[flag(dynamic)]
    cluster_networks: Vec<String>,

    #[arg(long, default_value_t = default_domain())]
    cluster_domain: String,

    #[arg(long)]
    #[flag(dynamic)]
    default_opaque_ports: Option<String>,

    /// Names of the namespaces to serve.
    namespaces: Vec<String>,

    #[arg(skip)]
    requests: Requests,
}

#[derive(Clone, Debug, Args, DynamicFlags)]
#[command(next_help_heading = "Server")]
struct Server {
    #[arg(long, default_value = "0.0.0.0:8090")]
    grpc_addr: SocketAddr,

    #[arg(long = "server-timeout", value_parser = dflag::value::duration(), default_value = "5s")]
    #[flag(dynamic)]
    timeout: Duration,
}

/// A field that is no argument.
#[derive(Clone, Debug, Default)]
struct Requests(Arc<AtomicU64>);

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Plain,
    Json,
}

fn default_domain() -> String {
    "cluster.local".into()
}

/// Another struct that takes arguments.
#[derive(Clone, Debug, Default)]
struct Index {
    networks: Dynamic<Vec<String>>,
    opaque_ports: Dynamic<Option<String>>,
    domain: String,
}

fn bind(_address: SocketAddr) {}

#[test]
fn service_follows_its_config_map() {
    let mut map = ConfigMap::mounted(&[
        ("server_timeout", "1s"),
        ("cluster-networks", "10.0.0.0/8, 172.16.0.0/12"),
    ]);
    let args = Controller::try_parse_dynamic_from(["controller", "default", "web"]).unwrap();
    let _updater = configmap::setup(&args, map.path()).unwrap();
    let start = args.load_full();
    bind(start.server.grpc_addr);
    assert_eq!(start.namespaces, ["default", "web"]);

    let index = Index {
        networks: args.cluster_networks.clone(),
        opaque_ports: args.default_opaque_ports.clone(),
        domain: start.cluster_domain.clone(),
    };
    assert_eq!(index.networks.get(), ["10.0.0.0/8", "172.16.0.0/12"]);
    assert_eq!(args.server.timeout.get(), Duration::from_secs(1));

    start.requests.0.fetch_add(1, Ordering::Relaxed);
    map.apply(&[
        ("cluster-networks", "10.0.0.0/8"),
        ("default_opaque_ports", "25,3306"),
        ("cluster-domain", "example.org"),
        ("grpc-addr", "0.0.0.0:1"),
    ]);
    eventually(|| index.networks.get() == ["10.0.0.0/8"]);
    assert_eq!(index.opaque_ports.get().as_deref(), Some("25,3306"));
    assert_eq!(args.server.timeout.get(), Duration::from_secs(5));
    assert_eq!(index.domain, "cluster.local");
    assert_eq!(args.load().requests.0.load(Ordering::Relaxed), 1);
    let pending: Vec<_> = args
        .pending_restarts()
        .into_iter()
        .map(|flag| flag.flag)
        .collect();
    assert_eq!(pending, ["grpc-addr", "cluster-domain"]);
}

#[test]
fn arguments_are_logged_at_start() {
    let args = Controller::try_parse_dynamic_from(["controller", "--log-format=json"]).unwrap();
    let logged = format!("{args:?}");
    assert!(logged.contains(r#"log-format: "json""#), "{logged}");
    assert!(matches!(args.load().log_format, LogFormat::Json));
    assert_eq!(args.flag("log-format").unwrap().kind, FlagKind::Static);
}

#[test]
fn holder_with_defaults_keeps_constants() {
    let index = Index::default();
    assert!(index.networks.get().is_empty());
    assert!(format!("{index:?}").contains("constant"), "{index:?}");
    let index = Index {
        opaque_ports: Some("25".to_owned()).into(),
        ..index
    };
    assert_eq!(index.opaque_ports.get().as_deref(), Some("25"));
}

#[test]
fn help_is_unchanged() {
    help::is_unchanged::<Controller>(&[]);
}
