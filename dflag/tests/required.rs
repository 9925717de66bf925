//! Required flags that a source supplies.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::Arc;

use clap::Parser;
use clap::error::ErrorKind;
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
