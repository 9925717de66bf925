//! Secrets of a program that builds its own command: its help and errors show no value of one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::process;

use clap::{Arg, ArgMatches, Args as _, Command, CommandFactory, Parser};
use dflag::{DynamicFlags, Flags, MASK};

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
#[flags(validate = Login::check)]
struct Login {
    #[arg(long, default_value_t = 4711)]
    #[flag(dynamic, secret)]
    pin: u32,

    #[arg(long, env = "DFLAG_TEST_TOK")]
    #[flag(dynamic, secret, validate = short)]
    token: Option<String>,

    #[arg(long, default_value = "", env = "DFLAG_TEST_KEY")]
    #[flag(secret)]
    key: String,

    #[arg(long, default_value_t = 1, env = "DFLAG_TEST_LIMIT")]
    #[flag(dynamic)]
    limit: u8,
}

#[expect(clippy::ref_option, reason = "a check of the field as it is")]
fn short(token: &Option<String>) -> Result<(), String> {
    match token {
        Some(token) if token.len() > 9 => Err(format!("{token} is too long")),
        _ => Ok(()),
    }
}

impl Login {
    fn check(&self) -> Result<(), String> {
        if self.limit > 100 {
            return Err(format!("{} may not have {}", self.pin, self.limit));
        }
        Ok(())
    }
}

fn login() -> Command {
    Login::augment_args(Command::new("server").arg(Arg::new("input")))
}

/// `server`, `server serve` and `server db serve` with secrets, and `server migrate` with a flag of the
/// same name that is none.
fn nested() -> Command {
    let pin = Arg::new("pin").long("pin").default_value("1234");
    let serve = || Login::augment_args(Command::new("serve"));
    Command::new("server")
        .arg(Arg::new("verbose").long("verbose").global(true).num_args(0))
        .subcommand(serve())
        .subcommand(Command::new("migrate").arg(pin.value_parser(clap::value_parser!(u32))))
        .subcommand(Command::new("db").subcommand(serve()))
}

fn parse(command: Command, words: &[&str]) -> Result<(Flags<Login>, ArgMatches), clap::Error> {
    Flags::try_parse_command_from(command, [&["server"], words].concat())
}

fn output(error: &clap::Error) -> String {
    format!("{error} {error:?}")
}

fn assert_hides(error: &clap::Error, values: &[&str]) {
    let output = output(error);
    for value in values {
        assert!(!output.contains(value), "{value}: {output}");
    }
}

#[test]
fn flags_and_matches_of_a_command() {
    let (login, matches) = parse(login(), &["--pin=5", "file"]).unwrap();
    assert_eq!(login.pin.get(), 5);
    assert_eq!(matches.get_one::<String>("input").unwrap(), "file");
    assert_eq!(login.flag("pin").unwrap().value.as_deref(), Some(MASK));
}

#[test]
fn errors_and_help_of_a_command_show_no_secret() {
    for words in [
        &["--pin=hunter2"][..],
        &["--token=hunter2hunter2"],
        &["--pin=8888", "--limit=101"],
        &["--help"],
    ] {
        let error = parse(login(), words).unwrap_err();
        assert_hides(&error, &["hunter", "4711", "8888"]);
    }
    let error = parse(login(), &["--pin=x"]).unwrap_err();
    assert!(error.to_string().contains("'--pin <PIN>'"), "{error}");
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn errors_of_other_flags_stay_as_clap_wrote_them() {
    for words in [&["--limit=x"][..], &["--pin"], &["--oops"]] {
        let line = [&["server"], words].concat();
        let clap = login().try_get_matches_from(&line).unwrap_err();
        let ours = parse(login(), words).unwrap_err();
        assert_eq!(ours.to_string(), clap.to_string());
    }
}

#[test]
fn struct_of_a_subcommand_is_found_at_any_depth() {
    for path in [&["serve"][..], &["db", "serve"]] {
        let (flags, matches) = parse(nested(), &[path, &["--pin=5"]].concat()).unwrap();
        assert_eq!(flags.pin.get(), 5);
        flags.set("pin", "6").unwrap();
        assert_eq!(flags.pin.get(), 6);
        assert_eq!(matches.subcommand_name(), Some(path[0]));
        for words in [
            &["--pin=hunter2"][..],
            &["--token=hunter2hunter2"],
            &["--help"],
        ] {
            let error = parse(nested(), &[path, words].concat()).unwrap_err();
            assert_hides(&error, &["hunter", "4711"]);
        }
        let help = parse(nested(), &[&["help"], path].concat()).unwrap_err();
        assert_hides(&help, &["4711"]);
    }
}

#[test]
fn flag_of_another_subcommand_with_the_same_name_is_no_secret() {
    let help = parse(nested(), &["migrate", "--help"]).unwrap_err();
    assert!(help.to_string().contains("[default: 1234]"), "{help}");
}

#[test]
fn command_line_that_chooses_another_subcommand_is_an_error() {
    let error = parse(nested(), &["migrate"]).unwrap_err();
    assert_eq!(error.kind(), clap::error::ErrorKind::MissingSubcommand);
    assert!(error.to_string().contains("Login"), "{error}");
}

#[test]
fn error_is_masked_by_a_command_that_has_not_parsed_anything() {
    let mut command = Flags::<Login>::hide_secrets(nested());
    for words in [
        ["server", "serve", "--pin=hunter2"],
        ["server", "serve", "--pin=hunter3"],
    ] {
        let error = || command.clone().try_get_matches_from(words).unwrap_err();
        assert!(error().to_string().contains("hunter"));
        assert_hides(
            &Flags::<Login>::mask_secrets(error(), &nested()),
            &["hunter"],
        );
        assert_hides(
            &Flags::<Login>::mask_secrets(error(), &command),
            &["hunter"],
        );
    }
    command.build();
    let error = command.try_get_matches_from_mut(["server", "serve", "--pin=hunter2"]);
    let error = Flags::<Login>::mask_secrets(error.unwrap_err(), &command);
    assert_hides(&error, &["hunter"]);
}

#[test]
fn secrets_of_several_structs_are_hidden_one_after_the_other() {
    #[derive(Clone, clap::Args, DynamicFlags)]
    struct Root {
        #[arg(long, default_value_t = 8642)]
        #[flag(dynamic, secret)]
        code: u32,
    }
    let command = Root::augment_args(nested());
    let command = Flags::<Root>::hide_secrets(Flags::<Login>::hide_secrets(command));
    let error = |words: &[&str]| {
        let error = command.clone().try_get_matches_from(words).unwrap_err();
        let error = Flags::<Root>::mask_secrets(error, &command);
        Flags::<Login>::mask_secrets(error, &command)
    };
    for words in [
        &["server", "--help"][..],
        &["server", "--code=hunter2"],
        &["server", "serve", "--help"],
        &["server", "serve", "--pin=hunter2"],
    ] {
        assert_hides(&error(words), &["hunter", "4711", "8642"]);
    }
}

#[test]
fn errors_of_from_command_show_no_secret() {
    for words in [
        &["server", "--token=hunter2hunter2"][..],
        &["server", "--pin=8888", "--limit=101"],
    ] {
        let matches = login().get_matches_from(words);
        for error in [
            Flags::<Login>::from_command(login(), &matches).unwrap_err(),
            Flags::<Login>::from_arg_matches(&matches).unwrap_err(),
        ] {
            assert_hides(&error, &["hunter", "8888"]);
        }
    }
}

/// A program whose secrets show nothing in its help.
#[derive(Clone, Parser, DynamicFlags)]
#[command(name = "server")]
struct Harmless {
    /// A token.
    #[arg(long, env = "DFLAG_TEST_TOK")]
    #[flag(dynamic, secret)]
    token: Option<String>,

    #[arg(long, default_value = "", env = "DFLAG_TEST_KEY")]
    #[flag(dynamic, secret)]
    key: String,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic, secret)]
    list: Vec<String>,

    #[arg(long, default_value_t = 1, env = "DFLAG_TEST_LIMIT")]
    #[flag(dynamic)]
    limit: u8,
}

#[test]
fn help_is_byte_identical_where_there_is_nothing_to_hide() {
    for option in ["-h", "--help"] {
        let clap = Harmless::try_parse_from(["server", option]).err().unwrap();
        let clap = clap.to_string();
        assert!(clap.contains("DFLAG_TEST_TOK="), "{clap}");
        let ours = Harmless::try_parse_dynamic_from(["server", option]).unwrap_err();
        assert_eq!(ours.to_string(), clap);
        let ours =
            Flags::<Harmless>::try_parse_command_from(Harmless::command(), ["server", option]);
        assert_eq!(ours.unwrap_err().to_string(), clap);
    }
}

#[test]
#[ignore = "run by another test in an environment of its own"]
fn child() {
    let harmless = Harmless::try_parse_dynamic_from(["server", "--help"]).unwrap_err();
    println!("{harmless}");
    println!("{}", parse(login(), &["--help"]).unwrap_err());
    println!(
        "{}",
        parse(nested(), &["db", "serve", "--help"]).unwrap_err()
    );
    println!("{}", parse(login(), &[]).unwrap_err());
}

#[test]
fn only_a_variable_that_is_set_is_hidden() {
    let output = process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .env("DFLAG_TEST_TOK", "hunter2hunter2")
        .env("DFLAG_TEST_KEY", "")
        .env("DFLAG_TEST_LIMIT", "7")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("hunter"), "{text}");
    for (part, count) in [
        ("[env: DFLAG_TEST_TOK]", 3),
        ("[env: DFLAG_TEST_KEY=]", 3),
        ("[env: DFLAG_TEST_LIMIT=7]", 3),
        ("environment variable DFLAG_TEST_TOK", 1),
    ] {
        assert_eq!(text.matches(part).count(), count, "{part}: {text}");
    }
}
