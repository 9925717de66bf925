//! The command line: what asks for a check, and what the rest of the line does to the verdict.

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use dflag::DynamicFlags;
use dflag_configmap::commands::Stream;
use dflag_configmap::{ConfigMapArgs, ParseError};

use crate::program::{Args, check, json};

/// Everything that clap can require.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(version = "1", arg_required_else_help = true)]
struct Required {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[arg(long)]
    dsn: String,

    #[arg(long)]
    #[flag(dynamic)]
    rate: f64,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = dflag::validate::range(1..=9))]
    burst: u8,

    #[arg(long)]
    user: Option<String>,

    #[arg(long, required_unless_present = "user")]
    account: Option<String>,

    file: String,
}

fn manifest(data: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {{{data}}}\n");
    std::fs::write(file.path(), text).unwrap();
    file
}

/// The flags of the problems.
fn problems(data: &str, line: &[&str]) -> Vec<String> {
    let file = manifest(data);
    let line = [line, &["--config-format=json"]].concat();
    let report = json(&check::<Required>(file.path(), &line));
    let problems = report["problems"].as_array().unwrap().iter();
    problems
        .map(|problem| problem["flag"].as_str().unwrap_or("-").to_owned())
        .collect()
}

#[test]
fn required_flags_that_nobody_supplies_are_problems_beside_the_others() {
    // Those of the command line are in the order of clap's own error, which its features change.
    let mut all = problems("limit: \"300\"", &[]);
    all.sort_unstable();
    assert_eq!(all, ["<FILE>", "account", "dsn", "limit", "rate"]);
    assert_eq!(
        problems("dsn: x, rate: \"0.5\"", &["--user=a", "f"]),
        [""; 0]
    );
    assert_eq!(
        problems("dsn: x, rate: \"0.5\", account: a", &["f"]),
        [""; 0]
    );
    assert_eq!(problems("dsn: x, rate: many, account: a", &["f"]), ["rate"]);
    // Problems of the manifest name flags, too.
    assert_eq!(problems("dsn: x, rate: 5", &["--user=a", "f"]), ["rate"]);
    assert_eq!(
        problems("dsn: x, limit: 5", &["--user=a", "f"]),
        ["limit", "rate"]
    );
    assert_eq!(
        problems("dsn: \"\", rate: \"1\"", &["--user=a", "f"]),
        [""; 0]
    );
    assert_eq!(
        problems("rate: \"1\"", &["--dsn=x", "--user=a"]),
        ["<FILE>"]
    );
}

#[test]
fn the_command_line_counts() {
    let file = manifest("rollout: \"0.5\"");
    assert_eq!(check::<Args>(file.path(), &[]).exit_code(), 0);
    let report = check::<Args>(file.path(), &["--max-connections=0"]);
    assert_eq!(report.exit_code(), 1);
    assert!(
        report.text().contains("a rollout needs connections"),
        "{report}"
    );
}

#[test]
fn a_wrong_argument_is_not_blamed_on_the_keys_that_supply_what_is_missing() {
    let file = manifest("dsn: x, rate: \"0.5\"");
    let report = check::<Required>(file.path(), &["--burst=20", "--user=a", "f"]);
    assert_eq!((report.exit_code(), report.stream()), (2, Stream::Stderr));
    let expected = "together with the command line: `burst`: 20 is not in 1..=9";
    assert!(report.text().contains(expected), "{report}");
    // So it is if the ConfigMap is wrong as well, or supplies nothing.
    for data in ["limit: \"300\"", "rate: many"] {
        let report = check::<Required>(manifest(data).path(), &["--burst=20"]);
        assert_eq!(report.exit_code(), 2, "{report}");
        assert!(report.text().contains(expected), "{report}");
    }
    let report = check::<Required>(file.path(), &["--burst=20", "--config-format=json"]);
    assert_eq!((report.exit_code(), report.stream()), (2, Stream::Stdout));
    assert_eq!(json(&report)["verdict"], "unusable");
}

fn error(line: &[&str]) -> clap::Error {
    let line = [&["server"], line].concat();
    match ConfigMapArgs::try_parse_from_with::<Required, _, _>(line, |builder| builder) {
        Err(ParseError::CommandLine(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// A rule across flags, of which the ConfigMap supplies one.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Ruled::check)]
struct Ruled {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[arg(long)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    burst: u8,
}

impl Ruled {
    fn check(&self) -> Result<(), &'static str> {
        if self.burst > self.limit {
            return Err("the burst is greater than the limit");
        }
        Ok(())
    }
}

#[test]
fn a_rule_that_rejects_line_and_config_map_together_is_a_problem_of_the_config_map() {
    let file = manifest("limit: \"5\"");
    let report = check::<Ruled>(file.path(), &["--burst=9"]);
    assert_eq!(report.exit_code(), 1, "{report}");
    assert!(report.text().contains("the burst is greater"), "{report}");
    assert_eq!(check::<Ruled>(file.path(), &["--burst=3"]).exit_code(), 0);
}

#[test]
fn a_command_can_be_run_without_an_updater() {
    let run = |line: &[&str]| {
        let line = [&["server"], line].concat();
        ConfigMapArgs::try_run_from::<Required, _, _>(line, |builder| builder)
    };
    // What the rest of the line says does not matter if it asks for no command.
    assert_eq!(run(&["--config-dir=/absent"]).unwrap(), None);
    assert_eq!(run(&["--nope"]).unwrap(), None);
    let file = manifest("limit: \"300\"");
    let check = format!("--config-check={}", file.path().display());
    let output = run(&[&check]).unwrap().unwrap();
    assert_eq!(output.exit_code(), 1);
    let error = run(&[&check, "--nope"]).unwrap_err().to_string();
    assert!(error.contains("--nope"), "{error}");
}

#[test]
fn other_errors_of_the_line_are_those_of_clap() {
    let kind = |line: &[&str]| error(line).kind();
    assert_eq!(
        kind(&[]),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    assert_eq!(
        kind(&["--help", "--config-check=/absent"]),
        ErrorKind::DisplayHelp
    );
    assert_eq!(
        kind(&["--config-check=/absent", "--version"]),
        ErrorKind::DisplayVersion
    );
    assert_eq!(
        kind(&["--config-check=/absent", "--nope"]),
        ErrorKind::UnknownArgument
    );
    assert_eq!(
        kind(&["--limit=300", "--config-check=/absent"]),
        ErrorKind::ValueValidation
    );
    assert_eq!(kind(&["--config-name=a/b/c"]), ErrorKind::ValueValidation);
    assert_eq!(kind(&["f"]), ErrorKind::MissingRequiredArgument);
}

#[test]
fn without_a_command_it_follows_the_directory_or_nothing() {
    let (args, updater) =
        ConfigMapArgs::try_parse_from_with::<Args, _, _>(["server"], |builder| builder).unwrap();
    assert!(updater.is_none());
    assert_eq!(args.load().port, 8080);

    let dir = tempfile::tempdir().unwrap();
    for (key, value) in [("dsn", "db"), ("rate", "0.5"), ("limit", "7")] {
        std::fs::write(dir.path().join(key), value).unwrap();
    }
    let dir = format!("--config-dir={}", dir.path().display());
    let line = ["server", "--user=a", &dir, "file"];
    let (args, updater) =
        ConfigMapArgs::try_parse_from_with::<Required, _, _>(line, |builder| builder).unwrap();
    assert_eq!((&*args.load().dsn, args.limit.get()), ("db", 7));
    assert!(updater.is_some());
}

/// The directory has a default, and the arguments belong to a subcommand.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Program {
    #[command(subcommand)]
    #[flag(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand, DynamicFlags)]
enum Command {
    #[flag(subcommand)]
    Serve(Serve),
    Version,
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
#[command(mut_arg(ConfigMapArgs::DIR, |arg| arg.default_value("/absent/of/server").env("TEST_CONFIG_DIR")))]
struct Serve {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[arg(long)]
    #[flag(dynamic)]
    limit: u8,
}

#[test]
fn a_subcommand_may_have_the_arguments_and_the_directory_a_default() {
    let parse = |line: &[&str]| {
        let line = [&["server"], line].concat();
        ConfigMapArgs::try_parse_from_with::<Program, _, _>(line, |builder| builder)
    };
    let (_, updater) = parse(&["version"]).unwrap();
    assert!(updater.is_none());
    let error = parse(&["serve", "--limit=3"]).unwrap_err().to_string();
    assert!(
        error.contains("`/absent/of/server` does not exist"),
        "{error}"
    );
    let error = parse(&["serve"]).unwrap_err().to_string();
    assert!(error.contains("/absent/of/server"), "{error}");

    let file = manifest("limit: \"300\", limi: x");
    let check = format!("--config-check={}", file.path().display());
    let Err(ParseError::Command(output)) = parse(&["serve", &check]) else {
        panic!("the line asks for a command");
    };
    assert_eq!((output.exit_code(), output.stream()), (1, Stream::Stdout));
    assert!(output.text().contains("300 is not in 0..=255"), "{output}");
    assert!(output.text().contains("did you mean `limit`?"), "{output}");
}

/// Arguments of all kinds around the one that asks for a command.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Various {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[arg(long, short)]
    quiet: bool,

    #[arg(long, action = clap::ArgAction::SetFalse)]
    no_color: bool,

    #[arg(long, short, action = clap::ArgAction::Count)]
    #[flag(dynamic)]
    verbose: u8,

    #[arg(long, default_value_t = 1, conflicts_with = "quiet")]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long, num_args = 2, allow_hyphen_values = true)]
    pair: Vec<String>,

    #[arg(long, default_value_if("quiet", "true", "x"))]
    mode: Option<String>,
}

#[test]
fn a_command_is_found_among_arguments_of_all_kinds() {
    let file = manifest("limit: \"300\"");
    let check = format!("--config-check={}", file.path().display());
    for line in [
        &["-q", "-vv", "--no-color", &check][..],
        &["-qv", "--verbose", &check, "--pair", "-q", "-v"],
        &[&check, "--limit", "5", "-v"],
        &["--pair", "a", "--limit", &check, "--mode=x"],
        &["--limit=5", "--pair", "a", "b", &check],
    ] {
        let line = [&["server"], line].concat();
        let output = ConfigMapArgs::try_run_from::<Various, _, _>(&line, |builder| builder);
        let output = output.unwrap_or_else(|error| panic!("{line:?}: {error}"));
        assert_eq!(output.map(|output| output.exit_code()), Some(1), "{line:?}");
    }
    // Here it is a value of another argument.
    let line = ["server", "--pair", "a", &check];
    let output = ConfigMapArgs::try_run_from::<Various, _, _>(line, |builder| builder).unwrap();
    assert_eq!(output, None);
}

/// A foreign struct's argument, which only `parse` sets.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Uncovered {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,

    #[command(flatten)]
    #[flag(show)]
    foreign: Foreign,
}

#[derive(Clone, Debug, clap::Args)]
struct Foreign {
    #[arg(long, default_value_t = 1)]
    threads: u8,

    #[arg(long, conflicts_with = "threads")]
    single: bool,
}

#[test]
fn arguments_that_no_struct_covers_are_judged_as_parse_sets_them() {
    let report = |data: &str, line: &[&str]| {
        let file = manifest(data);
        let output = check::<Uncovered>(file.path(), line);
        (output.exit_code(), output.text())
    };
    let (code, text) = report("threads: \"4\"", &[]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("By a restart:\n  threads: 1 -> 4\n"),
        "{text}"
    );
    let (code, text) = report("threads: many", &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains(":4:8: error: `threads`"), "{text}");
    let (code, text) = report("threads: \"4\"", &["--single"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("cannot be used with"), "{text}");
}
