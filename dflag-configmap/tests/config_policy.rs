//! `--config-policy`: the command line. What a policy rejects is tested against an API server, in `dflag-tests`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use clap::Parser;
use clap::error::ErrorKind;
use dflag::DynamicFlags;
use dflag_configmap::commands::{Output, Stream};
use dflag_configmap::{Builder, ConfigMapArgs, ParseError};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[arg(long)]
    dsn: String,

    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,
}

fn run(
    line: &[&str],
    options: impl FnOnce(Builder<()>) -> Builder<()>,
) -> Result<Output, ErrorKind> {
    match ConfigMapArgs::try_parse_from_with::<Args, _, _>(line, options) {
        Err(ParseError::Command(output)) => Ok(*output),
        Err(ParseError::CommandLine(error)) => Err(error.kind()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn policy_is_printed_though_required_arguments_are_missing() {
    let output = run(&["server", "--config-policy=production/flags"], |builder| {
        builder
    })
    .unwrap();
    assert_eq!((output.exit_code(), output.stream()), (0, Stream::Stdout));
    let text = output.text();
    // Both objects are the cluster's: without the namespace, another one's policy would replace this one.
    let names = text.matches("\n  name: 'dflag.production.flags'\n");
    assert_eq!(names.count(), 2, "the policy and its binding: {text}");
    assert!(
        text.contains("policyName: 'dflag.production.flags'\n"),
        "{text}"
    );
    assert!(text.contains("[['limit'], ['0', '255'], "), "{text}");
}

#[test]
fn options_of_the_updater_are_those_of_the_policy() {
    let output = run(&["server", "--config-policy=production/flags"], |builder| {
        builder.deny_unknown(true).prefix("server.")
    });
    let text = output.unwrap().text();
    assert!(text.contains("'server.limit': 0"), "{text}");
    // No source can set the arguments of the tools.
    assert!(!text.contains("config-policy"), "{text}");
}

#[test]
fn anything_but_a_namespace_and_a_name_is_an_error_of_the_command_line() {
    for name in [
        "flags",
        "/flags",
        "production/",
        "a/b/c",
        "Production/flags",
        "production/a_b",
    ] {
        let error = run(&["server", &format!("--config-policy={name}")], |builder| {
            builder
        });
        assert_eq!(error.unwrap_err(), ErrorKind::ValueValidation, "{name}");
    }
}

#[test]
fn one_command_is_run_at_a_time() {
    let line = ["server", "--config-policy=a/b", "--config-check=-"];
    assert_eq!(
        run(&line, |builder| builder).unwrap_err(),
        ErrorKind::ArgumentConflict
    );
}
