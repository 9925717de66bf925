//! Findings: each problem has the line and column of its key, a reason and a cure.

use std::fmt::Write as _;

use serde_json::json as value;

use crate::program::{Args, check, check_text, check_with, json, text};

const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: server}\n";

/// Each problem and warning as `line:column key`.
fn places(manifest: &str) -> Vec<String> {
    let report = json(&check_text(manifest, &["--config-format=json"]));
    let findings = |list: &str| report[list].as_array().unwrap().clone();
    let all = findings("problems").into_iter().chain(findings("warnings"));
    let place = |finding: &serde_json::Value| {
        let (line, column) = (&finding["line"], &finding["column"]);
        format!("{line}:{column} {}", finding["key"].as_str().unwrap_or("-"))
    };
    all.map(|finding| place(&finding)).collect()
}

#[test]
fn a_finding_has_the_line_and_the_column_of_its_key() {
    for (data, expected) in [
        ("data:\n  rollout: \"2\"\n", &["5:3 rollout"][..]),
        (
            "data:\n\n  # rollout: 3\n  rollout: \"2\" # no\n",
            &["7:3 rollout"],
        ),
        ("data:\n      rollout: '2'\n", &["5:7 rollout"]),
        (
            "data:\n  message: |\n    rollout: 1\n\n    x\n  rollout: \"2\"\n",
            &["9:3 rollout"],
        ),
        (
            "data:\n  rollout: |\n\n    2\n  limit: x\n",
            &["5:3 rollout", "8:3 limit"],
        ),
        (
            "data:\n  rollout: >+\n    2\n\n\n  limit: x\n",
            &["5:3 rollout", "9:3 limit"],
        ),
        (
            "data:\n  message: \"a\n\n    b\"\n  rollout: \"2\"\n",
            &["8:3 rollout"],
        ),
        (
            "data:\n  message: a\n    b\n    c\n  rollout: \"2\"\n",
            &["8:3 rollout"],
        ),
        (
            "data: {message: x, rollout: \"2\", 'limit': \"3\"}\n",
            &["4:20 rollout", "4:34 limit"],
        ),
        ("data:\n  ? rollout\n  : \"2\"\n", &["5:5 rollout"]),
        ("data:\n  \"roll\\u006fut\": \"2\"\n", &["5:3 rollout"]),
        ("data:\n  &key rollout: \"2\"\n", &["5:3 rollout"]),
        (
            "x: &x\n  rollout: \"2\"\ndata:\n  <<: *x\n",
            &["5:3 rollout", "4:1 -"],
        ),
        (
            "data:\r\n  rollout: \"2\"\r\n  limit: x\r\n",
            &["5:3 rollout", "6:3 limit"],
        ),
        (
            "data:\n  rollout: \"2\"\n  rollout: \"3\"\n",
            &["6:3 rollout", "6:3 rollout"],
        ),
        (
            "data:\n  rollout: \"0\"\nbinaryData:\n  rollout: Mg==\n",
            &["7:3 rollout"],
        ),
        (
            "binaryData:\n  rollout: \"###\"\n  icon: |\n    aWNv\n    bg==\n",
            &["5:3 rollout"],
        ),
        (
            "data:\n  a b: x\n  größe: w\n  ..data: z\n",
            &["5:3 a b", "6:3 größe", "7:3 ..data", "5:3 a b", "6:3 größe"],
        ),
        ("data: []\n", &["4:1 -"]),
        ("data: text\n", &["4:1 -"]),
        ("Data:\n  rollout: \"0\"\n", &["4:1 -"]),
        ("data:\n  on: x\n", &["5:3 true", "5:3 true"]),
        ("data:\n  1.10: x\n", &["5:3 1.1", "5:3 1.1"]),
    ] {
        assert_eq!(places(&format!("{HEAD}{data}")), expected, "{data}");
    }
}

#[test]
fn a_field_that_may_be_meant_as_data_is_a_problem_if_there_are_no_keys() {
    for fields in [
        "Data:\n  rollout: \"0\"\n",
        "data:\nrollout: \"0\"\n",
        "  data:\n    rollout: \"0\"\n", // of `metadata`
    ] {
        let object =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: server\n{fields}");
        let report = check_text(&object, &[]);
        assert_eq!(report.exit_code(), 1, "{report}");
        assert!(report.text().contains("error: "), "{report}");
        // Some keep anchors in a field of their own.
        let report = check_text(&(object + "binaryData: {message: eA==}\n"), &[]);
        assert_eq!(report.exit_code(), 0, "{report}");
        assert!(report.text().contains("warning: "), "{report}");
    }
    assert_eq!(check_text(HEAD, &[]).exit_code(), 0, "it may be empty");
}

#[test]
fn documents_lists_and_byte_order_marks_before_it_do_not_move_a_line() {
    let before =
        "\u{feff}# comment\n---\n# Source: a\n---\napiVersion: v1\nkind: Service\n...\n---\n\n";
    assert_eq!(
        places(&format!("{before}{HEAD}data:\n  rollout: \"2\"\n")),
        ["14:3 rollout"]
    );
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  \
                metadata: {name: x}\n  data:\n    rollout: \"2\"\n";
    assert_eq!(places(list), ["8:5 rollout"]);
    let pair = r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"},
        "data": {"message": "\ud83d\ude00 \\ud83d", "rollout": "2",
        "limit": "\ud83d\ude00"}}"#;
    assert_eq!(places(pair), ["2:53 rollout", "3:9 limit"]);
}

#[test]
fn a_value_that_is_no_text_is_what_the_api_server_rejects_and_the_cure_is_named() {
    for (value, what) in [
        ("20", "number"),
        ("0x1F", "number"),
        ("0o17", "number"),
        ("1_000", "number"),
        ("-.inf", "number"),
        ("1e3", "number"),
        ("on", "bool"),
        ("n", "bool"),
        ("TRUE", "bool"),
    ] {
        let report = text(&format!("{HEAD}data:\n  message: {value}\n"));
        let expected = format!("cannot unmarshal {what} into Go struct field");
        assert!(report.contains(&expected), "{report}");
        assert!(
            report.contains("cm.yaml:5:3: error: `message`: "),
            "{report}"
        );
        assert!(report.contains("; quote it\n"), "{report}");
    }
    for (value, expected) in [
        ("", "the value is null"),
        ("~", "the value is null"),
        ("[a, b]", "the value is a list"),
        ("{a: b}", "the value is a map"),
        ("!!binary \"#\"", "not base64"),
    ] {
        let report = text(&format!("{HEAD}data:\n  message: {value}\n"));
        assert!(report.contains(expected), "{report}");
    }
    for value in [
        "2026-01-01",
        "12:30",
        "1.2.3",
        "'20'",
        "!!str 20",
        "0b2",
        "1,5",
        "nope",
        "+",
        "0x",
    ] {
        let output = check_text(&format!("{HEAD}data:\n  message: {value}\n"), &[]);
        assert_eq!(output.exit_code(), 0, "{value}: {output}");
    }
}

#[test]
fn a_template_that_was_not_rendered_is_a_warning() {
    for value in [
        "'{{ .Values.message }}'",
        "|\n    {{- if .x }}\n    {{- end }}\n",
    ] {
        let output = check_text(&format!("{HEAD}data:\n  message: {value}\n"), &[]);
        assert_eq!(output.exit_code(), 0, "{output}");
        let expected = "cm.yaml:5:3: warning: `message`: the value has `{{ … }}`, as a template that was not rendered; \
                        if it is one, render it first, and check what `helm template` prints\n";
        assert!(output.text().contains(expected), "{output}");
    }
    // The value itself may be the problem, and keys for others are not read.
    let places = places(&format!(
        "{HEAD}data:\n  rollout: '{{{{ .Values.rollout }}}}'\n"
    ));
    assert_eq!(places, ["5:3 rollout", "5:3 rollout"]);
    for (value, options) in [("'{{'", ""), ("'}}{{'", ""), ("'{{ a }}'", "mes*")] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cm.yaml");
        std::fs::write(&path, format!("{HEAD}data:\n  message: {value}\n")).unwrap();
        let report = check_with::<Args>(&path, &[], |builder| builder.ignore([options]));
        assert!(!report.text().contains("warning"), "{report}");
    }
    let report = text(&format!(
        "{HEAD}data:\n  message: <no value>\n  conf: '{{{{ a }}}}'\n"
    ));
    let expected =
        "cm.yaml:5:3: warning: `message`: the value has `<no value>`, which a template prints";
    assert!(report.contains(expected), "{report}");
    assert!(
        report.ends_with("is valid, 2 warnings\n"),
        "a key of no flag is only unknown: {report}"
    );
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("message"), "{{ .x }}").unwrap();
    let report = check::<Args>(directory.path(), &[]);
    let file = directory.path().join("message");
    let expected = format!(
        "{}: warning: `message`: the value has `{{{{",
        file.display()
    );
    assert!(report.text().contains(&expected), "{report}");
}

#[test]
fn a_list_that_is_no_json_array_of_strings_is_a_warning() {
    for (value, is_suspicious) in [
        ("[eu, us]", true),
        ("[\"eu\", 1]", true),
        ("[1, 2]", true),
        ("[[\"eu\"]]", true),
        (" [eu] ", true),
        ("[\"eu\", \"us\"]", false),
        ("[\"a,b\"]", false),
        ("[]", false),
        ("eu,us", false),
        ("[eu],us", false),
    ] {
        let report = text(&format!("{HEAD}data:\n  regions: '{value}'\n"));
        let expected = "cm.yaml:5:3: warning: `regions`: this is no JSON array of strings";
        assert_eq!(
            report.contains(expected),
            is_suspicious,
            "{value}: {report}"
        );
        assert!(report.contains("is valid"), "{report}");
    }
    // A text that is no list may be anything.
    assert!(!text(&format!("{HEAD}data:\n  message: '[a, b]'\n")).contains("warning"));
}

#[test]
fn a_problem_of_the_manifest_names_the_flag_that_its_key_sets() {
    let flags = |data: &str, line: &[&str]| {
        let report = json(&check_text(
            &format!("{HEAD}data:\n{data}"),
            &[&["--config-format=json"], line].concat(),
        ));
        let findings =
            ["problems", "warnings"].map(|list| report[list].as_array().unwrap().clone());
        let flags = findings
            .into_iter()
            .flatten()
            .map(|finding| finding["flag"].clone());
        flags.collect::<Vec<_>>()
    };
    assert_eq!(flags("  max_connections: 20\n", &[]), ["max-connections"]);
    assert_eq!(
        flags("  log-level: [a]\n  x: 5\n", &[]),
        [value!("log-level"), value!(null), value!(null)]
    );
    assert_eq!(flags("  timeout: ''\n", &[]), ["timeout"]);
}

#[test]
fn an_unquoted_value_is_judged_as_well() {
    let places = places(&format!("{HEAD}data:\n  rollout: 2\n"));
    assert_eq!(places, ["5:3 rollout", "5:3 rollout"]);
}

#[test]
fn more_than_a_mebibyte_is_a_problem() {
    let value = "x".repeat((1 << 20) - 10);
    let manifest = |more: &str| format!("{HEAD}data:\n  message: {value}\n  banner: \"{more}\"\n");
    assert_eq!(check_text(&manifest("0123456789"), &[]).exit_code(), 0);
    let report = check_text(&manifest("0123456789a"), &[]);
    assert_eq!(report.exit_code(), 1);
    assert!(report.text().contains("1048577 bytes"), "{report}");
}

#[test]
fn a_report_shows_problems_warnings_changes_and_the_verdict() {
    let report = text(&format!(
        "{HEAD}data:\n  rollout: \"0.5\"\n  port: \"9090\"\n  limt: x\n  timeout: \"\"\n  token: secret-token\n  \
         message: two words\n"
    ));
    assert_eq!(
        report,
        "cm.yaml:7:3: warning: `limt`: no flag has this name\n\
         cm.yaml:8:3: warning: `timeout`: the text is empty, which counts as an absent key\n\
         \n\
         At run time:\n  \
         rollout: 0 -> 0.5\n  \
         message: \"\" -> \"two words\"\n  \
         token: ••••••••••••••••-> ••••••••••••••••\n\
         By a restart:\n  \
         port: 8080 -> 9090\n\
         ConfigMap `server` in cm.yaml is valid, 2 warnings\n"
            .replace("••••••••••••••••->", &format!("{} ->", dflag::MASK))
            .replace("••••••••••••••••", dflag::MASK)
    );
    let report = text(&format!(
        "{HEAD}data:\n  log_level: inof\n  max_conections: \"5\"\n  token: short\n"
    ));
    assert_eq!(
        report,
        "cm.yaml:5:3: error: `log-level`: invalid value 'inof' for '--log-level <LOG_LEVEL>' \
         [possible values: error, warn, info, debug, trace]\n\
         cm.yaml:7:3: error: `token`: rejected (the flag is secret: neither its value nor the reason is shown)\n\
         cm.yaml:6:3: warning: `max_conections`: no flag has this name; did you mean `max-connections`?\n\
         \n\
         ConfigMap `server` in cm.yaml is invalid: 2 problems, 1 warning\n"
    );
}

#[test]
fn a_report_shows_no_value_of_a_secret() {
    for value in [
        "hunter2hunter2",
        "hunter",
        "\"hunter2\\n\"",
        "[hunter2]",
        "!!binary hunter2#",
    ] {
        for format in ["text", "json"] {
            let format = format!("--config-format={format}");
            let manifest = format!("{HEAD}data:\n  token: {value}\n");
            let report = check_text(&manifest, &[&format, "--token=hunter2old"]);
            assert!(!report.text().contains("hunter"), "{report}");
        }
    }
}

#[test]
fn the_report_in_json_has_the_documented_shape() {
    let manifest = format!("{HEAD}data:\n  log_level: inof\n  limt: x\n");
    let report = json(&check_text(&manifest, &["--config-format=json"]));
    let expected = serde_json::json!({
        "verdict": "invalid",
        "config_map": "server",
        "error": null,
        "changes": [],
        "problems": [{
            "line": 5, "column": 3, "key": "log_level", "flag": "log-level",
            "message": "`log-level`: invalid value 'inof' for '--log-level <LOG_LEVEL>' \
                        [possible values: error, warn, info, debug, trace]",
            "possible_values": ["error", "warn", "info", "debug", "trace"],
            "did_you_mean": null,
        }],
        "warnings": [{
            "line": 6, "column": 3, "key": "limt", "flag": null, "message": "`limt`: no flag has this name",
            "possible_values": [], "did_you_mean": null,
        }],
    });
    let mut report = report;
    for list in ["problems", "warnings"] {
        let file = report[list][0].as_object_mut().unwrap().remove("file");
        assert!(file.unwrap().as_str().unwrap().ends_with("/cm.yaml"));
    }
    let source = report.as_object_mut().unwrap().remove("source").unwrap();
    assert!(source.as_str().unwrap().ends_with("/cm.yaml"));
    assert_eq!(report, expected);
}

#[test]
fn a_thousand_keys_are_all_reported() {
    let mut manifest = format!("{HEAD}data:\n");
    for number in 0..1_000 {
        writeln!(manifest, "  key{number}: \"{number}\"").unwrap();
    }
    let places = places(&manifest);
    assert_eq!(places.len(), 1_000);
    assert_eq!(places[999], "1004:3 key999");
}

#[test]
fn a_directory_is_judged_and_its_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("rollout"), "2").unwrap();
    let report = check::<Args>(dir.path(), &[]);
    let path = dir.path().display();
    assert_eq!(
        report.text(),
        format!(
            "{path}/rollout: error: `rollout`: 2.0 is not in 0.0..=1.0\n\n\
             the content of {path} is invalid: 1 problem\n"
        )
    );
    let absent = dir.path().join("absent");
    assert_eq!(check::<Args>(&absent, &[]).exit_code(), 2);
    // A program may start without it, but whoever asks for a check means something that is there.
    let optional = check_with::<Args>(&absent, &[], |builder| builder.optional(true));
    assert_eq!(optional.exit_code(), 2, "{optional}");
}
