use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Not a flag.
    path: Option<String>,

    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u32,
}

fn bind(_port: u16) {}

fn main() {
    let args = Args::parse_dynamic();
    bind(args.port);
    let _: &Option<String> = &args.path;
    let _ = args.load().port;
}
