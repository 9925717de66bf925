//! Texts: what a file may contain, and the errors for what it may not.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::option_option,
    reason = "tests may panic"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::{BoolValueParser, TypedValueParser};
use clap::{ArgAction, Parser};
use dflag::{Applied, DynamicFlags, FlagSet, Flags, Layer, OnInvalid, Problem, Rejected};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    registries: Vec<String>,

    #[arg(long)]
    #[flag(dynamic)]
    lines: Vec<String>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    ports: Option<Vec<u16>>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic, trim = false)]
    raw: Vec<String>,

    #[arg(long, num_args = 2)]
    #[flag(dynamic)]
    pairs: Vec<String>,

    #[arg(long, num_args = 1..=2, action = ArgAction::Set)]
    #[flag(dynamic)]
    few: Vec<String>,

    #[arg(long, value_delimiter = ',', action = ArgAction::Set)]
    #[flag(dynamic)]
    set: Vec<String>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    switches: Vec<bool>,

    #[arg(long, default_value = "", value_parser = dflag::value::string_set())]
    #[flag(dynamic)]
    blocked: BTreeSet<String>,

    #[arg(long, default_value = "none")]
    #[flag(dynamic)]
    word: String,

    #[arg(long, default_value_t = 1, alias = "old-limit", aliases = ["older_limit"])]
    #[flag(dynamic)]
    limit: u32,

    #[arg(long)]
    #[flag(dynamic)]
    timeout: Option<u32>,

    #[arg(long)]
    #[flag(dynamic)]
    root: Option<PathBuf>,

    #[arg(long, num_args = 0..=1)]
    #[flag(dynamic)]
    trace: Option<Option<u32>>,

    #[arg(long, value_parser = BoolValueParser::new().map(|b| !b), default_value = "true")]
    #[flag(dynamic)]
    inverted: bool,

    #[arg(long, value_parser = BoolValueParser::new().try_map(only_true), default_value = "true")]
    #[flag(dynamic)]
    certain: bool,

    #[arg(long, default_value = "{}", value_parser = dflag::value::json::<serde_json::Value>())]
    #[flag(dynamic)]
    policy: serde_json::Value,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    token: String,
}

#[derive(Clone, Parser, DynamicFlags)]
struct Renamed {
    #[arg(long, alias = "old")]
    #[flag(dynamic)]
    new: Option<u8>,
}

fn only_true(value: bool) -> Result<bool, &'static str> {
    if value { Ok(true) } else { Err("must be true") }
}

fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server"]).unwrap()
}

fn layer(keys: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, text) in keys {
        layer.file(*key, format!("/etc/dflag/{key}"), *text);
    }
    layer
}

fn propose(args: &Flags<Args>, keys: &[(&str, &str)]) -> Result<Applied, Rejected> {
    <Arc<dyn FlagSet>>::from(args).propose(&layer(keys))
}

/// Proposes one key, which is rejected, and returns the reason.
fn reason(key: &str, text: &str) -> String {
    let rejected = propose(&args(), &[(key, text)]).unwrap_err();
    assert_eq!(rejected.problems.len(), 1);
    let problem = rejected.problems[0].to_string();
    let (_, reason) = problem
        .split_once(&format!("`{key}` (/etc/dflag/{key}): "))
        .unwrap();
    reason.to_owned()
}

#[test]
fn white_space_and_empty_members_of_a_list_are_dropped() {
    let args = args();
    for (text, members) in [
        (
            "kind.local,ko.local, gcr.io",
            &["kind.local", "ko.local", "gcr.io"] as &[_],
        ),
        ("a,b,\nc\n", &["a", "b", "c"]),
        ("\u{feff}a\r\n,b ,\r\n", &["a", "b"]),
        (" \n", &[]),
    ] {
        propose(&args, &[("registries", text)]).unwrap();
        assert_eq!(args.registries.get(), members, "{text:?}");
    }
    propose(&args, &[("ports", "80, 443,")]).unwrap();
    assert_eq!(args.ports.get(), Some(vec![80, 443]));
    propose(&args, &[("ports", "")]).unwrap();
    assert_eq!(args.ports.get(), Some(vec![]));
}

#[test]
fn json_array_is_a_list_whose_members_are_not_split() {
    let args = args();
    for (text, members) in [
        (r#"["a","b"]"#, &["a", "b"] as &[_]),
        (r#"[ "a, b" , " ", "" ]"#, &["a, b", " ", ""]),
        ("[]", &[]),
        // Brackets that are part of a member, such as in a regular expression.
        ("[12]", &["[12]"]),
    ] {
        args.set("registries", text).unwrap();
        assert_eq!(args.registries.get(), members, "{text:?}");
    }
    args.set("ports", "[80, 443]").unwrap();
    assert_eq!(args.ports.get(), Some(vec![80, 443]));
    args.set("switches", "[true,false]").unwrap();
    assert_eq!(args.switches.get(), [true, false]);
    args.set("blocked", r#"["eve","a,b"]"#).unwrap();
    assert_eq!(args.blocked.get(), ["a,b", "eve"].map(str::to_owned).into());
}

#[test]
fn lines_with_a_dash_are_a_list_only_if_unambiguous() {
    let args = args();
    args.set("ports", "- 80\n- 443\n").unwrap();
    assert_eq!(args.ports.get(), Some(vec![80, 443]));
    for key in ["registries", "lines", "blocked"] {
        let reason = reason(key, "- eu\n- us");
        assert!(
            reason.contains("write one value a line without the dash, or a JSON array"),
            "{reason}"
        );
    }
    args.set("registries", "- eu\nus").unwrap();
    assert_eq!(args.registries.get(), ["- eu", "us"]);
}

#[test]
fn trim_false_disables_leniency() {
    let args = args();
    for (text, members) in [
        (" a,b \n", &[" a", "b "] as &[_]),
        (r#"["a"]"#, &[r#"["a"]"#]),
        ("- a", &["- a"]),
        ("\u{feff}a", &["\u{feff}a"]),
    ] {
        propose(&args, &[("raw", text)]).unwrap();
        assert_eq!(args.raw.get(), members, "{text:?}");
    }
}

#[test]
fn bounded_list_accepts_as_many_members_as_the_command_line() {
    let args = args();
    args.set("pairs", "a\nb\nc\nd").unwrap();
    assert_eq!(args.pairs.get(), ["a", "b", "c", "d"]);
    assert!(args.set("pairs", "a\nb\nc").is_err());
    args.set("pairs", "[\"a\",\"\"]").unwrap();
    assert_eq!(args.pairs.get(), ["a", ""]);
    args.set("few", "a\n--few=c").unwrap();
    assert_eq!(args.few.get(), ["a", "--few=c"]);
    let rejected = args.set("few", "a\nb\n--few=c").unwrap_err().to_string();
    assert!(
        rejected.contains("1 to 2 values required for '--few <FEW>...' but 3 were provided"),
        "{rejected}"
    );
}

#[test]
fn one_occurrence_with_a_delimiter_has_members_on_several_lines() {
    let args = args();
    for (text, members, listed) in [
        ("a\nb", &["a", "b"][..], "a,b"),
        ("a,b", &["a", "b"], "a,b"),
        ("a, b\n c,\n", &["a", "b", "c"], "a,b,c"),
        ("[\"a,b\", \"c\"]", &["a,b", "c"], r#"["a,b","c"]"#),
    ] {
        args.set("set", text).unwrap();
        assert_eq!(args.set.get(), members, "{text:?}");
        let value = args.flag("set").unwrap().value;
        assert_eq!(value.as_deref(), Some(listed), "{text:?}");
    }
}

#[test]
fn listed_texts_can_be_set_again_with_the_same_meaning() {
    let parts = [
        "a",
        "",
        " ",
        "a,b",
        " a",
        "- a",
        "[1]",
        "[\"a\"]",
        "a\nb",
        "\u{feff}a",
        "\\\"",
        "--lines=x",
    ];
    let args = args();
    for one in parts {
        for two in parts {
            let array = serde_json::to_string(&[one, two]).unwrap();
            for name in ["registries", "lines", "set", "pairs", "few"] {
                args.set(name, &array).unwrap();
                let before = args.load_full();
                let listed = args.flag(name).unwrap().value.unwrap();
                args.clear(name).unwrap();
                args.set(name, &listed).unwrap();
                let after = args.load_full();
                assert_eq!(
                    format!("{before:?}"),
                    format!("{after:?}"),
                    "{name} {listed:?}"
                );
            }
        }
    }
}

#[test]
fn byte_order_mark_is_trimmed() {
    let args = args();
    propose(
        &args,
        &[
            ("limit", "\u{feff}5\r\n"),
            ("word", "\u{feff} x "),
            ("token", "\u{feff}s3cret\n"),
        ],
    )
    .unwrap();
    let now = args.load();
    assert_eq!((now.limit, &*now.word, &*now.token), (5, "x", "s3cret"));
}

#[test]
fn invisible_characters_of_a_quoted_value_are_escaped() {
    assert_eq!(
        reason("limit", "5\u{200b}"),
        "invalid value '5\\u{200b}' for '--limit <LIMIT>': invalid digit found in string",
    );
    let rejected = args().set("lim\u{202e}it", "5").unwrap_err().to_string();
    assert!(rejected.contains("`lim\\u{202e}it`"), "{rejected}");
}

#[test]
fn error_has_a_reason_whatever_the_value_is() {
    assert_eq!(
        reason("policy", "{\n\n  \"level\": \"info\",\n}"),
        "invalid value '{\\n\\n  \"level\": \"info\",\\n}' for '--policy <POLICY>': \
         trailing comma at line 4 column 1",
    );
    assert_eq!(
        reason("limit", "\n\n1\n\n2"),
        "invalid value '1\\n\\n2' for '--limit <LIMIT>': invalid digit found in string",
    );
}

#[test]
fn empty_text_for_an_option_counts_as_an_absent_key() {
    let args = Args::try_parse_dynamic_from(["server", "--timeout=7"]).unwrap();
    let applied = propose(&args, &[("timeout", ""), ("root", "  ")]).unwrap();
    assert_eq!(applied.blank, ["timeout", "root"]);
    let now = args.load();
    assert_eq!((now.timeout, &now.root), (Some(7), &None));

    // An override can't be absent, and no text means `None`.
    let rejected = args.set("timeout", "").unwrap_err().to_string();
    assert!(
        rejected.ends_with("; clear a flag to return to the value beneath its override"),
        "{rejected}"
    );
}

#[test]
fn empty_text_for_any_other_flag_is_an_error_with_a_remedy() {
    let remedy = "; remove the key to return to the value beneath it";
    assert!(reason("limit", "").ends_with(remedy));
    assert!(reason("trace", "").ends_with(remedy));
    propose(&args(), &[("word", "")]).unwrap();
}

#[test]
fn alias_and_name_with_equal_values_are_accepted() {
    let args = args();
    let applied = propose(&args, &[("old-limit", "5"), ("limit", "05")]).unwrap();
    assert_eq!((args.limit.get(), applied.overruled.len()), (5, 0));
    let origin = args.flag("limit").unwrap().origin.to_string();
    assert_eq!(origin, "ConfigMap (/etc/dflag/limit)");
}

#[test]
fn name_overrules_an_alias_with_another_value() {
    let args = args();
    let applied = propose(
        &args,
        &[("old-limit", "4"), ("limit", "5"), ("older-limit", "6")],
    )
    .unwrap();
    assert_eq!(args.limit.get(), 5);
    let overruled: Vec<_> = applied.overruled.iter().map(ToString::to_string).collect();
    assert_eq!(overruled.len(), 2);
    assert!(
        overruled[0].contains("/etc/dflag/old-limit"),
        "{}",
        overruled[0]
    );
}

#[test]
fn differing_keys_without_a_precedence_are_an_error() {
    for keys in [
        &[("old-limit", "4"), ("old_limit", "5")] as &[_],
        &[("old-limit", "4"), ("older-limit", "5")],
        &[("limit", "5"), ("old-limit", "4"), ("old_limit", "6")],
    ] {
        let rejected = propose(&args(), keys).unwrap_err();
        assert!(
            matches!(&rejected.problems[..], [Problem::Duplicate { flag, .. }] if flag == "limit"),
            "{keys:?}"
        );
    }
    propose(&args(), &[("old-limit", "4"), ("old_limit", "4")]).unwrap();
}

#[test]
fn invalid_value_is_an_error_under_any_name_and_an_empty_one_is_ignored() {
    let rejected = propose(&args(), &[("limit", "5"), ("old-limit", "x")]).unwrap_err();
    assert_eq!(rejected.problems.len(), 1);

    let args = Renamed::try_parse_dynamic_from(["server"]).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    let applied = set.propose(&layer(&[("new", ""), ("old", "3")])).unwrap();
    assert_eq!(
        (args.new.get(), &applied.blank[..]),
        (Some(3), &["new".to_owned()][..])
    );
}

#[test]
fn own_parser_of_a_bool_reads_the_text_first() {
    let args = args();
    // The command line's parser inverts the value, so a file does, too.
    for (text, value) in [
        ("true", false),
        ("yes", false),
        ("false", true),
        ("OFF", true),
    ] {
        args.set("inverted", text).unwrap();
        assert_eq!(args.inverted.get(), value, "{text}");
    }
    for text in ["false", "no", "0"] {
        let reason = reason("certain", text);
        assert!(reason.contains("must be true"), "{reason}");
    }
    args.set("certain", "on").unwrap();
    args.set("switches", "yes, False,1").unwrap();
    assert_eq!(args.switches.get(), [true, false, true]);
    assert_eq!(
        args.flag("switches").unwrap().value.as_deref(),
        Some("true,false,true")
    );
}

#[test]
fn keep_valid_reports_ignored_and_absent_keys_as_well() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let keys = [("limit", "x"), ("timeout", ""), ("word", "kept")];
    let applied = set
        .propose(&layer(&keys).on_invalid(OnInvalid::KeepValid))
        .unwrap();
    assert_eq!((applied.rejected.len(), applied.blank.len()), (1, 1));
    assert_eq!(&*args.word.load(), "kept");
}

/// Flags whose texts and errors are easily wrong.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Corners::check)]
struct Corners {
    #[arg(long, action = clap::ArgAction::Append)]
    #[flag(dynamic)]
    port: Option<u16>,

    #[arg(long, value_delimiter = ',', default_value = "")]
    #[flag(dynamic)]
    name: String,

    #[arg(long, value_parser = ja_or_nein, action = clap::ArgAction::Set, default_value = "nein")]
    #[flag(dynamic)]
    german: bool,

    #[arg(long, default_value = "abc")]
    #[flag(dynamic, validate = dflag::validate::min_len(1))]
    short: String,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    rule: String,
}

impl Corners {
    fn check(&self) -> Result<(), String> {
        if self.rule.is_empty() {
            return Ok(());
        }
        Err(format!("not {}\n\n   at all", self.rule))
    }
}

fn ja_or_nein(text: &str) -> Result<bool, &'static str> {
    match text {
        "ja" => Ok(true),
        "nein" => Ok(false),
        _ => Err("ja or nein"),
    }
}

fn corners() -> Flags<Corners> {
    let line = ["server", "--port=1", "--port=2", "--name=a,b"];
    Corners::try_parse_dynamic_from(line).unwrap()
}

#[test]
fn field_of_one_value_is_listed_with_the_value_that_it_has() {
    let args = corners();
    assert_eq!(args.port.get(), Some(1));
    assert_eq!(args.flag("port").unwrap().value.as_deref(), Some("1"));
    assert_eq!(args.name.get(), "a");
    assert_eq!(args.flag("name").unwrap().value.as_deref(), Some("a"));
}

#[test]
fn error_of_a_bool_lists_no_word_that_its_parser_rejects() {
    let args = corners();
    let rejected = args.set("german", "yes").unwrap_err().to_string();
    assert!(
        rejected.contains("invalid value 'yes' for '--german <GERMAN>': ja or nein"),
        "{rejected}"
    );
    assert!(!rejected.contains("possible values"), "{rejected}");
    args.set("german", "ja").unwrap();
    assert!(args.german.get());
}

#[test]
fn check_that_rejects_an_empty_text_has_a_remedy() {
    let args = corners();
    let rejected = args.set("short", "").unwrap_err().to_string();
    assert!(
        rejected.ends_with("; clear a flag to return to the value beneath its override"),
        "{rejected}"
    );
    let set: Arc<dyn FlagSet> = (&args).into();
    let rejected = set.propose(&layer(&[("short", "\n")])).unwrap_err();
    let rejected = rejected.to_string();
    assert!(
        rejected.ends_with("; remove the key to return to the value beneath it"),
        "{rejected}"
    );
}

#[test]
fn message_of_a_rule_is_on_one_line_and_escaped() {
    let rejected = corners().set("rule", "x\u{202e}y").unwrap_err().to_string();
    assert!(rejected.ends_with("not x\\u{202e}y at all"), "{rejected}");
}
