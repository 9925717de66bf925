//! A command with type parameters, which can't derive `DynamicFlags`: its live part is a struct of its own,
//! whose flags come from the same matches.

use std::fmt::Debug;
use std::marker::PhantomData;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use dflag::{DynamicFlags, Flags};
use dflag_configmap as configmap;

use crate::config_map::{ConfigMap, eventually};

/// What a library's user plugs in.
trait ChainParser: Clone + Debug + Send + Sync + 'static {
    const DEFAULT: &'static str;
}

#[derive(Clone, Debug)]
struct Mainnet;

impl ChainParser for Mainnet {
    const DEFAULT: &'static str = "mainnet";
}

#[derive(Clone, Debug, Args)]
struct NoArgs;

#[derive(Debug, Parser)]
#[command(name = "chain")]
struct Cli<C: ChainParser, Ext: Args + Debug = NoArgs> {
    #[command(subcommand)]
    command: Commands<C, Ext>,
}

#[derive(Debug, Subcommand)]
enum Commands<C: ChainParser, Ext: Args + Debug> {
    Node(Box<NodeCommand<C, Ext>>),
}

#[derive(Debug, Args)]
struct NodeCommand<C: ChainParser, Ext: Args + Debug = NoArgs> {
    #[arg(long, default_value = C::DEFAULT)]
    chain: String,

    #[command(flatten)]
    live: Live,

    #[command(flatten)]
    ext: Ext,

    #[arg(skip)]
    parser: PhantomData<C>,
}

/// The live part.
#[derive(Clone, Debug, Args, DynamicFlags)]
struct Live {
    #[arg(long, default_value_t = 100)]
    #[flag(dynamic)]
    max_peers: u32,
}

#[derive(Debug, Args)]
struct Extension {
    #[arg(long)]
    extra: Option<String>,
}

#[test]
fn live_part_follows_the_config_map() {
    let mut map = ConfigMap::mounted(&[("max_peers", "7")]);
    let matches = Cli::<Mainnet, Extension>::command().get_matches_from([
        "chain",
        "node",
        "--max-peers=5",
        "--extra=x",
    ]);
    let cli = Cli::<Mainnet, Extension>::from_arg_matches(&matches).unwrap();
    let Commands::Node(node) = &cli.command;
    assert_eq!(
        (&*node.chain, node.ext.extra.as_deref()),
        ("mainnet", Some("x"))
    );
    assert_eq!(node.live.max_peers, 5);

    let node = matches.subcommand_matches("node").unwrap();
    let live = Flags::<Live>::from_arg_matches(node).unwrap();
    let _updater = configmap::setup(&live, map.path()).unwrap();
    assert_eq!(live.max_peers.get(), 7);
    map.apply(&[]);
    eventually(|| live.max_peers.get() == 5);
}
