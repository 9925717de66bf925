//! Unquoted scalars, as go-yaml 2 reads them for `sigs.k8s.io/yaml` 1.6.

use crate::program::{check_text, json};

/// What an unquoted text is as a value, and the key that it becomes.
#[test]
fn scalars_are_read_as_go_yaml_reads_them() {
    for (text, is_text, key) in [
        ("abc", true, "abc"),
        ("on", false, "true"),
        ("No", false, "false"),
        ("yEs", true, "yEs"),
        ("017", false, "15"),
        ("0o17", false, "15"),
        ("08", false, "8"),
        ("0x1F", false, "31"),
        ("0b11", false, "3"),
        ("-0b11", false, "-3"),
        ("0b2", true, "0b2"),
        ("1_000", false, "1000"),
        ("_1", true, "_1"),
        ("+1", false, "1"),
        ("1.10", false, "1.1"),
        ("1.", false, "1"),
        (".5", false, "0.5"),
        (".9_7", false, "0.97"),
        ("1e3", false, "1000"),
        ("1234567.0", false, "1.234567e+06"),
        ("0.00001", false, "1e-05"),
        ("1.2.3", true, "1.2.3"),
        ("2026-01-01", true, "2026-01-01"),
        ("2026-1-1t1", true, "2026-1-1t1"),
        ("1e", true, "1e"),
        ("e3", true, "e3"),
    ] {
        let manifest = format!(
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  message: {text}\n  ? {text}\n  : x\n"
        );
        let report = json(&check_text(&manifest, &["--config-format=json"]));
        let problems = report["problems"].as_array().unwrap();
        let rejected = problems.iter().any(|problem| problem["line"] == 4);
        assert_eq!(rejected, !is_text, "{text}: {report:#}");
        let warnings = report["warnings"].as_array().unwrap();
        let keys: Vec<_> = warnings
            .iter()
            .filter_map(|warning| warning["key"].as_str())
            .collect();
        assert_eq!(keys, [key], "{text}: {report:#}");
    }
}
