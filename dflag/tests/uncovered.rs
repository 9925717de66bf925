//! Uncovered flags: arguments that no struct with `DynamicFlags` declares.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]
#![allow(clippy::struct_field_names, reason = "each is a flag's name")]

use std::sync::Arc;

use clap::{ArgAction, Args as _, CommandFactory as _, Parser, Subcommand};
use dflag::{
    DynamicFlags, FlagInfo, FlagKind, FlagSet, Flags, Key, Layer, MASK, OnInvalid, Origin, Problem,
};

/// As that of `clap_verbosity_flag`.
#[derive(Clone, Debug, clap::Args)]
struct Verbosity {
    /// More output.
    #[arg(long, short = 'v', action = ArgAction::Count, global = true)]
    verbose: u8,

    /// Less output.
    #[arg(long, short = 'q', action = ArgAction::Count, global = true, conflicts_with = "verbose")]
    quiet: u8,
}

#[derive(Clone, Debug, clap::Args)]
struct Tls {
    /// The private key.
    #[arg(long, env = "UNCOVERED_TEST_KEY")]
    tls_key: Option<String>,

    #[arg(long)]
    tls_verify: bool,

    #[arg(long, value_delimiter = ',', default_value = "h2")]
    tls_alpn: Vec<String>,
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,

    #[command(flatten)]
    verbosity: Verbosity,

    #[command(flatten)]
    tls: Option<Tls>,

    #[command(flatten)]
    #[flag(flatten = false)]
    own: Own,

    #[arg(short = 'x')]
    short: bool,
    input: Option<String>,
}

#[derive(Clone, Debug, clap::Args, DynamicFlags)]
struct Own {
    #[arg(long, default_value_t = 1)]
    workers: u8,
}

fn layer(keys: &[(&str, &str)]) -> Layer {
    layer_of("/etc/dflag", keys)
}

fn layer_of(location: &str, keys: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", location);
    for (key, text) in keys {
        layer.file(*key, format!("{location}/{key}"), *text);
    }
    layer
}

fn parse(typed: &[&str], keys: &[(&str, &str)]) -> Result<Flags<Args>, clap::Error> {
    Flags::try_parse_with([&["server"], typed].concat(), &layer(keys))
}

fn origin(args: &Flags<Args>, name: &str) -> String {
    args.flag(name).unwrap().origin.to_string()
}

fn propose(args: &Flags<Args>, layer: &Layer) -> Result<dflag::Applied, dflag::Rejected> {
    let set: Arc<dyn FlagSet> = args.into();
    set.propose(layer)
}

#[test]
fn every_argument_with_a_long_name_is_listed() {
    let args = Args::try_parse_dynamic_from(["server", "-vv", "--tls-key=hunter2"]).unwrap();
    let flags = args.list();
    let names: Vec<_> = flags
        .iter()
        .map(|flag| (&*flag.name, flag.covered))
        .collect();
    let expected = [
        ("limit", true),
        ("verbose", false),
        ("quiet", false),
        ("tls-key", false),
        ("tls-verify", false),
        ("tls-alpn", false),
        ("workers", false),
    ];
    assert_eq!(names, expected);
    let FlagInfo {
        help,
        kind,
        value,
        default,
        origin,
        secret,
        changed,
        ..
    } = &flags[1];
    assert_eq!((&**help, *kind), ("More output", FlagKind::Static));
    assert_eq!(
        (value.as_deref(), default.as_deref()),
        (Some(MASK), Some(MASK))
    );
    assert!(*origin == Origin::CommandLine && *secret && *changed);
    let key = &flags[3];
    assert_eq!(key.env.as_deref(), Some("UNCOVERED_TEST_KEY"));
    assert_eq!(key.value.as_deref(), Some(MASK));
    assert!(flags[5].many && !flags[2].changed);
}

#[test]
fn value_of_an_uncovered_flag_is_shown_nowhere() {
    let args = parse(&[], &[("tls-key", "hunter2")]).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    let applied = propose(&args, &layer(&[("tls-key", "hunter3"), ("limit", "5")])).unwrap();
    let error = args.set("tls-key", "hunter4").unwrap_err();
    let texts = [
        format!("{args:?}"),
        format!("{:?}", args.listing()),
        format!("{applied:?}"),
        format!("{:?}", args.pending_restarts()),
        error.to_string(),
        format!(
            "{:?} {set:?}",
            layer(&[("tls-key", "hunter3")]),
            set = set.listing()
        ),
    ];
    for text in texts {
        assert!(!text.contains("hunter"), "{text}");
    }
    // It is not part of a checksum, as any secret.
    let without = parse(&[], &[("limit", "5")]).unwrap();
    propose(&without, &layer(&[("limit", "5")])).unwrap();
    for kind in [FlagKind::Static, FlagKind::Dynamic] {
        assert_eq!(args.checksum(kind), without.checksum(kind));
    }
}

#[test]
fn an_override_of_an_uncovered_flag_is_an_error() {
    let args = parse(&[], &[]).unwrap();
    let error = args.set("verbose", "2").unwrap_err();
    assert!(matches!(&error.problems[..], [Problem::Static { flag, .. }] if flag == "verbose"));
}

#[test]
fn help_is_that_of_clap_alone() {
    for line in [["server", "--help"], ["server", "-h"]] {
        let help = Args::try_parse_from(line).unwrap_err().to_string();
        let dynamic = Args::try_parse_dynamic_from(line).unwrap_err().to_string();
        let with = Flags::<Args>::try_parse_with(line, &layer(&[("tls-key", "x")])).unwrap_err();
        assert_eq!((&dynamic, &with.to_string()), (&help, &help));
    }
}

#[test]
fn layer_sets_uncovered_flags_by_the_rules_of_files() {
    let keys = [
        ("verbose", " 2\n"),
        ("tls_verify", "yes\n"),
        ("tls-key", "key\n"),
        ("tls-alpn", "h3, h2,"),
        ("workers", "4"),
    ];
    let args = parse(&[], &keys).unwrap();
    let now = args.load();
    let tls = now.tls.as_ref().unwrap();
    assert_eq!((now.verbosity.verbose, now.own.workers), (2, 4));
    assert_eq!(tls.tls_key.as_deref(), Some("key"));
    assert!(tls.tls_verify);
    assert_eq!(tls.tls_alpn, ["h3", "h2"]);
    assert_eq!(
        origin(&args, "tls-verify"),
        "ConfigMap (/etc/dflag/tls_verify)"
    );

    let applied = propose(&args, &layer(&keys)).unwrap();
    assert!(applied.unknown.is_empty() && applied.changed.is_empty());
    assert_eq!(args.pending_restarts(), []);
    let layers = args.flag("verbose").unwrap().layers;
    let origins: Vec<_> = layers
        .iter()
        .map(|layer| layer.origin.to_string())
        .collect();
    assert_eq!(origins, ["default", "ConfigMap (/etc/dflag/verbose)"]);
}

#[test]
fn switch_that_is_off_and_count_of_zero_insert_nothing() {
    let keys = [("tls-verify", "no"), ("verbose", "0")];
    let args = parse(&[], &keys).unwrap();
    assert_eq!(args.load().verbosity.verbose, 0);
    // Without any of its arguments, the struct is absent, as on the command line.
    assert!(args.load().tls.is_none());
    assert_eq!(origin(&args, "verbose"), "ConfigMap (/etc/dflag/verbose)");
    propose(&args, &layer(&keys)).unwrap();
    assert_eq!(args.pending_restarts(), []);
}

#[test]
fn command_line_and_environment_take_precedence() {
    if std::env::var_os("UNCOVERED_TEST_KEY").is_none() {
        // A variable of this process would be seen by the other tests.
        let test = "command_line_and_environment_take_precedence";
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .env("UNCOVERED_TEST_KEY", "environment")
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let keys = [("tls-key", "layer"), ("verbose", "1")];
    let args = parse(&["-vvv"], &keys).unwrap();
    let now = args.load();
    assert_eq!(now.verbosity.verbose, 3);
    assert_eq!(
        now.tls.as_ref().unwrap().tls_key.as_deref(),
        Some("environment")
    );
    assert_eq!(origin(&args, "tls-key"), "environment");
    let applied = propose(&args, &layer(&keys)).unwrap();
    let shadowed: Vec<_> = applied.shadowed.iter().map(ToString::to_string).collect();
    assert_eq!(
        shadowed,
        [
            "`verbose`: ConfigMap (/etc/dflag/verbose) has no effect, because command line takes precedence",
            "`tls-key`: ConfigMap (/etc/dflag/tls-key) has no effect, because environment takes precedence",
        ]
    );
    assert_eq!(args.pending_restarts(), []);
}

#[test]
fn invalid_text_is_an_error_that_does_not_quote_it() {
    for (key, text) in [("verbose", "hunter2"), ("tls-verify", "hunter2")] {
        let error = parse(&[], &[(key, text)]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("`{key}` (/etc/dflag/{key}): rejected")),
            "{error}"
        );
        assert!(!error.contains("hunter2"), "{error}");
    }
    // A layer that keeps its valid keys leaves it at the value of the command line.
    let lenient = layer(&[("verbose", "many"), ("limit", "5")]).on_invalid(OnInvalid::KeepValid);
    let args = Flags::<Args>::try_parse_with(["server"], &lenient).unwrap();
    assert_eq!(propose(&args, &lenient).unwrap().rejected.len(), 1);
    assert_eq!((args.limit.get(), args.load().verbosity.verbose), (5, 0));
}

#[test]
fn conflict_with_a_flag_of_the_layer_names_its_file() {
    let error = parse(&["-q"], &[("verbose", "1")]).unwrap_err();
    assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict);
    let text = error.to_string();
    assert!(
        text.contains("`--verbose` is set by ConfigMap (/etc/dflag/verbose)"),
        "{text}"
    );
}

#[test]
fn key_of_another_source_is_reported_and_the_rest_is_applied() {
    let parsed_with = parse(&[], &[]).unwrap();
    let parsed_alone = Args::try_parse_dynamic_from(["server"]).unwrap();
    for (args, location) in [(parsed_with, "/etc/other"), (parsed_alone, "/etc/dflag")] {
        let layer = layer_of(location, &[("tls_key", "hunter2"), ("limit", "5")]);
        let applied = propose(&args, &layer).unwrap();
        assert_eq!(args.limit.get(), 5);
        let [problem @ Problem::Uncovered { key, flag, .. }] = &applied.unknown[..] else {
            panic!("{:?}", applied.unknown);
        };
        assert_eq!(
            (&**key, &**flag, problem.flag()),
            ("tls_key", "tls-key", Some("tls-key"))
        );
        let text = problem.to_string();
        let expected = format!("`tls_key` ({location}/tls_key): an argument of this program that");
        assert!(text.starts_with(&expected), "{text}");
        assert!(text.contains("configmap::parse"), "{text}");
        let denied = propose(&args, &layer.deny_unknown(true)).unwrap_err();
        assert_eq!(denied.problems, applied.unknown);
        assert_eq!(args.pending_restarts(), []);
    }
}

#[test]
fn key_that_changes_or_vanishes_after_the_parse_is_pending_restart() {
    let keys = [("verbose", "2"), ("tls-key", "hunter2")];
    let args = parse(&[], &keys).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    propose(&args, &layer(&keys).deny_unknown(true)).unwrap();
    set.freeze();
    let pending = || {
        let pending = args.pending_restarts().into_iter();
        pending
            .map(|pending| (pending.flag, pending.value))
            .collect::<Vec<_>>()
    };
    assert_eq!(pending(), []);
    propose(&args, &layer(&[("tls-key", "hunter3"), ("workers", "2")])).unwrap();
    let masked = Some(MASK.to_owned());
    assert_eq!(
        pending(),
        [
            // Its default.
            ("verbose".to_owned(), masked.clone()),
            ("tls-key".to_owned(), masked.clone()),
            ("workers".to_owned(), masked),
        ]
    );
    assert_eq!(
        args.load().tls.as_ref().unwrap().tls_key.as_deref(),
        Some("hunter2")
    );
    propose(&args, &layer(&keys[..1])).unwrap();
    assert_eq!(pending(), [("tls-key".to_owned(), None)]);
    propose(&args, &layer(&keys)).unwrap();
    assert_eq!(pending(), []);
}

#[test]
fn update_with_an_invalid_text_is_rejected() {
    let args = parse(&[], &[("verbose", "1")]).unwrap();
    propose(&args, &layer(&[("verbose", "1")])).unwrap();
    let update = layer(&[("verbose", "hunter2"), ("limit", "5")]);
    let rejected = propose(&args, &update).unwrap_err();
    assert_eq!(rejected.problems[0].flag(), Some("verbose"));
    assert!(!format!("{rejected} {rejected:?}").contains("hunter2"));
    assert_eq!(args.limit.get(), 3);
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Conflicting {
    #[command(flatten)]
    pair: Pair,
}

#[derive(Clone, Debug, clap::Args)]
struct Pair {
    #[arg(long)]
    one: Option<u8>,
    #[arg(long, conflicts_with = "one")]
    other: Option<u8>,
}

#[test]
fn conflict_that_a_restart_would_meet_is_a_restart_problem() {
    let args = Flags::<Conflicting>::try_parse_with(["server"], &layer(&[])).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    set.freeze();
    set.propose(&layer(&[("one", "1")])).unwrap();
    assert_eq!(args.restart_problems(), []);
    set.propose(&layer(&[("one", "1"), ("other", "1")]))
        .unwrap();
    assert_eq!(args.pending_restarts().len(), 2);
    assert!(matches!(
        &args.restart_problems()[..],
        [Problem::Conflict { .. }]
    ));
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Required {
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,
    #[command(flatten)]
    upstream: Upstream,
}

#[derive(Clone, Debug, clap::Args)]
struct Upstream {
    #[arg(long)]
    token: String,
}

#[test]
fn layer_supplies_a_required_uncovered_flag() {
    let parse = |keys: &[(&str, &str)]| Flags::<Required>::try_parse_with(["server"], &layer(keys));
    let error = parse(&[]).unwrap_err().to_string();
    assert!(
        error.contains("ConfigMap /etc/dflag has no key `token` either"),
        "{error}"
    );

    let args = parse(&[("token", "hunter2\n")]).unwrap();
    assert_eq!(args.load().upstream.token, "hunter2");
    let set: Arc<dyn FlagSet> = (&args).into();
    set.propose(&layer(&[("token", "hunter2\n")])).unwrap();
    set.freeze();
    assert_eq!(
        (args.pending_restarts(), args.restart_problems()),
        (vec![], vec![])
    );
    // The running program has its value, but a restart would fail.
    set.propose(&layer(&[("limit", "5")])).unwrap();
    assert_eq!(args.limit.get(), 5);
    assert!(
        matches!(&args.restart_problems()[..], [Problem::Required { flag, .. }] if flag == "token")
    );
}

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Cli::check)]
struct Cli {
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,
    #[command(flatten)]
    verbosity: Verbosity,
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    fn check(&self) -> Result<(), String> {
        if let Command::Serve {
            token: Some(token), ..
        } = &self.command
            && self.limit > 100
        {
            return Err(format!("limit {} is too high for {token}", self.limit));
        }
        if self.limit == 100 {
            return Err(format!(
                "limit 100 is too high with {}",
                self.verbosity.verbose
            ));
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Serve {
        #[arg(long)]
        token: Option<String>,
        #[arg(long)]
        limit: Option<u8>,
    },
    Migrate {
        #[arg(long)]
        dry_run: bool,
    },
}

fn cli(typed: &[&str], keys: &[(&str, &str)]) -> Result<Flags<Cli>, clap::Error> {
    Flags::try_parse_with([&["server"], typed].concat(), &layer(keys))
}

#[test]
fn arguments_of_a_chosen_subcommand_without_the_derive_are_uncovered() {
    let args = cli(
        &["serve"],
        &[("token", "hunter2"), ("dry-run", "true"), ("verbose", "1")],
    );
    let args = args.unwrap();
    let names: Vec<_> = args.list().into_iter().map(|flag| flag.name).collect();
    // The global arguments are listed once.
    assert_eq!(names, ["limit", "verbose", "quiet", "token", "limit"]);
    assert_eq!(args.load().verbosity.verbose, 1);
    assert!(
        matches!(&args.load().command, Command::Serve { token: Some(token), .. } if token == "hunter2")
    );
    assert_eq!(args.lookup("dry-run"), Key::OtherSubcommand);
    // The name of a covered flag stays that flag's.
    assert_eq!(
        args.lookup("limit"),
        Key::Flag {
            name: "limit".into()
        }
    );
    args.set("limit", "5").unwrap();
    assert_eq!(args.limit.get(), 5);
    let global = cli(&["serve", "-vv"], &[("verbose", "1")]).unwrap();
    assert_eq!(global.load().verbosity.verbose, 2);
}

#[test]
fn rule_that_quotes_an_uncovered_value_is_withheld() {
    let args = cli(&["serve", "--token=hunter2"], &[]).unwrap();
    let error = args.set("limit", "101").unwrap_err().to_string();
    assert!(
        error.contains("in words that quote a secret") && !error.contains("hunter2"),
        "{error}"
    );
    // A count is no secret, so that words with its digit are shown.
    let args = cli(&["-v", "migrate"], &[]).unwrap();
    let error = args.set("limit", "100").unwrap_err().to_string();
    assert!(error.contains("limit 100 is too high with 1"), "{error}");
}

#[test]
fn arguments_that_a_command_adds_by_hand_are_uncovered() {
    let mut command = Own::augment_args(clap::Command::new("server"))
        .arg(clap::Arg::new("region").long("region").default_value("eu"));
    let matches = command
        .try_get_matches_from_mut(["server", "--region=us"])
        .unwrap();
    let args = Flags::<Own>::from_command(command, &matches).unwrap();
    let region = args.flag("region").unwrap();
    assert!(!region.covered && region.changed);
    assert_eq!(region.value.as_deref(), Some(MASK));
}

#[test]
fn lookup_classifies_keys() {
    let args = parse(&[], &[]).unwrap();
    let uncovered = |name: &str, location: Option<&str>| Key::Uncovered {
        name: name.into(),
        location: location.map(Into::into),
    };
    assert_eq!(
        args.lookup("tls_key"),
        uncovered("tls-key", Some("/etc/dflag"))
    );
    let flags = vec!["tls-key".to_owned()];
    assert_eq!(args.lookup("UNCOVERED_TEST_KEY"), Key::Variable { flags });
    assert_eq!(args.lookup("uncovered_test_key"), Key::Unknown);
    for key in ["help", "short", "input", "version", "nothing"] {
        assert_eq!(args.lookup(key), Key::Unknown, "{key}");
    }
    let alone = Args::try_parse_dynamic_from(["server"]).unwrap();
    assert_eq!(alone.lookup("tls_key"), uncovered("tls-key", None));
    let _ = Args::command();
}
