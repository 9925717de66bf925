//! The flags as a ConfigMap.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;

use clap::Parser;
use common::{SECRET, args, get, mounted};
use dflag::value::Bytes;
use dflag::{DynamicFlags, Edit, FlagSet, Layer, Source, SourceObject, SourceStatus};
use dflag_endpoint::Endpoint;

const CONFIG_MAP: &str = "/debug/flags/configmap.yaml";

/// The comments, and the keys below `data` with their values.
fn parts(yaml: &str) -> (Vec<&str>, Vec<(String, String)>) {
    let comments = yaml.lines().filter_map(|line| line.strip_prefix("# "));
    (comments.collect(), section(yaml, "data"))
}

/// The keys in a section, with their values.
fn section(yaml: &str, name: &str) -> Vec<(String, String)> {
    let (_, section) = yaml.split_once(&format!("\n{name}:\n")).unwrap();
    let text = |json: &str| serde_json::from_str::<String>(json).unwrap();
    let lines = section.lines().take_while(|line| line.starts_with(' '));
    let pairs = lines.map(|line| line.split_once(": ").unwrap());
    pairs
        .map(|(key, value)| (text(key.trim()), text(value)))
        .collect()
}

/// Flags of raw bytes, and one whose type only sounds like it.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Raw {
    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    icon: Bytes,

    #[arg(long)]
    #[flag(dynamic)]
    logo: Option<Bytes>,

    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    key: Bytes,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    one: Vec<Bytes>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    two: Vec<Bytes>,

    #[arg(long, default_value_t = MaxBytes(1))]
    #[flag(dynamic)]
    body: MaxBytes,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct MaxBytes(u32);

impl std::str::FromStr for MaxBytes {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl std::fmt::Display for MaxBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[tokio::test]
async fn it_has_the_values_of_sources_and_overrides() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
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

#[tokio::test]
async fn bytes_are_binary_data_and_read_back() {
    let raw = || Raw::try_parse_dynamic_from(["server"]).unwrap();
    let args = raw();
    let set: Arc<dyn FlagSet> = (&args).into();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.file("icon", "/etc/dflag/icon", [0, 0xff]);
    layer.file("key", "/etc/dflag/key", SECRET);
    set.propose(&layer).unwrap();
    args.edit([
        Edit::set("logo", "PHN2Zz4="),
        Edit::set("one", "AQ=="),
        Edit::set("two", "AQ==,Ag=="),
        Edit::set("body", "1024"),
    ])
    .unwrap();

    let router = mounted(Endpoint::new(&args));
    let yaml = get(CONFIG_MAP).send(&router).await.assert_status(200).text;
    let (comments, data) = parts(&yaml);
    assert_eq!(
        comments[1..],
        [
            "`key` is left out: its value is secret",
            "`two` is left out: a key of a ConfigMap gives it exactly one value",
        ]
    );
    assert_eq!(data, [("body".to_owned(), "1024".to_owned())]);
    let binary_data = section(&yaml, "binaryData");
    let expected = [("icon", "AP8="), ("logo", "PHN2Zz4="), ("one", "AQ==")];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(binary_data, expected);
    assert!(!yaml.contains(SECRET) && !yaml.contains(&Bytes::from(SECRET.as_bytes()).to_string()));

    // The files that this ConfigMap becomes give the same values.
    let again = raw();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, base64) in &binary_data {
        let bytes: Bytes = base64.parse().unwrap();
        layer.file(&**key, format!("/etc/dflag/{key}"), &bytes[..]);
    }
    again.propose(&layer).unwrap();
    assert_eq!(again.icon.load()[..], [0, 0xff]);
    assert_eq!(again.logo.load().as_deref(), Some(&b"<svg>"[..]));
    assert_eq!(again.one.load()[..], [Bytes::from(vec![1])]);
}

/// A source that knows which ConfigMap it follows.
struct Known;

impl Source for Known {
    fn status(&self) -> SourceStatus {
        let mut status = SourceStatus::new("ConfigMap", "prod/server");
        let mut object = SourceObject::new("prod", "server");
        "server.".clone_into(&mut object.prefix);
        status.object = Some(object);
        status
    }
}

#[tokio::test]
async fn a_source_that_knows_its_config_map_names_it() {
    let args = args();
    let source: Arc<dyn Source> = Arc::new(Known);
    let set: Arc<dyn FlagSet> = (&args).into();
    set.attach(Arc::downgrade(&source));
    args.edit([Edit::set("limit", "30")]).unwrap();
    let router = mounted(Endpoint::new(&args));
    let yaml = get(CONFIG_MAP).send(&router).await.assert_status(200);
    assert!(
        yaml.text
            .contains("\n  name: \"server\"\n  namespace: \"prod\"\n")
    );
    assert_eq!(
        parts(&yaml.text).1,
        [("server.limit".to_owned(), "30".to_owned())]
    );
    let page = get("/debug/flags?format=html")
        .send(&router)
        .await
        .assert_status(200);
    let command = "kubectl -n prod patch configmap server --type merge";
    assert!(
        page.text.contains(command) && page.text.contains("server.limit"),
        "{}",
        page.text
    );

    // What the program says takes precedence, and the keys are the source's.
    let router = mounted(Endpoint::new(&args).config_map("other"));
    let yaml = get(CONFIG_MAP).send(&router).await.assert_status(200);
    assert!(
        yaml.text
            .contains("\n  name: \"other\"\ndata:\n  \"server.limit\""),
        "{}",
        yaml.text
    );
}
