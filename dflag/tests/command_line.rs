//! The base: the command line and the environment, which pass the same checks as every source.

#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "tests may panic")]

use clap::{CommandFactory, Parser, Subcommand};
use dflag::{DynamicFlags, Flags, Origin};

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(name = "server", version)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value_t = 0.0, env = "DFLAG_TEST_ROLLOUT")]
    #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    rollout: f64,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = |n: &u8| if *n == 0 { Err("zero") } else { Ok(()) })]
    shards: u8,

    #[command(flatten)]
    #[flag(flatten)]
    limits: Limits,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
#[flags(validate = Limits::check)]
struct Limits {
    /// Maximum number of connections.
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    most: u8,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Serve {
        #[arg(long)]
        inner: bool,
    },
}

impl Args {
    fn check(&self) -> Result<(), &'static str> {
        if self.shards > 100 {
            Err("too many shards")
        } else {
            Ok(())
        }
    }
}

impl Limits {
    fn check(&self) -> Result<(), &'static str> {
        if self.most > 100 {
            Err("too much")
        } else {
            Ok(())
        }
    }
}

fn parse(typed: &[&str]) -> Result<Flags<Args>, clap::Error> {
    Args::try_parse_dynamic_from([&["server"], typed].concat())
}

#[test]
fn parses_exactly_as_clap_does() {
    for typed in [
        &["--help"][..],
        &["--version"],
        &["--shards=x"],
        &["--nope"],
        &["serve", "--x"],
    ] {
        let actual = parse(typed).unwrap_err();
        let expected = Args::try_parse_from([&["server"], typed].concat()).unwrap_err();
        assert_eq!(actual.to_string(), expected.to_string());
        assert_eq!(
            (actual.kind(), actual.exit_code()),
            (expected.kind(), expected.exit_code())
        );
    }
    let args = parse(&["--most=4", "serve", "--inner"]).unwrap();
    assert_eq!(args.limits.most.get(), 4);
    assert!(matches!(
        args.load().command,
        Some(Command::Serve { inner: true })
    ));
}

#[test]
fn command_line_violations_are_reported_together() {
    let rejected = parse(&["--rollout=2", "--shards=0", "--most=200"]).unwrap_err();
    let text = rejected.to_string();
    for reason in [
        "`rollout`: 2.0 is not in 0.0..=1.0",
        "`shards`: zero",
        "the flags together: too much",
    ] {
        assert!(text.contains(reason), "{text}");
    }
    assert!(
        parse(&["--shards=101"])
            .unwrap_err()
            .to_string()
            .contains("too many shards")
    );
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[command(bin_name = "named")]
struct Named {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic, validate = dflag::validate::range(1..))]
    shards: u8,
}

/// As those of clap, such as that of a missing argument.
#[test]
fn usage_in_the_errors_of_checks_and_rules_has_the_name_of_the_program_file() {
    for typed in ["--shards=0", "--shards=101"] {
        let text = |program| {
            let error = Args::try_parse_dynamic_from([program, typed]).unwrap_err();
            error.to_string()
        };
        let usage = "\n\nUsage: front-end [OPTIONS] [COMMAND]\n";
        assert!(
            text("/opt/front-end").contains(usage),
            "{}",
            text("/opt/front-end")
        );
        assert!(text("").contains("Usage: server "), "{}", text(""));
    }
    let error = Named::try_parse_dynamic_from(["/opt/front-end", "--shards=0"]).unwrap_err();
    assert!(
        error.to_string().contains("Usage: named [OPTIONS]"),
        "{error}"
    );
}

#[test]
fn flags_of_a_subcommand_cannot_be_set() {
    let args = parse(&["serve"]).unwrap();
    assert!(args.set("inner", "true").is_err());
}

#[test]
fn environment_variable_is_listed_as_the_origin() {
    // In a child process: changing the environment of this one would race with other tests.
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "child_with_the_variable",
            "--ignored",
            "--nocapture",
        ])
        .env("DFLAG_TEST_ROLLOUT", "0.5")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
#[ignore = "run by `environment_variable_is_listed_as_the_origin` with the variable set"]
fn child_with_the_variable() {
    let args = parse(&[]).unwrap();
    let rollout = &args.list()[0];
    assert_eq!(rollout.origin, Origin::Environment);
    assert_eq!(rollout.value.as_deref(), Some("0.5"));
    assert_eq!(rollout.env.as_deref(), Some("DFLAG_TEST_ROLLOUT"));
    assert_eq!(args.rollout.get(), 0.5);
    // An override takes precedence over the variable; clearing it restores the variable's value.
    args.set("rollout", "0.75").unwrap();
    assert_eq!(args.rollout.get(), 0.75);
    args.clear("rollout").unwrap();
    assert_eq!(args.rollout.get(), 0.5);
}

#[test]
fn flags_can_be_built_from_the_programs_own_command() {
    let command = Args::command().arg(clap::Arg::new("own").long("own").num_args(1));
    let matches = command.get_matches_from(["server", "--own=1", "--shards=7"]);
    let args = Flags::<Args>::from_arg_matches(&matches).unwrap();
    assert_eq!(args.shards.get(), 7);
    assert_eq!(args.list()[1].origin, Origin::CommandLine);
    assert_eq!(args.list()[2].help, "Maximum number of connections");
    assert!(args.set("own", "2").is_err());
}

#[test]
fn names_that_differ_only_in_separators_are_rejected() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Twins {
        #[arg(long = "log-level", default_value_t = 1)]
        #[flag(dynamic)]
        one: u8,
        #[arg(long = "log_level", default_value_t = 2)]
        other: u8,
    }
    let rejected = Twins::try_parse_dynamic_from(["server"]).unwrap_err();
    assert!(
        rejected
            .to_string()
            .contains("`log-level` and `log_level` of two flags differ in `-` and `_` only")
    );
    let plain = Twins::try_parse_from(["server"]).unwrap();
    assert_eq!((plain.one, plain.other), (1, 2));
}

#[test]
fn long_name_takes_precedence_over_another_flags_id() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Crossed {
        #[arg(long = "b", default_value = "")]
        #[flag(dynamic)]
        a: String,
        #[arg(long = "c", default_value = "")]
        #[flag(dynamic)]
        b: String,
    }
    let args = Crossed::try_parse_dynamic_from(["server"]).unwrap();
    args.set("b", "by its long name").unwrap();
    args.set("a", "by its id").unwrap();
    assert_eq!(
        (args.a.get().as_str(), args.b.get().as_str()),
        ("by its id", "")
    );
}

#[test]
fn count_is_listed_as_a_number_that_can_be_set_again() {
    #[derive(Clone, Debug, Parser, DynamicFlags)]
    struct Counting {
        #[arg(short, long, action = clap::ArgAction::Count)]
        #[flag(dynamic)]
        verbose: u8,
    }
    let args = Counting::try_parse_dynamic_from(["server", "-vvv"]).unwrap();
    assert_eq!(
        (args.list()[0].value.as_deref(), args.verbose.get()),
        (Some("3"), 3)
    );
    assert!(args.set("verbose", "3").unwrap().changed.is_empty());
}
