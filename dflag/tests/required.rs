//! Required flags that a source supplies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use dflag::{DynamicFlags, FlagSet, Flags, Layer, Precedence, Problem};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long)]
    dsn: String,

    #[arg(long, alias = "rate")]
    #[flag(dynamic, validate = dflag::validate::range(0.0..=1.0))]
    rollout: f64,

    #[arg(long, value_delimiter = ',', required = true)]
    #[flag(dynamic)]
    zones: Vec<String>,

    #[arg(long, num_args = 2, required = true)]
    #[flag(dynamic)]
    pair: Vec<u8>,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,
}

fn layer(keys: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, text) in keys {
        layer.file(*key, format!("/etc/dflag/{key}"), *text);
    }
    layer
}

const ALL: [(&str, &str); 4] = [
    ("dsn", "postgres://db\n"),
    ("rate", " 0.5 "),
    ("zones", "[\"eu\", \"us\"]"),
    ("pair", "1\n2"),
];

fn parse(typed: &[&str], layer: &Layer) -> Result<Flags<Args>, clap::Error> {
    Flags::try_parse_with([&["server"], typed].concat(), layer)
}

#[test]
fn layer_supplies_missing_required_flags() {
    let args = parse(&["--limit=2"], &layer(&ALL)).unwrap();
    let now = args.load();
    assert_eq!(
        (&*now.dsn, now.rollout, now.limit),
        ("postgres://db", 0.5, 2)
    );
    assert_eq!(
        (&now.zones[..], &now.pair[..]),
        (&["eu".to_owned(), "us".to_owned()][..], &[1, 2][..])
    );
    let origin = |name| args.flag(name).unwrap().origin.to_string();
    assert_eq!(origin("dsn"), "ConfigMap (/etc/dflag/dsn)");
    assert_eq!(origin("rollout"), "ConfigMap (/etc/dflag/rate)");
    assert_eq!(origin("limit"), "command line");
}

#[test]
fn command_line_takes_precedence_over_the_layer() {
    let args = parse(&["--dsn=typed"], &layer(&ALL)).unwrap();
    assert_eq!(args.load().dsn, "typed");
    assert_eq!(args.flag("dsn").unwrap().origin.to_string(), "command line");
}

#[test]
fn missing_flag_is_claps_error_with_the_key_named() {
    let error = parse(&[], &layer(&ALL[1..])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    let text = error.to_string();
    assert!(text.contains("--dsn <DSN>"), "{text}");
    assert!(
        text.contains("ConfigMap /etc/dflag has no key `dsn` either"),
        "{text}"
    );
    // Without a layer the error is clap's, unchanged.
    let typed = Args::try_parse_from(["server"]).unwrap_err().to_string();
    assert_eq!(
        Args::try_parse_dynamic_from(["server"])
            .unwrap_err()
            .to_string(),
        typed
    );
}

#[test]
fn invalid_value_is_reported_with_its_file() {
    let mut keys = ALL;
    keys[1].1 = "2";
    let text = parse(&[], &layer(&keys)).unwrap_err().to_string();
    assert!(
        text.contains("`rollout` (/etc/dflag/rate): 2.0 is not in 0.0..=1.0"),
        "{text}"
    );
}

#[test]
fn help_needs_no_required_flags() {
    let error = parse(&["--help"], &layer(&ALL)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DisplayHelp);
}

#[test]
fn later_layer_without_the_key_is_rejected() {
    for precedence in [Precedence::AboveCommandLine, Precedence::BelowCommandLine] {
        let args = parse(&[], &layer(&ALL)).unwrap();
        let set: Arc<dyn FlagSet> = (&args).into();
        set.propose(&layer(&ALL).precedence(precedence)).unwrap();
        assert_eq!(args.load().zones, ["eu", "us"]);
        set.freeze();
        let mut without = ALL.to_vec();
        without.remove(1);
        let rejected = set
            .propose(&layer(&without).precedence(precedence))
            .unwrap_err();
        assert!(
            matches!(&rejected.problems[..], [Problem::Required { flag, .. }] if flag == "rollout")
        );

        // An override is a layer like any other.
        args.set("rollout", "0.25").unwrap();
        set.propose(&layer(&without).precedence(precedence))
            .unwrap();
        assert!(args.clear("rollout").is_err());

        // A frozen static flag keeps its value, but a restart would fail.
        set.propose(&layer(&ALL[1..]).precedence(precedence))
            .unwrap();
        assert_eq!(args.load().dsn, "postgres://db");
        assert!(
            matches!(&args.restart_problems()[..], [Problem::Required { flag, .. }] if flag == "dsn")
        );
    }
}

#[derive(Parser, DynamicFlags)]
#[command(infer_subcommands = true)]
struct Cli {
    #[arg(long)]
    zone: String,

    #[arg(long, global = true, default_value = "info")]
    #[flag(dynamic)]
    log: String,

    #[command(subcommand)]
    #[flag(subcommand)]
    command: Command,
}

#[derive(Subcommand, DynamicFlags)]
enum Command {
    #[flag(subcommand)]
    Check(CheckArgs),

    #[flag(subcommand)]
    Serve(ServeArgs),

    #[command(subcommand)]
    #[flag(subcommand)]
    Db(DbCommand),
}

// `check` has arguments of the same ids as `serve`, of other types and with other checks.
#[derive(Clone, clap::Args, DynamicFlags)]
struct CheckArgs {
    #[arg(long)]
    port: String,

    #[arg(long)]
    #[flag(dynamic, validate = dflag::validate::range(0..=1))]
    limit: u32,
}

#[derive(Clone, clap::Args, DynamicFlags)]
#[command(arg_required_else_help = true)]
struct ServeArgs {
    #[arg(long)]
    port: u16,

    #[arg(long)]
    #[flag(dynamic, validate = dflag::validate::range(1..=100))]
    limit: u32,

    #[arg(long, num_args = 2, required = true)]
    pair: Vec<u8>,

    #[arg(long, default_value = "")]
    name: String,

    files: Vec<String>,
}

#[derive(Subcommand, DynamicFlags)]
enum DbCommand {
    #[flag(subcommand)]
    Vacuum(VacuumArgs),
}

#[derive(Clone, clap::Args, DynamicFlags)]
struct VacuumArgs {
    #[arg(long)]
    #[flag(dynamic)]
    workers: u8,
}

const SERVE: [(&str, &str); 5] = [
    ("zone", "eu"),
    ("port", "80\n"),
    ("limit", "7"),
    ("pair", "1\n2"),
    ("workers", "4"),
];

fn parse_cli(typed: &[&str], layer: &Layer) -> Result<Flags<Cli>, clap::Error> {
    Flags::try_parse_with([&["server"], typed].concat(), layer)
}

#[test]
fn layer_supplies_required_flags_of_the_chosen_subcommand() {
    for typed in [
        &["serve", "--name=x"][..],
        &["ser", "--name", "serve", "check"],
        &["--log", "serve", "serve", "--name=x"],
        &["--log=serve", "serve", "--name", "x", "--", "serve"],
    ] {
        let cli = parse_cli(typed, &layer(&SERVE)).unwrap();
        let CommandFlags::Serve(serve) = &cli.command else {
            panic!("{:?}", cli.command);
        };
        assert_eq!(serve.limit.get(), 7);
        let now = cli.load();
        let Command::Serve(serve) = &now.command else {
            panic!("{typed:?}");
        };
        assert_eq!(
            (&*now.zone, serve.port, &serve.pair[..]),
            ("eu", 80, &[1, 2][..])
        );
        let origin = |name| cli.flag(name).unwrap().origin.to_string();
        assert_eq!(origin("zone"), "ConfigMap (/etc/dflag/zone)");
        assert_eq!(origin("port"), "ConfigMap (/etc/dflag/port)");
        let set: Arc<dyn FlagSet> = (&cli).into();
        set.propose(&layer(&SERVE).deny_unknown(true)).unwrap();
        assert!(set.propose(&layer(&SERVE[..2])).is_err());
    }
}

#[test]
fn layer_supplies_required_flags_of_a_nested_subcommand() {
    let cli = parse_cli(&["db", "vacuum", "--log=warn"], &layer(&SERVE)).unwrap();
    let CommandFlags::Db(DbCommandFlags::Vacuum(vacuum)) = &cli.command else {
        panic!("{:?}", cli.command);
    };
    assert_eq!((vacuum.workers.get(), &*cli.log.get()), (4, "warn"));
}

#[test]
fn given_argument_of_a_subcommand_takes_precedence_over_the_layer() {
    let cli = parse_cli(&["--zone=us", "serve", "--port=1"], &layer(&SERVE)).unwrap();
    let now = cli.load();
    assert!(matches!(&now.command, Command::Serve(serve) if serve.port == 1 && now.zone == "us"));
}

#[test]
fn missing_flag_of_a_subcommand_is_claps_error_with_the_key_named() {
    let error = parse_cli(&["serve", "--port=1"], &layer(&[("zone", "eu")])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument);
    let text = error.to_string();
    assert!(text.contains("has no key `limit` either"), "{text}");
    assert!(
        text.contains("Usage: server serve") || text.contains("serve"),
        "{text}"
    );
}

#[test]
fn invalid_value_for_a_subcommand_is_reported_with_its_file() {
    let mut keys = SERVE;
    keys[1].1 = "many";
    let text = parse_cli(&["serve", "--name=x"], &layer(&keys))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("`port` (/etc/dflag/port): invalid value 'many'"),
        "{text}"
    );
    let mut keys = SERVE;
    keys[2].1 = "101";
    let text = parse_cli(&["serve", "--name=x"], &layer(&keys))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("`limit` (/etc/dflag/limit): 101 is not in 1..=100"),
        "{text}"
    );
}

/// Required lists whose members a command line would split or count in another way.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Lists {
    #[arg(long, required = true, value_delimiter = ',', value_parser = brackets)]
    #[flag(dynamic)]
    patterns: Vec<String>,

    #[arg(long, required = true, value_delimiter = ',', num_args = 2, value_names = ["A", "B"])]
    #[flag(dynamic)]
    pair: Vec<String>,

    #[arg(long, required = true, value_delimiter = ',')]
    #[flag(dynamic)]
    paths: Vec<std::path::PathBuf>,

    #[arg(long, required = true, num_args = 1..)]
    #[flag(dynamic)]
    offsets: Vec<i32>,

    rest: Vec<String>,
}

/// Accepts a text with as many opening brackets as closing ones.
fn brackets(text: &str) -> Result<String, &'static str> {
    if text.matches('[').count() == text.matches(']').count() {
        Ok(text.to_owned())
    } else {
        Err("unclosed bracket")
    }
}

#[test]
fn members_of_a_required_list_are_not_split_again() {
    let lists = layer(&[
        ("patterns", r#"["[a,b]", "c"]"#),
        ("pair", "x,y"),
        ("paths", r#"["/a,", "/c"]"#),
        ("offsets", "-5\n7"),
    ]);
    let args = Flags::<Lists>::try_parse_with(["server", "file"], &lists).unwrap();
    let now = args.load();
    assert_eq!(now.patterns, ["[a,b]", "c"]);
    assert_eq!(now.pair, ["x", "y"]);
    assert_eq!(now.paths, [std::path::Path::new("/a,"), "/c".as_ref()]);
    assert_eq!(now.offsets, [-5, 7]);
    assert_eq!(now.rest, ["file"]);
    // The flags themselves are still split as the program declares.
    <Arc<dyn FlagSet>>::from(&args).propose(&lists).unwrap();
    args.set("patterns", "a,b").unwrap();
    assert_eq!(args.patterns.get(), ["a", "b"]);
    assert!(args.set("pair", "x").is_err());
}

/// Flags whose key may be empty.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Blanks {
    #[arg(long, required = true)]
    #[flag(dynamic)]
    count: Option<u32>,

    #[arg(long, required = true)]
    #[flag(dynamic)]
    names: Vec<String>,

    #[arg(long, required = true)]
    #[flag(dynamic)]
    verbose: bool,
}

#[test]
fn empty_key_of_a_required_flag_is_named_as_such() {
    let all = [("count", "1"), ("names", "a"), ("verbose", "yes")];
    let parse = |keys: &[(&str, &str)]| Flags::<Blanks>::try_parse_with(["server"], &layer(keys));
    let args = parse(&all).unwrap();
    assert_eq!((args.count.get(), args.verbose.get()), (Some(1), true));

    let mut keys = all;
    keys[0].1 = "";
    let text = parse(&keys).unwrap_err().to_string();
    assert!(
        text.contains("ConfigMap /etc/dflag has the key `count`, but it is empty: write a value"),
        "{text}"
    );
    let set: Arc<dyn FlagSet> = (&args).into();
    set.propose(&layer(&all)).unwrap();
    let rejected = set.propose(&layer(&keys)).unwrap_err().to_string();
    assert!(
        rejected.contains("`count`: the flag is required, and no other layer has a value for it; its key is empty, so write a value"),
        "{rejected}"
    );

    let mut keys = all;
    keys[1].1 = "";
    for text in [
        parse(&keys).unwrap_err().to_string(),
        set.propose(&layer(&keys)).unwrap_err().to_string(),
    ] {
        assert!(
            text.contains("`names` (/etc/dflag/names)")
                && text.contains("the flag is required, so write a value"),
            "{text}"
        );
    }
}
