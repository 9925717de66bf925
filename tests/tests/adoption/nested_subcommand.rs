//! A node with subcommands below subcommands, flattened groups of arguments, and an optional subcommand.

use clap::{Args, Parser, Subcommand};
use dflag::DynamicFlags;
use dflag_configmap as configmap;

use crate::config_map::{ConfigMap, eventually};
use crate::help;

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "node")]
struct Cli {
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    #[flag(flatten)]
    logs: Box<Logs>,
}

#[derive(Clone, Debug, Args, DynamicFlags)]
struct Logs {
    #[arg(long = "log.filter", global = true, default_value = "")]
    #[flag(dynamic)]
    filter: String,
}

#[derive(Clone, Debug, Subcommand, DynamicFlags)]
enum Command {
    #[command(subcommand)]
    #[flag(subcommand)]
    Db(Db),

    #[flag(subcommand)]
    Node(Box<Node>),
}

#[derive(Clone, Debug, Subcommand, DynamicFlags)]
enum Db {
    #[flag(subcommand)]
    Stats(Stats),
    Clear,
}

#[derive(Clone, Debug, Args, DynamicFlags)]
struct Stats {
    #[arg(long, default_value_t = 10)]
    #[flag(dynamic)]
    tables: u32,
}

#[derive(Clone, Debug, Args, DynamicFlags)]
struct Node {
    #[command(flatten)]
    #[flag(flatten)]
    rpc: Rpc,

    #[command(flatten)]
    #[flag(flatten)]
    network: Network,
}

#[derive(Clone, Debug, Args, DynamicFlags)]
struct Rpc {
    #[arg(long = "rpc.max-connections", default_value_t = 500)]
    #[flag(dynamic)]
    max_connections: u32,
}

#[derive(Clone, Debug, Args, DynamicFlags)]
struct Network {
    #[arg(long, conflicts_with = "max_peers")]
    #[flag(dynamic)]
    max_outbound: Option<u16>,

    #[arg(long)]
    #[flag(dynamic)]
    max_peers: Option<u16>,
}

#[test]
fn deepest_subcommand_follows_the_config_map() {
    let mut map = ConfigMap::mounted(&[("tables", "3"), ("rpc.max-connections", "9")]);
    let cli = Cli::try_parse_dynamic_from(["node", "db", "stats"]).unwrap();
    let _updater = configmap::setup(&cli, map.path()).unwrap();
    let CommandFlags::Db(DbFlags::Stats(stats)) = cli.command.as_ref().unwrap() else {
        panic!("{:?}", cli.command);
    };
    assert_eq!(stats.tables.get(), 3);
    map.apply(&[("tables", "4"), ("log.filter", "debug")]);
    eventually(|| stats.tables.get() == 4);
    assert_eq!(cli.logs.filter.get(), "debug");
}

#[test]
fn groups_below_a_subcommand_follow_the_config_map_and_keep_their_relations() {
    let mut map = ConfigMap::mounted(&[("rpc.max-connections", "9"), ("max_peers", "40")]);
    let cli = Cli::try_parse_dynamic_from(["node", "node"]).unwrap();
    let updater = configmap::setup(&cli, map.path()).unwrap();
    let CommandFlags::Node(node) = cli.command.as_ref().unwrap() else {
        panic!("{:?}", cli.command);
    };
    assert_eq!(node.rpc.max_connections.get(), 9);
    assert_eq!(node.network.max_peers.get(), Some(40));

    map.apply(&[("max_outbound", "5"), ("max_peers", "41")]);
    eventually(|| updater.status().last_error.is_some());
    assert_eq!(node.network.max_peers.get(), Some(40));
}

#[test]
fn program_without_a_subcommand_has_its_own_flags() {
    let map = ConfigMap::mounted(&[("tables", "3"), ("log.filter", "debug")]);
    let cli = Cli::try_parse_dynamic_from(["node"]).unwrap();
    let _updater = configmap::setup(&cli, map.path()).unwrap();
    assert!(cli.command.is_none());
    assert_eq!(cli.logs.filter.get(), "debug");
}

#[test]
fn help_is_unchanged() {
    help::is_unchanged::<Cli>(&[&["db"], &["db", "stats"], &["node"]]);
}
