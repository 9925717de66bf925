//! What `--help` and a listing say of the arguments.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use clap::{CommandFactory, Parser};
use common::Args;
use dflag::DynamicFlags;
use dflag_tracing::LogArgs;

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "server")]
struct Program {
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand, DynamicFlags)]
enum Command {
    #[flag(subcommand)]
    Run(Run),
    /// Described by its variant.
    #[flag(subcommand)]
    Check(Run),
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Run {
    #[command(flatten)]
    #[flag(flatten)]
    log: LogArgs,
}

fn help<A: DynamicFlags + CommandFactory + clap::FromArgMatches>(line: &[&str]) -> String {
    A::try_parse_dynamic_from(line).unwrap_err().to_string()
}

#[test]
fn program_and_subcommand_without_a_description_have_none() {
    for help in [
        help::<Args>(&["server", "-h"]),
        help::<Args>(&["server", "--help"]),
        help::<Program>(&["server", "run", "-h"]),
        help::<Program>(&["server", "run", "--help"]),
    ] {
        assert!(help.starts_with("Usage: server"), "{help}");
    }
    let help = help::<Program>(&["server", "-h"]);
    assert!(help.lines().any(|line| line.trim() == "run"), "{help}");
}

#[test]
fn description_of_the_program_stays() {
    for argument in ["-h", "--help"] {
        let help = help::<Program>(&["server", "check", argument]);
        assert!(help.starts_with("Described by its variant\n"), "{help}");
    }
    let command = clap::Command::new("server").about("Serves.");
    let command = <LogArgs as clap::Args>::augment_args(command);
    assert_eq!(command.get_about().unwrap().to_string(), "Serves.");
    assert!(command.get_long_about().is_none());
}

#[test]
fn listing_shows_verbosity() {
    let args = Args::try_parse_dynamic_from(["server", "-vv"]).unwrap();
    let value = |name| args.flag(name).unwrap().value;
    assert_eq!(value("verbose").as_deref(), Some("2"));
    assert_eq!(value("quiet").as_deref(), Some("0"));
    assert!(args.set("verbose", "1").is_err());
}
