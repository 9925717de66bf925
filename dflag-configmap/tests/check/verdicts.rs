//! The verdict on a manifest is that of `initialize` on the directory that kubelet mounts for it.
//!
//! `mounted.json` has what kubelet mounts, as the decoder of kubectl itself reads the manifests (`mounted/main.go`).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dflag::{DynamicFlags, Flags, OnInvalid, Precedence};
use dflag_configmap::{Builder, Updater};

use crate::common::Volume;
use crate::program::{Args, check_with, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check")
}

/// A ConfigMap of a manifest.
struct Case {
    manifest: PathBuf,
    name: String,
    /// `None` if the API server rejects it.
    data: Option<BTreeMap<String, Vec<u8>>>,
}

fn cases() -> Vec<Case> {
    let mounted = fs::read(folder().join("mounted.json")).unwrap();
    let mounted: serde_json::Value = serde_json::from_slice(&mounted).unwrap();
    let mut cases = Vec::new();
    for (manifest, config_maps) in mounted.as_object().unwrap() {
        for (name, config_map) in config_maps.as_object().unwrap() {
            let bytes = |value: &serde_json::Value| {
                BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap()
            };
            let data = config_map["data"].as_object();
            let data = data.map(|data| {
                data.iter()
                    .map(|(key, value)| (key.clone(), bytes(value)))
                    .collect()
            });
            cases.push(Case {
                manifest: folder().join("manifests").join(manifest),
                name: name.clone(),
                data,
            });
        }
    }
    cases
}

/// The number of sets of options.
const OPTIONS: usize = 5;

/// Options that change the verdict.
fn with_options<F>(builder: Builder<F>, set: usize) -> Builder<F> {
    match set {
        0 => builder,
        1 => builder.deny_unknown(true),
        2 => builder
            .deny_unknown(true)
            .ignore(["*.md", "*.conf", "*.properties", "ca.crt"]),
        3 => builder.on_invalid(OnInvalid::KeepValid).env_names(true),
        _ => builder
            .prefix("max_")
            .precedence(Precedence::BelowCommandLine),
    }
}

/// What `initialize` does with the directory: the flags, and its error.
fn initialize(line: &[&str], directory: &Path, set: usize) -> (Flags<Args>, Option<String>) {
    let line = [&["server"], line].concat();
    let args = Args::try_parse_dynamic_from(line).unwrap();
    let builder = with_options(Updater::builder(&args, directory), set);
    let error = builder.build().unwrap().initialize().err();
    (args, error.map(|error| error.to_string()))
}

fn mount(data: &BTreeMap<String, Vec<u8>>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let files = data.iter().map(|(key, value)| (&**key, &**value));
    let files: Vec<(&str, &[u8])> = files.collect();
    Volume::new(dir.path(), &[]).publish_bytes(&files);
    dir
}

#[test]
fn the_verdict_on_a_manifest_is_that_of_initialize_on_the_mounted_directory() {
    let cases = cases();
    let manifests: std::collections::BTreeSet<_> =
        cases.iter().map(|case| &case.manifest).collect();
    assert!(manifests.len() >= 30, "{}", manifests.len());
    let (mut valid, mut invalid) = (0, 0);
    for case in &cases {
        for set in 0..OPTIONS {
            for line in [&[][..], &["--rollout=0.5", "--max-connections=7"]] {
                let name = format!("--config-name={}", case.name);
                let line_of_check = [line, &[&*name, "--config-format=json"]].concat();
                let output = check_with::<Args>(&case.manifest, &line_of_check, |builder| {
                    with_options(builder, set)
                });
                let what = format!("{} {} {line:?}", case.manifest.display(), case.name);
                let Some(data) = &case.data else {
                    assert_eq!(output.exit_code(), 1, "{what}: {output}");
                    continue;
                };
                let dir = mount(data);
                let (args, error) = initialize(line, dir.path(), set);
                assert_eq!(
                    output.exit_code(),
                    i32::from(error.is_some()),
                    "{what}: {error:?}\n{output}"
                );
                if error.is_some() {
                    invalid += 1;
                    continue;
                }
                valid += 1;
                // What it says that changes is what changed.
                for change in json(&output)["changes"].as_array().unwrap() {
                    let flag = args.flag(change["flag"].as_str().unwrap()).unwrap();
                    assert_eq!(change["new"].as_str(), flag.value.as_deref(), "{what}");
                }
            }
        }
    }
    assert!(
        valid > 50 && invalid > 50,
        "{valid} valid, {invalid} invalid"
    );
}

#[test]
fn the_verdict_on_a_directory_is_that_of_initialize_and_names_its_files() {
    for case in cases() {
        let Some(data) = &case.data else { continue };
        let dir = mount(data);
        let output = check_with::<Args>(dir.path(), &["--config-format=json"], |builder| {
            with_options(builder, 1)
        });
        let (_, error) = initialize(&[], dir.path(), 1);
        assert_eq!(output.exit_code(), i32::from(error.is_some()), "{output}");
        for problem in json(&output)["problems"].as_array().unwrap() {
            let key = problem["key"].as_str().map(|key| dir.path().join(key));
            if let Some(path) = key {
                assert_eq!(problem["file"].as_str(), path.to_str());
                assert_eq!(problem["line"], serde_json::Value::Null);
            }
        }
    }
}
