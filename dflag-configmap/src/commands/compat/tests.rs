//! Tests of comparisons: two versions of a program, flag by flag.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::Styles;
use clap::{Parser, ValueEnum};
use dflag::validate::{matches, max_len, min_len, range};
use dflag::{DynamicFlags, FlagSchema, Flags};
use proptest::prelude::*;
use serde_json::json;

use super::{Report, compare};
use crate::commands::sample;
use crate::commands::schema::schema;
use crate::options::Options;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OldMode {
    Fast,
    Slow,
    Odd,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum NewMode {
    Slow,
    Fast,
    Even,
}

/// Each flag is named after what [`New`] does to it.
#[derive(Clone, Parser, DynamicFlags)]
struct Old {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    same: u8,
    #[arg(long, default_value_t = 1)]
    removed: u8,
    #[arg(long, default_value_t = 1, alias = "renamed-too")]
    renamed_without_alias: u8,
    #[arg(long, default_value_t = 1)]
    renamed: u8,
    #[arg(long, default_value_t = 1, alias = "gone", alias = "still-there")]
    alias_removed: u8,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    to_static: u8,
    #[arg(long, default_value_t = 1)]
    to_dynamic: u8,
    #[arg(long, default_value_t = 1)]
    narrower: u16,
    #[arg(long, default_value_t = 1)]
    wider: u8,
    #[arg(long, default_value_t = 1)]
    signed: u8,
    #[arg(long, default_value_t = 0.5)]
    bounded: f64,
    #[arg(long, default_value_t = 0.5)]
    #[flag(validate = range(0.0..=10.0))]
    less_bounded: f64,
    #[arg(long, default_value_t = 1)]
    to_float: u8,
    #[arg(long, default_value_t = 1.0)]
    to_integer: f64,
    #[arg(long, default_value_t = 1)]
    to_text: u8,
    #[arg(long, default_value = "5")]
    to_own: u64,
    #[arg(long, default_value = "/")]
    own: PathBuf,
    #[arg(long, default_value = "fast")]
    choices: OldMode,
    #[arg(long, default_value = "fast", ignore_case = true)]
    case: OldMode,
    #[arg(long, default_value = "1")]
    to_single: Vec<u8>,
    #[arg(long, default_value = "1")]
    to_list: u8,
    #[arg(long, default_value = "1", value_delimiter = ',')]
    delimiter: Vec<u8>,
    #[arg(long)]
    one_member: Vec<u8>,
    #[arg(long, default_value = "abc")]
    #[flag(validate = max_len(9))]
    shorter: String,
    #[arg(long, default_value = "abc")]
    #[flag(validate = min_len(2))]
    no_min_len: String,
    #[arg(long, default_value = "abc")]
    pattern_added: String,
    #[arg(long, default_value = "abc")]
    #[flag(validate = matches("^a"))]
    pattern_removed: String,
    #[arg(long, default_value = "abc")]
    #[flag(trim = false)]
    trimmed: String,
    #[arg(long, default_value = "abc")]
    untrimmed: String,
    #[arg(long)]
    to_optional: Option<u8>,
    #[arg(long, default_value = "a")]
    newly_required: String,
    #[arg(long)]
    always_required: String,
    #[arg(long, default_value = "a")]
    default: String,
    #[arg(long, default_value_t = 1)]
    #[flag(unit = "s")]
    unit: u8,
    #[arg(long, default_value = "a")]
    #[flag(secret, validate = matches("^a"))]
    revealed: String,
    #[arg(long, default_value = "a")]
    hidden: String,
    #[arg(long, default_value = "abcdef")]
    #[flag(secret, validate = min_len(6))]
    longer_secret: String,
    #[arg(long, default_value_t = 4711)]
    #[flag(secret, validate = range(..=9999))]
    narrower_secret: u16,
    #[arg(long, default_value = "a")]
    deprecated: String,
}

#[derive(Clone, Parser, DynamicFlags)]
struct New {
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    same: u8,
    #[arg(
        long = "new-name-1",
        default_value_t = 1,
        alias = "renamed-too",
        id = "new-id-1"
    )]
    renamed_without_alias: u8,
    #[arg(
        long = "new-name-2",
        default_value_t = 1,
        alias = "renamed",
        id = "new-id-2"
    )]
    renamed: u8,
    #[arg(long, default_value_t = 1, alias = "still_there")]
    alias_removed: u8,
    #[arg(long, default_value_t = 1)]
    to_static: u8,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    to_dynamic: u8,
    #[arg(long, default_value_t = 1)]
    #[flag(validate = range(1..=255))]
    narrower: u16,
    #[arg(long, default_value_t = 1)]
    wider: u16,
    #[arg(long, default_value_t = 1)]
    signed: i8,
    #[arg(long, default_value_t = 0.5)]
    #[flag(validate = range(..=1.0))]
    bounded: f64,
    #[arg(long, default_value_t = 0.5)]
    #[flag(validate = range(..=100.0))]
    less_bounded: f64,
    #[arg(long, default_value_t = 1.0)]
    to_float: f64,
    #[arg(long, default_value_t = 1)]
    to_integer: i64,
    #[arg(long, default_value = "1")]
    to_text: String,
    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    to_own: Duration,
    #[arg(long, default_value = "/", value_parser = |text: &str| Ok::<_, String>(text.len()))]
    own: usize,
    #[arg(long, default_value = "fast")]
    choices: NewMode,
    #[arg(long, default_value = "fast")]
    case: OldMode,
    #[arg(long, default_value = "1")]
    to_single: u8,
    #[arg(long, default_value = "1")]
    to_list: Vec<u8>,
    #[arg(long, default_value = "1", value_delimiter = ';')]
    delimiter: Vec<u8>,
    #[arg(long, required = true)]
    one_member: Vec<u8>,
    #[arg(long, default_value = "abc")]
    #[flag(validate = max_len(5), validate = min_len(1))]
    shorter: String,
    #[arg(long, default_value = "abc")]
    no_min_len: String,
    #[arg(long, default_value = "abc")]
    #[flag(validate = matches("^a"))]
    pattern_added: String,
    #[arg(long, default_value = "abc")]
    pattern_removed: String,
    #[arg(long, default_value = "abc")]
    trimmed: String,
    #[arg(long, default_value = "abc")]
    #[flag(trim = false)]
    untrimmed: String,
    #[arg(long, default_value_t = 1)]
    to_optional: u8,
    #[arg(long)]
    newly_required: String,
    #[arg(long)]
    always_required: String,
    #[arg(long, default_value = "b\tc")]
    default: String,
    #[arg(long, default_value_t = 1)]
    #[flag(unit = "ms")]
    unit: u8,
    #[arg(long, default_value = "abc")]
    #[flag(validate = matches("^a"))]
    revealed: String,
    #[arg(long, default_value = "b")]
    #[flag(secret)]
    hidden: String,
    #[arg(long, default_value = "abcdefgh")]
    #[flag(secret, validate = min_len(8))]
    longer_secret: String,
    #[arg(long, default_value_t = 17)]
    #[flag(secret, validate = range(..=999))]
    narrower_secret: u16,
    #[arg(long, default_value = "a")]
    #[flag(deprecated = "use same")]
    deprecated: String,
    #[arg(long, default_value = "a")]
    added: String,
    #[arg(long)]
    added_and_required: String,
}

fn old() -> Vec<FlagSchema> {
    Flags::<Old>::describe(["server"]).unwrap()
}

fn new() -> Vec<FlagSchema> {
    Flags::<New>::describe(["server"]).unwrap()
}

fn compared(old: &[FlagSchema], was: &Options, new: &[FlagSchema], now: &Options) -> Report {
    compare(&schema(old, was, &[]), new, now).unwrap()
}

/// The differences of each flag.
const EXPECTED: &[(&str, &[&str])] = &[
    ("same", &[]),
    (
        "removed",
        &["break: `removed`: removed: if it has a new name, make the old one an alias"],
    ),
    (
        "renamed-without-alias",
        &[
            "break: `renamed-without-alias`: removed, though an alias of it sets `new-name-1`: make the old name an alias, too",
        ],
    ),
    (
        "renamed",
        &["note: `renamed`: renamed to `new-name-2`, and the old name is an alias"],
    ),
    (
        "alias-removed",
        &["break: `alias-removed`: its alias `gone` is removed"],
    ),
    (
        "to-static",
        &["break: `to-static`: static, before dynamic: a change needs a restart"],
    ),
    (
        "to-dynamic",
        &["note: `to-dynamic`: dynamic, before static"],
    ),
    (
        "narrower",
        &[
            "break: `narrower`: the least value is 1, before 0",
            "break: `narrower`: the greatest value is 255, before 65535",
        ],
    ),
    (
        "wider",
        &["note: `wider`: the greatest value is 65535, before 255"],
    ),
    (
        "signed",
        &[
            "break: `signed`: the greatest value is 127, before 255",
            "note: `signed`: the least value is -128, before 0",
        ],
    ),
    (
        "bounded",
        &["break: `bounded`: the greatest value is 1.0, before not limited"],
    ),
    (
        "less-bounded",
        &[
            "note: `less-bounded`: the least value is not limited, before 0.0",
            "note: `less-bounded`: the greatest value is 100.0, before 10.0",
        ],
    ),
    (
        "to-float",
        &[
            "note: `to-float`: the type is a number (f64), before an integer (u8)",
            "note: `to-float`: the least value is not limited, before 0",
            "note: `to-float`: the greatest value is not limited, before 255",
        ],
    ),
    (
        "to-integer",
        &["break: `to-integer`: the type is an integer (i64), before a number (f64)"],
    ),
    (
        "to-text",
        &["note: `to-text`: the type is text (String), before an integer (u8)"],
    ),
    (
        "to-own",
        &[
            "break: `to-own`: the type is of the program's own (Duration), before an integer (u64)",
            "note: `to-own`: the default is `5s`, before `5`",
        ],
    ),
    (
        "own",
        &[
            "break: `own`: the type is of the program's own (usize), before of the program's own (PathBuf)",
        ],
    ),
    (
        "choices",
        &[
            "break: `choices`: no longer a valid value: `odd`",
            "note: `choices`: also a valid value: `even`",
        ],
    ),
    ("case", &["break: `case`: case matters, before it did not"]),
    (
        "to-single",
        &["break: `to-single`: takes one value, before a list"],
    ),
    (
        "to-list",
        &["note: `to-list`: takes a list, before one value: delimiters and line breaks split it"],
    ),
    (
        "delimiter",
        &["break: `delimiter`: members are separated by `;`, before by `,`"],
    ),
    (
        "one-member",
        &[
            "break: `one-member`: required: without a value the program does not start",
            "break: `one-member`: the least number of members: 1, before 0",
        ],
    ),
    (
        "shorter",
        &[
            "break: `shorter`: the least number of characters or members: 1, before no limit",
            "break: `shorter`: the greatest number of characters or members: 5, before 9",
        ],
    ),
    (
        "no-min-len",
        &["note: `no-min-len`: the least number of characters or members: no limit, before 2"],
    ),
    (
        "pattern-added",
        &["break: `pattern-added`: has to match `^a`, which it had not before"],
    ),
    (
        "pattern-removed",
        &["note: `pattern-removed`: need not match `^a` any longer"],
    ),
    (
        "trimmed",
        &["break: `trimmed`: white space around a text is trimmed, before it counted"],
    ),
    (
        "untrimmed",
        &["break: `untrimmed`: white space around a text counts, before it was trimmed"],
    ),
    (
        "to-optional",
        &[
            "break: `to-optional`: an empty text is a value, before it could mean none",
            "note: `to-optional`: the default is `1`, before none",
        ],
    ),
    (
        "newly-required",
        &[
            "break: `newly-required`: required: without a value the program does not start",
            "note: `newly-required`: the default is none, before `a`",
        ],
    ),
    ("always-required", &[]),
    (
        "default",
        &["note: `default`: the default is `b\\tc`, before `a`"],
    ),
    ("unit", &["break: `unit`: the unit is ms, before s"]),
    (
        "revealed",
        &["break: `revealed`: no secret any longer: its values are shown"],
    ),
    ("hidden", &["note: `hidden`: secret: its values are masked"]),
    (
        "longer-secret",
        &["break: `longer-secret`: the least number of characters or members: 8, before 6"],
    ),
    (
        "narrower-secret",
        &["break: `narrower-secret`: the greatest value is 999, before 9999"],
    ),
    ("deprecated", &["note: `deprecated`: deprecated: use same"]),
    ("new-name-1", &["note: `new-name-1`: added"]),
    ("new-name-2", &[]),
    ("added", &["note: `added`: added"]),
    (
        "added-and-required",
        &[
            "break: `added-and-required`: added, and required: without a value the program does not start",
        ],
    ),
];

#[test]
fn differences_are_those_of_the_table() {
    let options = Options::default();
    let report = compared(&old(), &options, &new(), &options);
    assert!(!report.is_compatible());
    let text = report.text(&Styles::plain());
    let mut unexpected: Vec<&str> = text.lines().collect();
    for (flag, expected) in EXPECTED {
        let of_flag = format!(": `{flag}`: ");
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| line.contains(&of_flag))
            .collect();
        assert_eq!(lines, *expected, "{flag}");
        unexpected.retain(|line| !lines.contains(line));
    }
    let breaks = text
        .lines()
        .filter(|line| line.starts_with("break"))
        .count();
    assert_eq!(unexpected, [format!("not compatible: {breaks} breaks")]);
    // Breaks come first.
    assert!(
        text.lines()
            .take(breaks)
            .all(|line| line.starts_with("break"))
    );
}

#[test]
fn keys_that_the_options_no_longer_read_are_breaks() {
    #[derive(Clone, Parser, DynamicFlags)]
    struct Program {
        #[arg(long, default_value_t = 1, env = "PROGRAM_LIMIT")]
        limit: u8,
    }
    let flags = Flags::<Program>::describe(["server"]).unwrap();
    let options = |change: fn(&mut Options)| {
        let mut options = Options::default();
        change(&mut options);
        options
    };
    let plain = options(|_| ());
    for (was, now, expected, is_compatible) in [
        (plain.clone(), plain.clone(), "", true),
        (
            plain.clone(),
            options(|options| options.keys.prefix = "a.".into()),
            "break: keys begin with `a.`, before with ``",
            false,
        ),
        (
            options(|options| options.env_names = true),
            plain.clone(),
            "break: `limit`: the key `PROGRAM_LIMIT`, an environment variable, is removed",
            false,
        ),
        (
            plain.clone(),
            options(|options| options.env_names = true),
            "note: the names of environment variables set flags, too",
            true,
        ),
        (
            plain.clone(),
            options(|options| options.deny_unknown = true),
            "break: a key for no known flag is an error, before it was a warning",
            false,
        ),
        (
            options(|options| options.deny_unknown = true),
            plain.clone(),
            "note: a key for no known flag is a warning, before it was an error",
            true,
        ),
        (
            plain.clone(),
            options(|options| options.keys.ignored = vec!["lim*".into()]),
            "break: `limit`: removed: if it has a new name, make the old one an alias",
            false,
        ),
    ] {
        let report = compared(&flags, &was, &flags, &now);
        let text = report.text(&Styles::plain());
        let findings = text.lines().count() - 1;
        assert!(
            text.starts_with(expected) && findings == usize::from(!expected.is_empty()),
            "{text}"
        );
        assert_eq!(report.is_compatible(), is_compatible, "{text}");
    }
}

#[test]
fn the_report_in_json_says_the_same() {
    #[derive(Clone, Parser, DynamicFlags)]
    struct Was {
        #[arg(long, default_value_t = 1)]
        limit: u8,
    }
    #[derive(Clone, Parser, DynamicFlags)]
    struct Is {
        #[arg(long, default_value_t = 2)]
        limit: i8,
    }
    let (was, is) = (
        Flags::<Was>::describe(["server"]).unwrap(),
        Flags::<Is>::describe(["server"]).unwrap(),
    );
    let options = Options {
        deny_unknown: true,
        ..Options::default()
    };
    let report = compared(&was, &Options::default(), &is, &options);
    let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
    let finding =
        |severity, message| json!({ "severity": severity, "flag": "limit", "message": message });
    assert_eq!(
        json,
        json!({
            "verdict": "incompatible",
            "error": null,
            "findings": [
                { "severity": "break", "message": "a key for no known flag is an error, before it was a warning" },
                finding("break", "the greatest value is 127, before 255"),
                finding("note", "the least value is -128, before 0"),
                finding("note", "the default is `2`, before `1`"),
            ],
        })
    );
}

#[test]
fn other_files_are_unusable() {
    for (json, expected) in [
        ("", "this is no schema of flags: EOF"),
        (
            "apiVersion: v1",
            "this is no schema of flags: expected value at line 1 column 1",
        ),
        ("[]", "this is no schema of flags: "),
        (
            "{}",
            "this schema says nothing of flags, since it has no `x-dflag`",
        ),
        (r#"{"properties": 5}"#, "this is no schema of flags: "),
        (
            r#"{"x-dflag": {}}"#,
            "this is no schema of flags: missing field `format`",
        ),
        (
            r#"{"x-dflag": {"format": 2}}"#,
            "the schema has format 2, and this version reads 1",
        ),
        (
            r#"{"x-dflag": {"format": 1}, "properties": {"a": {"x-dflag": {"name": "a"}}}}"#,
            "this is no schema of flags: missing field",
        ),
    ] {
        let error = compare(json, &old(), &Options::default()).unwrap_err();
        assert!(error.starts_with(expected), "{json}: {error}");
    }
}

#[test]
fn properties_of_other_tools_are_ignored() {
    let mut json: serde_json::Value =
        serde_json::from_str(&schema(&old(), &Options::default(), &[])).unwrap();
    json["properties"]["theirs"] = json!({ "type": "string" });
    json["properties"]["same"]["x-dflag"]["later"] = json!(true);
    let report = compare(&json.to_string(), &old(), &Options::default()).unwrap();
    assert!(report.is_compatible());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_program_is_compatible_with_itself_whatever_its_command_line(was in sample::line(), is in sample::line()) {
        let (was, is) = (sample::describe(&was), sample::describe(&is));
        let report = compared(&was, &Options::default(), &is, &Options::default());
        let expected = "compatible: what a ConfigMap meant to the old version, it means to this one\n";
        prop_assert_eq!(report.text(&Styles::plain()), expected);
    }
}
