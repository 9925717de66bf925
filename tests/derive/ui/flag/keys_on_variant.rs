use clap::Subcommand;
use dflag::DynamicFlags;

#[derive(Clone, Subcommand, DynamicFlags)]
enum Command {
    #[flag(flatten)]
    Serve(ServeArgs),
    #[command(subcommand)]
    #[flag(flatten)]
    Db(DbCommand),
    #[command(flatten)]
    #[flag(subcommand)]
    More(DbCommand),
    #[flag(dynamic, secret)]
    Cache(ServeArgs),
    #[command(dynamic)]
    Check(ServeArgs),
    #[command(skip)]
    #[flag(subcommand)]
    Skipped(ServeArgs),
    #[command(external_subcommand)]
    #[flag(subcommand)]
    External(Vec<String>),
    #[flag(subcomand)]
    Typo(ServeArgs),
}

#[derive(Clone, Subcommand, DynamicFlags)]
enum DbCommand {
    Vacuum,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct ServeArgs {}

fn main() {}
