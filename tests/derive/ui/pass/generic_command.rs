//! A command with type parameters cannot derive `DynamicFlags`; its dynamic part can.

use std::marker::PhantomData;

use clap::{Args, FromArgMatches, Parser, Subcommand};
use dflag::{DynamicFlags, FlagKind, Flags};

trait ChainSpecParser: Clone + Send + Sync + 'static {
    const NAME: &'static str;
}

#[derive(Clone)]
struct Mainnet;

impl ChainSpecParser for Mainnet {
    const NAME: &'static str = "mainnet";
}

#[derive(Parser)]
struct Cli<C: ChainSpecParser, Ext: Args + FromArgMatches = NoArgs> {
    #[command(subcommand)]
    command: Commands<C, Ext>,
}

#[derive(Subcommand)]
enum Commands<C: ChainSpecParser, Ext: Args + FromArgMatches> {
    Node(Box<NodeCommand<C, Ext>>),
}

#[derive(Args)]
struct NodeCommand<C: ChainSpecParser, Ext: Args + FromArgMatches> {
    #[arg(long, default_value = C::NAME)]
    chain: String,

    #[command(flatten)]
    live: Live,

    #[command(flatten)]
    ext: Ext,

    #[arg(skip)]
    parser: PhantomData<C>,
}

#[derive(Args)]
struct NoArgs {}

#[derive(Clone, Args, DynamicFlags)]
struct Live {
    #[arg(long, default_value_t = 30)]
    #[flag(dynamic)]
    max_peers: u32,
}

fn main() {
    let command = <Cli<Mainnet> as clap::CommandFactory>::command();
    let matches = command.get_matches_from(["reth", "node", "--max-peers=7"]);
    let cli = Cli::<Mainnet>::from_arg_matches(&matches).unwrap();
    let Commands::Node(node) = cli.command;
    let NodeCommand { chain, live, ext, parser } = *node;
    let (NoArgs {}, PhantomData) = (ext, parser);
    assert_eq!((&*chain, live.max_peers), ("mainnet", 7));

    let node = matches.subcommand_matches("node").unwrap();
    let live = Flags::<Live>::from_arg_matches(node).unwrap();
    assert_eq!(live.max_peers.get(), 7);
    live.set("max-peers", "50").unwrap();
    assert_eq!(live.max_peers.get(), 50);
    assert_eq!(live.flag("max-peers").unwrap().kind, FlagKind::Dynamic);
}
