//! Unusable input: exit code 2, the reason, and where.

use std::fmt::Write as _;

use dflag_configmap::commands::Stream;

use crate::program::{Args, check, check_text, json};

#[test]
fn unusable_input_ends_with_code_2_and_says_what_to_do() {
    let cm = |name: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {name}\ndata: {{}}\n---\n")
    };
    let two = cm("{name: a}") + &cm("{name: b, namespace: prod}");
    let merged = nested_merges();
    for (manifest, line, expected) in [
        ("", "", "no ConfigMap"),
        ("# only a comment\n", "", "no ConfigMap"),
        ("a: b: c\n", "", "cm.yaml:1:5: error: invalid YAML"),
        ("kind: [\n", "", "invalid YAML"),
        (
            "apiVersion: v1\nkind: Service\n---\nkind: Pod\n",
            "",
            "but `Service`, `Pod`",
        ),
        ("kind: Kustomization\n", "", "kubectl kustomize"),
        ("kind: ConfigMap\n", "", "write `apiVersion: v1`"),
        (
            "kind: ConfigMap\napiVersion: example.com/v1\n",
            "",
            "no ConfigMap, but `ConfigMap`",
        ),
        (
            &two,
            "",
            "several ConfigMaps: choose one with --config-name, of `a`, `prod/b`",
        ),
        (
            &two,
            "--config-name=c",
            "no ConfigMap `c`, but `a`, `prod/b`",
        ),
        (&two, "--config-name=dev/b", "no ConfigMap `dev/b`"),
        (
            &(two.clone() + &cm("{name: a}")),
            "--config-name=a",
            "several ConfigMaps of the name `a`",
        ),
        (
            "{{- if .Values.x }}\na: 1\n{{- end }}\n",
            "",
            "helm template",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  rollout: {{ .Values.rollout }}\n",
            "",
            "cm.yaml:5:12: error: `{{ … }}` is a template",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n",
            "",
            "helm template",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  {a: b}: c\n",
            "",
            "cm.yaml:4:3: error: a key that is a list or a map",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  ~: c\n",
            "",
            "a key that is null",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  <<: x\n",
            "",
            "`<<` merges maps",
        ),
        ("a: &a [*a]\n", "", "inside of what it stands for"),
        ("a: *b\n", "", "invalid YAML"),
        ("a: &b c\n---\nd: *b\n", "", "anchor"),
        (
            &(merged + "apiVersion: v1\nkind: ConfigMap\n<<: *b79\n"),
            "",
            "too many merged maps",
        ),
        ("a: b\u{2028}c\n", "", "U+2028"),
    ] {
        let line: Vec<&str> = [line].into_iter().filter(|arg| !arg.is_empty()).collect();
        let output = check_text(manifest, &line);
        assert_eq!(
            (output.exit_code(), output.stream()),
            (2, Stream::Stderr),
            "{manifest}\n{output}"
        );
        assert!(output.text().contains(expected), "{manifest}\n{output}");
        let output = check_text(manifest, &[&line[..], &["--config-format=json"]].concat());
        assert_eq!(
            (output.exit_code(), output.stream()),
            (2, Stream::Stdout),
            "{output}"
        );
        assert_eq!(json(&output)["verdict"], "unusable");
    }
}

#[test]
fn a_kind_or_version_that_is_no_text_is_named_with_its_place() {
    for (manifest, expected) in [
        (
            "apiVersion: 1\nkind: ConfigMap\n",
            "cm.yaml:1:1: error: `apiVersion` is a number, which the API server rejects; a ConfigMap has `apiVersion: v1`",
        ),
        (
            "apiVersion: v1\nkind: [ConfigMap]\n",
            "cm.yaml:2:1: error: `kind` is no text",
        ),
        ("apiVersion: v1\nkind: on\n", "`kind` is a boolean"),
    ] {
        let output = check_text(manifest, &[]);
        assert_eq!((output.exit_code(), output.stream()), (2, Stream::Stderr));
        assert!(output.text().contains(expected), "{output}");
        // Other objects of a manifest are not judged.
        let valid = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
        let output = check_text(&(manifest.to_owned() + valid), &[]);
        assert_eq!(output.exit_code(), 0, "{output}");
    }
}

/// Maps of which each merges the one before.
fn nested_merges() -> String {
    let mut text = "a: &b0 {x: y}\n".to_owned();
    for number in 1..80 {
        let before = number - 1;
        writeln!(text, "b{number}: &b{number} {{<<: *b{before}}}").unwrap();
    }
    text
}

#[test]
fn a_namespace_chooses_among_equal_names() {
    let cm = |namespace: &str, rollout: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a{namespace}}}\ndata: {{rollout: \"{rollout}\"}}\n---\n"
        )
    };
    let manifest = cm(", namespace: dev", "5") + &cm(", namespace: prod", "1");
    assert_eq!(
        check_text(&manifest, &["--config-name=prod/a"]).exit_code(),
        0
    );
    assert_eq!(
        check_text(&manifest, &["--config-name=dev/a"]).exit_code(),
        1
    );
    assert_eq!(check_text(&manifest, &["--config-name=a"]).exit_code(), 2);
    let manifest = cm("", "5") + &cm(", namespace: prod", "1");
    assert_eq!(
        check_text(&manifest, &["--config-name=prod/a"]).exit_code(),
        0
    );
    assert_eq!(check_text(&manifest, &["--config-name=a"]).exit_code(), 1);
}

#[test]
fn input_that_can_not_be_read_is_unusable() {
    let dir = tempfile::tempdir().unwrap();
    let output = check::<Args>(&dir.path().join("absent.yaml"), &[]);
    assert_eq!(output.exit_code(), 2);
    assert!(output.text().contains("can't be read"), "{output}");
    let path = dir.path().join("latin1.yaml");
    std::fs::write(&path, b"a: b\nc: \xe9\n").unwrap();
    let output = check::<Args>(&path, &[]);
    assert_eq!(output.exit_code(), 2);
    assert!(
        output
            .text()
            .contains("latin1.yaml:2:4: error: not UTF-8 text"),
        "{output}"
    );
}
