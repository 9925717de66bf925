use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long)]
    #[flag(dynamic)]
    name: String,
}

fn spawn(_: impl Future<Output = ()> + Send) {}

async fn connect(_: &str) {}

fn main() {
    let args = Args::parse_dynamic();
    spawn(async {
        let now = args.load();
        connect(&now.name).await;
    });
    spawn(async {
        let name = args.name.load();
        connect(&name).await;
    });
    // These may be held.
    spawn(async {
        let now = args.load_full();
        let name = args.name.get();
        connect(&now.name).await;
        connect(&name).await;
    });
}
