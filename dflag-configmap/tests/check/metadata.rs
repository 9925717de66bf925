//! What the API server rejects beside the keys and values: metadata, and fields of another type.
//!
//! The same manifests are judged by a real API server in `tests/admission`.

use crate::program::{check_text, json, text};

/// Each problem as `line:column`, and the first one's message.
fn problems(manifest: &str) -> (Vec<String>, String) {
    let report = json(&check_text(manifest, &["--config-format=json"]));
    let problems = report["problems"].as_array().unwrap();
    let places = problems.iter().map(|problem| {
        let (line, column) = (&problem["line"], &problem["column"]);
        format!("{line}:{column}")
    });
    let message = problems
        .first()
        .map(|problem| problem["message"].as_str().unwrap().to_owned());
    (places.collect(), message.unwrap_or_default())
}

fn with_metadata(metadata: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: server\n{metadata}data:\n  message: x\n"
    )
}

#[test]
fn metadata_that_the_api_server_rejects_is_a_problem_with_its_place_and_a_cure() {
    for (metadata, place, message) in [
        (
            "  labels:\n    version: 2\n",
            "6:5",
            "`metadata.labels.version` is a number, which the API server rejects (\"cannot unmarshal number into Go \
             struct field ObjectMeta.metadata.labels of type string\"); quote it",
        ),
        (
            "  annotations:\n    a: x\n    b: true\n",
            "7:5",
            "`metadata.annotations.b` is a boolean, which the API server rejects (\"cannot unmarshal bool into Go \
             struct field ObjectMeta.metadata.annotations of type string\"); quote it",
        ),
        (
            "  labels: {app: a b}\n",
            "5:12",
            "`metadata.labels.app`: `a b` is no value of a label: write up to 63 letters, digits, `-`, `_` and `.`, \
             with a letter or digit at both ends",
        ),
        (
            "  labels:\n    a/b/c: x\n",
            "6:5",
            "`metadata.labels`: `a/b/c` is no key there: write up to 63 letters,",
        ),
        (
            "  annotations: {_a: x}\n",
            "5:17",
            "`metadata.annotations`: `_a` is no key there",
        ),
        (
            "  labels: {a: [b]}\n",
            "5:12",
            "`metadata.labels.a` is not a text",
        ),
        ("  labels: [a]\n", "5:3", "`metadata.labels` is not a map"),
        (
            "  annotations: text\n",
            "5:3",
            "`metadata.annotations` is not a map",
        ),
        (
            "  labels: {on: x}\n",
            "5:12",
            "unquoted key `on` of `metadata.labels` as `true`; quote it",
        ),
        (
            "  labels:\n    a: x\n    a: b\n",
            "7:5",
            "`metadata.labels.a`: the key is in line 6 already",
        ),
        (
            "  namespace: a.b\n",
            "5:3",
            "`metadata.namespace`: `a.b` is no namespace of Kubernetes: write up to 63 lowercase letters",
        ),
        (
            "  namespace: 5\n",
            "5:3",
            "`metadata.namespace` is a number",
        ),
        (
            "  resourceVersion: 123\n",
            "5:3",
            "`metadata.resourceVersion` is a number",
        ),
        (
            "  generation: \"5\"\n",
            "5:3",
            "`metadata.generation` is not an integer",
        ),
        (
            "  finalizers: a.b/c\n",
            "5:3",
            "`metadata.finalizers` is not a list",
        ),
        (
            "  generateName: 5\n",
            "5:3",
            "`metadata.generateName` is a number",
        ),
        (
            "  name: other\n",
            "5:3",
            "`metadata.name`: the key is in line 4 already",
        ),
        (
            "  labels: {chart: \"{{ .Chart.Name }}\"}\n",
            "5:12",
            "`metadata.labels.chart`: `{{ .Chart.Name }}` is no value of a label: `{{ … }}` is a template: render it",
        ),
    ] {
        let (places, found) = problems(&with_metadata(metadata));
        assert_eq!(places, [place], "{metadata}");
        assert!(found.contains(message), "{metadata}\n{found}");
    }
}

#[test]
fn a_name_is_one_of_kubernetes() {
    let manifest = |metadata: &str| {
        format!("# a\napiVersion: v1\nkind: ConfigMap\n{metadata}data:\n  message: x\n")
    };
    for (metadata, place, message) in [
        ("", "2:1", "the ConfigMap has no name"),
        ("metadata:\n", "4:1", "the ConfigMap has no name"),
        (
            "metadata: {}\n",
            "4:1",
            "the ConfigMap has no name, and the API server rejects it: write it to `metadata.name`",
        ),
        ("metadata: {namespace: a}\n", "4:1", "no name"),
        ("metadata: {name: \"\"}\n", "4:1", "no name"),
        ("metadata: {name: ~}\n", "4:1", "no name"),
        (
            "metadata: {name: 5}\n",
            "4:12",
            "`metadata.name` is a number",
        ),
        (
            "metadata:\n  name: on\n",
            "5:3",
            "`metadata.name` is a boolean",
        ),
        (
            "metadata: {name: My_Server}\n",
            "4:12",
            "`My_Server` is no name of a ConfigMap: write up to 253 lowercase",
        ),
        (
            "metadata: {name: \"{{ .Release.Name }}-flags\"}\n",
            "4:12",
            "helm template",
        ),
        (
            "metadata: {name: [a]}\n",
            "4:12",
            "`metadata.name` is not a text",
        ),
        (
            "metadata: {generateName: A-}\n",
            "4:12",
            "`A-` is no beginning of a ConfigMap's name",
        ),
    ] {
        let (places, found) = problems(&manifest(metadata));
        assert_eq!(places, [place], "{metadata}: {found}");
        assert!(found.contains(message), "{metadata}\n{found}");
    }
    // Where there is no map, there is no name, either.
    assert_eq!(problems(&manifest("metadata: server\n")).0, ["4:1", "4:1"]);
    for metadata in [
        "metadata: {name: a.b-c}\n",
        "metadata: {generateName: server-}\n",
        "metadata: {name: a, namespace: \"\", labels: ~, annotations: {}}\n",
        "metadata: {name: a, creationTimestamp: null, generation: 5, finalizers: [a.b/c]}\n",
        "metadata: {name: a, labels: {app.kubernetes.io/name: x.Y_z, empty: \"\"}, annotations: {A.b/C: \"{}\"}}\n",
    ] {
        assert_eq!(problems(&manifest(metadata)).0, [""; 0], "{metadata}");
    }
}

#[test]
fn annotations_have_a_bound() {
    let value = "x".repeat((256 << 10) - 1);
    let metadata = |more: &str| with_metadata(&format!("  annotations:\n    a: {value}{more}\n"));
    assert_eq!(problems(&metadata("")).0, [""; 0]);
    let (places, message) = problems(&metadata("x"));
    assert_eq!(places, ["5:3"]);
    assert!(message.contains("262145 bytes"), "{message}");
}

#[test]
fn immutable_is_a_boolean() {
    for (value, expected) in [
        ("true", ""),
        ("yes", ""),
        ("~", ""),
        (
            "\"yes\"",
            "`immutable` is a text, which the API server rejects (\"cannot unmarshal string into",
        ),
        ("1", "`immutable` is a number"),
        ("{}", "`immutable` is `true` or `false`"),
    ] {
        let (places, message) = problems(&(with_metadata("") + "immutable: " + value + "\n"));
        let expected_places: &[&str] = if expected.is_empty() { &[] } else { &["7:1"] };
        assert_eq!(places, expected_places, "{value}");
        assert!(message.contains(expected), "{value}: {message}");
    }
}

#[test]
fn what_metadata_does_not_have_is_a_warning() {
    let report = text(&with_metadata("  labls: {a: b}\n"));
    let expected = "cm.yaml:5:3: warning: `metadata` has no field `labls`, which has no effect here; kubectl rejects \
                    it\n";
    assert!(report.contains(expected), "{report}");
}
