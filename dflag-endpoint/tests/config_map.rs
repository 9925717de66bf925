//! The flags as a ConfigMap.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use common::{SECRET, args, get, mounted};
use dflag::{Edit, FlagSet, Layer};
use dflag_endpoint::Endpoint;

const CONFIG_MAP: &str = "/debug/flags/configmap.yaml";

/// The comments, and the keys below `data` with their values.
fn parts(yaml: &str) -> (Vec<&str>, Vec<(String, String)>) {
    let comments = yaml.lines().filter_map(|line| line.strip_prefix("# "));
    let (_, data) = yaml.split_once("\ndata:").unwrap();
    let text = |json: &str| serde_json::from_str::<String>(json).unwrap();
    let pairs = data.lines().filter_map(|line| line.split_once(": "));
    let pairs = pairs.map(|(key, value)| (text(key.trim()), text(value)));
    (comments.collect(), pairs.collect())
}

#[tokio::test]
async fn it_has_the_values_of_sources_and_overrides() {
    let args = args();
    let set: std::sync::Arc<dyn FlagSet> = (&args).into();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.extend([("limit", "20"), ("metrics", "7"), ("pin", "1")]);
    set.propose(&layer).unwrap();
    set.freeze();
    layer.text("port", "/etc/dflag/port", "9090");
    set.propose(&layer).unwrap();
    let text = "a: \"b\"\n\u{85}#c";
    args.edit([Edit::set("limit", "30"), Edit::set("message", text)])
        .unwrap();
    args.set("upstream-token", "hunter3").unwrap();

    let endpoint = Endpoint::new(&args).title("server").instance("pod-1");
    let router = mounted(endpoint.config_map("prod/server"));
    let yaml = get(CONFIG_MAP).send(&router).await.assert_status(200);
    assert_eq!(yaml.header("content-type"), "application/yaml");
    assert!(!yaml.text.contains(SECRET) && !yaml.text.contains("hunter3"));
    let (comments, data) = parts(&yaml.text);
    assert_eq!(
        comments,
        [
            "The values that sources and overrides give server on pod-1, generation 5.",
            "`upstream-token` is left out: its value is secret",
            "`pin` is left out: its value is secret",
        ]
    );
    let expected = [
        ("port", "9090"),
        ("limit", "30"),
        ("message", text),
        ("metrics", "7"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(data, expected);
    assert!(
        yaml.text
            .contains("\n  name: \"server\"\n  namespace: \"prod\"\n")
    );
    // YAML reads that character as a line break.
    assert!(!yaml.text.contains('\u{85}'));

    // The program reads it back as it is.
    let again = common::args();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.extend(data.iter().map(|(key, value)| (&**key, &**value)));
    again.propose(&layer).unwrap();
    assert_eq!((again.limit.get(), again.load().port), (30, 9090));
}

#[tokio::test]
async fn it_may_be_empty_and_says_what_no_key_can_say() {
    let args = args();
    let router = mounted(Endpoint::new(&args));
    let yaml = get(CONFIG_MAP).send(&router).await.text;
    assert!(yaml.ends_with("\ndata: {}\n"), "{yaml}");
    args.edit([Edit::unset("message")]).unwrap();
    let yaml = get(CONFIG_MAP).send(&router).await.text;
    assert!(
        yaml.contains("# `message` is left out: no key of a ConfigMap means that it has no value"),
        "{yaml}"
    );
}
