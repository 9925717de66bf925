#[derive(Parser, DynamicFlags)]
struct Cli {
    #[arg(long, global = true, default_value = "info")]
    #[flag(dynamic)]
    log: String,

    #[command(flatten)]
    #[flag(flatten)]
    limits: Limits,

    #[command(subcommand)]
    #[flag(subcommand)]
    command: Option<Command>,

    #[arg(skip)]
    started: Started,
}
