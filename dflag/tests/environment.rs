//! Invalid values from the environment: the error names the variable.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::process::Command;

use clap::Parser;
use dflag::DynamicFlags;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, env = "DFLAG_TEST_RATE", default_value_t = 0.0)]
    #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    rate: f64,

    #[arg(long, env = "DFLAG_TEST_PORTS", value_delimiter = ',')]
    ports: Vec<u16>,

    #[arg(long, env = "DFLAG_TEST_PIN", default_value_t = 0)]
    #[flag(dynamic, secret)]
    pin: u16,
}

/// Runs `child` with this variable and returns its error.
fn error_with(variable: &str, value: &str) -> String {
    error_of("child", variable, value)
}

fn error_of(child: &str, variable: &str, value: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", child, "--ignored", "--nocapture"])
        .env(variable, value)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "run by the other tests in an environment of their own"]
fn child() {
    let error = Args::try_parse_dynamic_from(["server"]).unwrap_err();
    println!("{error}");
}

#[test]
fn invalid_value_is_reported_with_its_variable() {
    let error = error_with("DFLAG_TEST_RATE", "lots");
    assert!(
        error.contains("invalid value 'lots' for '--rate <RATE>'"),
        "{error}"
    );
    assert!(
        error.contains("environment variable DFLAG_TEST_RATE"),
        "{error}"
    );
    let error = error_with("DFLAG_TEST_PORTS", "80,x");
    assert!(
        error.contains("environment variable DFLAG_TEST_PORTS"),
        "{error}"
    );
}

#[test]
fn failed_check_is_reported_with_its_variable() {
    let error = error_with("DFLAG_TEST_RATE", "2");
    assert!(
        error.contains("`rate`: 2.0 is not in 0.0..=1.0 (environment variable DFLAG_TEST_RATE)"),
        "{error}"
    );
}

#[test]
fn secret_is_masked_and_its_variable_named() {
    let error = error_with("DFLAG_TEST_PIN", "hunter2");
    assert!(
        error.contains("environment variable DFLAG_TEST_PIN") && !error.contains("hunter2"),
        "{error}"
    );
}

#[derive(Debug, Parser, DynamicFlags)]
struct Cli {
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Subcommands,
}

#[derive(Debug, clap::Subcommand, DynamicFlags)]
enum Subcommands {
    /// Has arguments that read the same, with other variables.
    Check {
        #[arg(long, env = "DFLAG_TEST_OTHER_RATE", default_value_t = 0.0)]
        rate: f64,
    },
    #[flag(subcommand)]
    Serve(Args),
}

#[test]
#[ignore = "run by the other tests in an environment of their own"]
fn child_with_a_subcommand() {
    let error = Cli::try_parse_dynamic_from(["server", "serve"]).unwrap_err();
    println!("{error}");
}

#[test]
fn invalid_value_for_a_subcommand_is_reported_with_its_variable() {
    let error = |variable, value| error_of("child_with_a_subcommand", variable, value);
    for value in ["lots", "2"] {
        let error = error("DFLAG_TEST_RATE", value);
        assert!(
            error.contains("environment variable DFLAG_TEST_RATE"),
            "{error}"
        );
    }
    let error = error("DFLAG_TEST_PIN", "hunter2");
    assert!(
        error.contains("environment variable DFLAG_TEST_PIN") && !error.contains("hunter2"),
        "{error}"
    );
}
