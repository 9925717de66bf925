//! Which values a policy rejects, and with which words.

use serde_json::json;

use crate::args;
use crate::cluster::{Cluster, map};

/// Keys and invalid values, and a part of the message.
const INVALID: &[(&str, &str, &str)] = &[
    (
        "small",
        "300",
        "`small`: invalid value \"300\": an integer from 0 to 255 is required",
    ),
    (
        "max_items",
        "65",
        "`max_items`: invalid value \"65\": an integer from 1 to 64 is required",
    ),
    (
        "max-items",
        "0",
        "`max-items`: invalid value \"0\": an integer from 1 to 64 is required",
    ),
    (
        "old_max_items",
        "x",
        "`old_max_items`: invalid value \"x\": an integer from 1 to 64",
    ),
    (
        "big",
        "0",
        "an integer from 1 to 18446744073709551615 is required",
    ),
    (
        "big",
        "18446744073709551616",
        "an integer from 1 to 18446744073709551615 is required",
    ),
    ("signed", "9223372036854775808", "`signed`: invalid value"),
    ("signed", "-9223372036854775809", "`signed`: invalid value"),
    ("maybe", "100", "an integer from -3 to 99 is required"),
    (
        "exact",
        "5\n",
        "`exact`: invalid value \"5\\n\": an integer",
    ),
    (
        "rollout",
        "1.5",
        "`rollout`: invalid value \"1.5\": a number from 0.0 to 1.0 is required",
    ),
    ("rollout", "nan", "a number from 0.0 to 1.0 is required"),
    ("single", "0.2", "`single`"),
    (
        "any",
        "1.2.3",
        "`any`: invalid value \"1.2.3\": a number is required",
    ),
    (
        "verbose",
        "maybe",
        "one of true, false, yes, no, on, off, 1, 0, y, n, t, f is required",
    ),
    (
        "mode",
        "FAST",
        "`mode`: invalid value \"FAST\": one of fast, quick, slow, task is required",
    ),
    ("any-case", "fats", "`any-case`"),
    (
        "letter",
        "c",
        "`letter`: invalid value \"c\": one of a, b is required",
    ),
    ("short_name_text", "abcdef", "2 to 5 characters required"),
    ("maybe-name", "a", "at least 2 characters required"),
    (
        "slug",
        "A",
        "does not match ^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$",
    ),
    ("digits", "a", "does not match ^\\d+\\s\\w+\\b"),
    (
        "pin",
        "70000",
        "`pin`: invalid value of a secret: an integer from 1 to 8 is required",
    ),
    (
        "numbers",
        "1,2, 10",
        "`numbers`: invalid value \"10\": an integer from 1 to 9 is required",
    ),
    (
        "numbers",
        "1,2,3\n4",
        "`numbers`: invalid value \"1,2,3\\n4\": at most 3 values permitted",
    ),
    (
        "lines",
        "",
        "`lines`: invalid value \"\": at least 1 value required",
    ),
    (
        "modes",
        "fast;fats",
        "`modes`: invalid value \"fats\": one of",
    ),
    (
        "words",
        "a,B",
        "`words`: invalid value \"B\": does not match ^[a-z]+$",
    ),
    (
        "short-name_text",
        "abc",
        "`short-name_text`: mixes `-` and `_`: write `short-name-text`",
    ),
    (
        "small",
        "\u{202e}1",
        "`small`: invalid value with invisible characters: an integer",
    ),
];

/// Keys and valid values, and those that are left to the program.
const VALID: &[(&str, &str)] = &[
    ("small", " \u{feff}\u{a0}+007\r\n"),
    ("max_items", "64"),
    ("big", "18446744073709551615"),
    ("signed", "-9223372036854775808"),
    ("huge", "-170000000000000000000000000000"),
    ("small", "-0"),
    ("maybe", ""),
    ("rollout", "1e-1"),
    ("rollout", ".5"),
    ("single", "0.10000000001"),
    ("any", "1e999"),
    ("any", "-Infinity"),
    ("any", "NaN"),
    ("verbose", "OFF"),
    ("maybe_verbose", ""),
    ("mode", "task"),
    ("any-case", "QUICK"),
    ("any-case", ""),
    ("switch", "ASK"),
    ("numbers", "1,2,\r\n3\n"),
    ("numbers", "[1, 2, 3]"),
    ("numbers", "- 1\n- 2"),
    ("lines", "-1\n-2"),
    ("json", "{}"),
    ("timeout", "10m"),
    ("unknown", "x"),
];

pub(crate) fn all(cluster: &Cluster) {
    let bad = json!({"small": "bad"});
    cluster.apply_policy(&args::policy(|builder| builder), &bad);
    for (key, value, expected) in INVALID {
        let answer = cluster.judge(&json!({*key: value}));
        assert!(
            answer.message.contains(expected),
            "{key} {value:?}: {answer:?}"
        );
        assert_eq!(answer.status, 422);
    }
    for (key, value) in VALID {
        let answer = cluster.judge(&json!({*key: value}));
        assert!(answer.is_accepted(), "{key} {value:?}: {answer:?}");
    }
    messages(cluster);
    names(cluster);
    binary_data(cluster);
    cluster.delete_policies(&bad);
}

fn messages(cluster: &Cluster) {
    // Everything that is wrong is named at once.
    let answer = cluster.judge(&json!({"small": "x", "rollout": "y", "pin": "hunter2"}));
    for key in ["`small`", "`rollout`", "`pin`"] {
        assert!(answer.message.contains(key), "{answer:?}");
    }
    assert!(!answer.message.contains("hunter2"));
    // The API server drops a message that is too long.
    let answer = cluster.judge(&json!({"small": "9".repeat(99)}));
    let cut = format!("invalid value \"{}...\": an integer", "9".repeat(64));
    assert!(answer.message.contains(&cut), "{answer:?}");
    let data = args::schema()
        .into_iter()
        .map(|flag| (flag.info.name, "😀".repeat(99).into()));
    let answer = cluster.judge(&serde_json::Value::Object(data.collect()));
    assert!(answer.message.ends_with("... and more"), "{answer:?}");
}

/// Two names of a flag, and spellings of one.
fn names(cluster: &Cluster) {
    for (data, is_accepted) in [
        (json!({"max-items": "1", "max_items": "+01"}), true),
        (json!({"max-items": "1", "max_items": "2"}), false),
        (json!({"max-items": "1", "old-max-items": "2"}), true),
        (json!({"old_max-items": "1"}), false),
        (json!({"old_max_items": "1", "old-max-items": "2"}), false),
        (json!({"maybe_verbose": "yes", "maybe-verbose": "on"}), true),
        (
            json!({"maybe_verbose": "yes", "maybe-verbose": "off"}),
            false,
        ),
        (json!({"maybe_name": "ab ", "maybe-name": "ab"}), true),
        (json!({"maybe_name": "ab", "maybe-name": "cd"}), false),
        (json!({"maybe_name": "", "maybe-name": "cd"}), true),
    ] {
        let answer = cluster.judge(&data);
        assert_eq!(answer.is_accepted(), is_accepted, "{data}: {answer:?}");
    }
}

/// `binaryData` holds base64.
fn binary_data(cluster: &Cluster) {
    for (key, is_accepted) in [
        ("small", false),
        ("max-items", false),
        ("bytes", true),
        ("other", true),
    ] {
        let mut map = map(&json!({}));
        map["binaryData"] = json!({key: "NQ=="});
        assert_eq!(cluster.try_create(&map).is_accepted(), is_accepted, "{key}");
    }
}
