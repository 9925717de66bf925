//! Tests of the template on flags of all kinds.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use clap::Parser as _;
use dflag::{DynamicFlags as _, FlagSet, Layer};
use proptest::prelude::*;
use yaml_rust2::{Yaml, YamlLoader};

use super::{Selection, template};
use crate::commands::sample::{Args, describe, line, with_name};
use crate::options::Options;

fn owned(line: &[&str]) -> Vec<String> {
    line.iter().map(ToString::to_string).collect()
}

fn written(line: &[&str], selection: Selection) -> String {
    template(
        &describe(&owned(line)),
        &Options::default(),
        None,
        selection,
    )
}

/// The bytes of each key of a manifest.
fn contents(manifest: &str) -> BTreeMap<String, Vec<u8>> {
    let documents =
        YamlLoader::load_from_str(manifest).unwrap_or_else(|error| panic!("{error}\n{manifest}"));
    let [document] = &documents[..] else {
        panic!("{manifest}");
    };
    let mut contents = BTreeMap::new();
    for section in ["data", "binaryData"] {
        let entries = document[section].as_hash().cloned().unwrap_or_default();
        for (key, value) in entries {
            let (Yaml::String(key), Yaml::String(text)) = (&key, &value) else {
                panic!("{key:?}: {value:?} is no string");
            };
            let bytes = match section {
                "data" => text.clone().into_bytes(),
                _ => BASE64_STANDARD.decode(text).unwrap(),
            };
            assert!(contents.insert(key.clone(), bytes).is_none(), "{key}");
        }
    }
    contents
}

#[test]
fn template_matches_the_snapshot() {
    let line = [
        "--dsn=db",
        "--rollout=-inf",
        "--color",
        "--banner=Welcome\n\n  to the server\n",
        "--on= off",
        "--key=AP8=",
        "--zones=a,b",
        "--zones=c\td",
        "--mode=odd",
    ];
    let manifest = written(&line, Selection::All);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshot/template.yaml");
    crate::commands::sample::assert_snapshot(&path, &manifest);
}

#[test]
fn static_flags_are_written_on_request() {
    let keys = |selection| {
        contents(&written(&["--dsn=db"], selection))
            .into_keys()
            .collect::<Vec<_>>()
    };
    let (dynamic, all) = (keys(Selection::Dynamic), keys(Selection::All));
    assert!(!dynamic.contains(&"port".to_owned()) && all.contains(&"port".to_owned()));
    assert!(dynamic.iter().all(|key| all.contains(key)));
}

#[test]
fn a_flag_without_a_value_and_a_secret_are_comments() {
    let manifest = written(&["--token=hunter3"], Selection::All);
    for lines in [
        "  # Required, and not set.\n  # dsn: \"\"\n",
        "  # Not set.\n  # workers: \"\"\n",
        "  # Secret: its value is left out.\n  # token: \"\"\n",
        "  # `größe` can't be set here: its name can't be the key of a ConfigMap.\n",
    ] {
        assert!(manifest.contains(lines), "{lines}\n{manifest}");
    }
    assert!(!manifest.contains("hunter"), "{manifest}");
}

#[test]
fn names_follow_the_options() {
    let mut options = Options::default();
    options.keys.prefix = "server.".into();
    options.keys.ignored = vec!["server.v*".into()];
    let flags = describe(&owned(&["--dsn=db"]));
    let object = "staging/flags-1".parse().unwrap();
    let manifest = template(&flags, &options, Some(&object), Selection::Dynamic);
    assert!(
        manifest.contains("metadata:\n  name: \"flags-1\"\n  namespace: \"staging\"\n"),
        "{manifest}"
    );
    assert!(
        manifest.contains("`verbose` can't be set here: the program ignores the key."),
        "{manifest}"
    );
    assert!(
        contents(&manifest)
            .keys()
            .all(|key| key.starts_with("server."))
    );
}

#[test]
fn without_any_value_there_is_no_null() {
    #[derive(Clone, clap::Parser, dflag::DynamicFlags)]
    struct Unset {
        #[arg(long)]
        #[flag(dynamic)]
        limit: Option<u8>,
        #[arg(long)]
        #[flag(dynamic)]
        key: Option<dflag::value::Bytes>,
    }
    let flags = dflag::Flags::<Unset>::describe(["server"]).unwrap();
    let manifest = template(&flags, &Options::default(), None, Selection::All);
    assert!(
        manifest.contains("\n# data:\n") && manifest.contains("\n# binaryData:\n"),
        "{manifest}"
    );
    assert!(contents(&manifest).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn proposing_a_template_changes_nothing(line in line()) {
        // A value that a check rejects stops the program at start.
        let Ok(flags) = Args::try_parse_dynamic_from(with_name(&line)) else {
            return Ok(());
        };
        let manifest = template(&describe(&line), &Options::default(), None, Selection::All);
        let before = flags.load_full();
        let mut layer = Layer::new("ConfigMap", "/template").deny_unknown(true);
        let contents = contents(&manifest);
        for (key, bytes) in &contents {
            layer.file(&**key, format!("/template/{key}"), &**bytes);
        }
        let set = <Arc<dyn FlagSet>>::from(&flags);
        let applied = set.propose(&layer);
        prop_assert!(applied.is_ok(), "{:?}\n{}", applied, manifest);
        let after = flags.load_full();
        let text = |args: &Args| format!("{args:?}");
        prop_assert_eq!(text(&before), text(&after), "{}", manifest);
        // Most flags have a value that a ConfigMap can give.
        prop_assert!(contents.len() >= 12, "{}", manifest);
        if !text(&before).contains("NaN") {
            prop_assert_eq!(&*before, &Args::try_parse_from(with_name(&line)).unwrap());
        }
    }
}

/// Answers what `kubectl` asks before it creates a ConfigMap on the client's side.
fn api_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let path = request.split([' ', '?']).nth(1).unwrap_or_default();
            let answer = match path {
                "/api" => r#"{"kind":"APIVersions","versions":["v1"]}"#,
                "/apis" => r#"{"kind":"APIGroupList","apiVersion":"v1","groups":[]}"#,
                "/api/v1" => {
                    r#"{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"configmaps",
                        "singularName":"","namespaced":true,"kind":"ConfigMap","verbs":["create","get"]}]}"#
                }
                _ => "",
            };
            let status = if answer.is_empty() {
                "404 Not Found"
            } else {
                "200 OK"
            };
            let length = answer.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{answer}",
            );
        }
    });
    format!("http://{address}")
}

#[test]
fn kubectl_reads_a_template_as_it_was_written() {
    if Command::new("kubectl")
        .arg("version")
        .arg("--client")
        .output()
        .is_err()
    {
        eprintln!("skipped: there is no kubectl");
        return;
    }
    let line = [
        "--dsn=db",
        "--banner=#!/bin/sh\n  - a: |\n\t\u{feff}x\u{85}\u{2028}\u{0}😀\n",
        "--on=yes",
        "--raw= a\n\n b\n",
        "--lines=~",
        "--label=no",
        "--key=AP8=",
    ];
    let manifest = written(&line, Selection::All);
    let home = tempfile::tempdir().unwrap();
    let mut kubectl = Command::new("kubectl")
        .env("HOME", home.path())
        .env_remove("KUBECONFIG")
        .arg(format!("--server={}", api_server()))
        .args([
            "create",
            "--dry-run=client",
            "--validate=false",
            "--output=json",
            "--filename=-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    kubectl
        .stdin
        .take()
        .unwrap()
        .write_all(manifest.as_bytes())
        .unwrap();
    let output = kubectl.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{}\n{manifest}",
        String::from_utf8_lossy(&output.stderr)
    );
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut read = BTreeMap::new();
    for (key, text) in object["data"].as_object().unwrap() {
        read.insert(key.clone(), text.as_str().unwrap().as_bytes().to_vec());
    }
    for (key, text) in object["binaryData"].as_object().unwrap() {
        read.insert(
            key.clone(),
            BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap(),
        );
    }
    assert_eq!(read, contents(&manifest), "{manifest}");
}
