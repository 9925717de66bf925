use clap::{Parser, Subcommand};
use dflag::DynamicFlags;

#[derive(Clone, Parser, DynamicFlags)]
struct Args {
    #[flag(validate = check, secret, trim = false)]
    positional: String,

    #[arg(skip)]
    #[flag(secret)]
    skipped: u8,

    #[command(flatten)]
    #[flag(validate = check)]
    flattened: Part,

    #[command(subcommand)]
    #[flag(trim = false)]
    command: Command,
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Part {}

#[derive(Clone, Subcommand)]
enum Command {
    Run,
}

fn check(_: &String) -> Result<(), String> {
    Ok(())
}

fn main() {}
