//! Texts are literals, constants or expressions, also in enums of subcommands.

use clap::{Parser, Subcommand};
use dflag::DynamicFlags;
use dflag::value::Fraction;

const OLD: &str = "old-name";

#[derive(Parser, DynamicFlags)]
#[flags(mark_dynamic)]
struct Args {
    #[arg(long, default_value = "50%")]
    #[flag(dynamic, salt = OLD, unit = concat!("of ", "users"))]
    rollout: Fraction,

    #[arg(long)]
    #[flag(deprecated = "use `rollout`")]
    share: Option<f64>,

    #[command(subcommand)]
    #[flag(subcommand)]
    command: Command,
}

#[derive(Subcommand, DynamicFlags)]
#[flags(mark_dynamic)]
enum Command {
    #[flag(subcommand)]
    Serve(Serve),
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct Serve {
    /// How many.
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, unit = "requests")]
    limit: u8,
}

fn main() {
    let args = Args::try_parse_dynamic_from(["server", "serve"]).unwrap();
    let half: Fraction = "0.5".parse().unwrap();
    assert_eq!(args.rollout.includes("u"), half.includes(OLD, "u"));
    assert_eq!(args.flag("rollout").unwrap().unit.unwrap(), "of users");
    assert_eq!(args.flag("limit").unwrap().unit.unwrap(), "requests");
    assert!(args.flag("share").unwrap().deprecated.is_some());
    let help = Args::try_parse_dynamic_from(["server", "serve", "--help"]);
    assert!(help.unwrap_err().to_string().contains("How many [dynamic]"));
}
