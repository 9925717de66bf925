//! A program whose flags are those of one of its subcommands: `program serve --flags`.

use clap::{Args, Parser, Subcommand};
use dflag::{DynamicFlags, Flags};
use dflag_configmap as configmap;

use crate::config_map::{ConfigMap, eventually};
use crate::help;

/// A directory service.
#[derive(Debug, Parser, DynamicFlags)]
#[command(name = "directory", version)]
struct Cli {
    /// Write more to the log.
    #[arg(long, global = true, env = "DIRECTORY_VERBOSE")]
    #[flag(dynamic)]
    verbose: bool,

    #[command(subcommand)]
    #[flag(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand, DynamicFlags)]
enum Command {
    /// Serves requests.
    #[flag(subcommand)]
    #[command(name = "run", alias = "serve")]
    Run(RunOpts),

    /// Checks that the service is healthy.
    #[flag(subcommand)]
    Healthcheck(Box<HealthcheckOpts>),

    /// Imports a dump. Its struct is not `Clone`.
    Import(ImportOpts),
}

#[derive(Clone, Debug, Args, DynamicFlags)]
struct RunOpts {
    #[arg(long, default_value_t = 3890)]
    port: u16,

    /// Requests in flight.
    #[arg(long, default_value_t = 100)]
    #[flag(dynamic, validate = dflag::validate::range(1..=1000))]
    max_requests: u32,

    #[arg(long, default_value = "")]
    #[flag(secret)]
    key_seed: String,
}

#[derive(Clone, Debug, Args, DynamicFlags)]
struct HealthcheckOpts {
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    retries: u8,
}

#[derive(Debug, Args)]
struct ImportOpts {
    #[arg(long)]
    file: String,
}

#[test]
fn chosen_subcommand_follows_the_config_map() {
    let mut map = ConfigMap::mounted(&[("max_requests", "50"), ("retries", "9")]);
    let cli = Cli::try_parse_dynamic_from(["directory", "run", "--port=80"]).unwrap();
    let updater = configmap::Updater::builder(&cli, map.path())
        .deny_unknown(true)
        .setup()
        .unwrap();
    let CommandFlags::Run(run) = &cli.command else {
        panic!("{:?}", cli.command);
    };
    assert_eq!(run.max_requests.get(), 50);

    map.apply(&[
        ("max_requests", "60"),
        ("retries", "lots"),
        ("verbose", "yes"),
    ]);
    eventually(|| run.max_requests.get() == 60);
    assert!(cli.verbose.get());
    assert!(updater.status().last_error.is_none());
    assert!(updater.status().unknown_keys.is_empty());
    let now = cli.load();
    assert!(matches!(&now.command, Command::Run(run) if run.max_requests == 60 && run.port == 80));
}

#[test]
fn subcommand_without_clone_is_an_error_that_says_what_to_do() {
    let error = Cli::try_parse_dynamic_from(["directory", "import", "--file=x"]).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("ImportOpts") && text.contains("derive `Clone`"),
        "{text}"
    );
}

#[test]
fn part_of_a_program_follows_from_its_matches() {
    use clap::CommandFactory;

    let map = ConfigMap::mounted(&[("max-requests", "7")]);
    let matches = Cli::command().get_matches_from(["directory", "serve"]);
    let run = matches.subcommand_matches("run").unwrap();
    let run = Flags::<RunOpts>::from_arg_matches(run).unwrap();
    let _updater = configmap::setup(&run, map.path()).unwrap();
    assert_eq!(run.max_requests.get(), 7);
}

#[test]
fn help_is_unchanged() {
    help::is_unchanged::<Cli>(&[&["run"], &["healthcheck"], &["import"]]);
}
