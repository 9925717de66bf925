use clap::Subcommand;
use dflag::DynamicFlags;

#[derive(Clone, Subcommand, DynamicFlags)]
enum Command {
    Serve {
        #[arg(long)]
        #[flag(dynamic)]
        limit: u8,
    },
    #[flag(subcommand)]
    Import {
        #[arg(long)]
        #[flag(secret)]
        file: String,
    },
    #[flag(subcommand)]
    Export {
        #[arg(long)]
        file: String,
    },
    #[flag(subcommand)]
    Version,
    Check(#[flag(subcommand)] CheckArgs),
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct CheckArgs {}

fn main() {}
