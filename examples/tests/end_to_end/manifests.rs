//! The manifests fit the server.

use std::fs;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dflag_tests::kubelet::Volume;
use yaml_rust2::{Yaml, YamlLoader};

use crate::server::{Server, command};

/// The documents of a manifest beside the server's source.
fn manifest(name: &str) -> Vec<Yaml> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("server_kube");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    YamlLoader::load_from_str(&text).unwrap()
}

fn config_map() -> Yaml {
    manifest("configmap.yaml").swap_remove(0)
}

fn entries(map: &Yaml) -> impl Iterator<Item = (&str, &str)> {
    let entries = map.as_hash().unwrap().iter();
    entries.map(|(key, value)| (key.as_str().unwrap(), value.as_str().unwrap()))
}

/// The pod that the deployment makes.
fn pod() -> Yaml {
    let deployment = manifest("deployment.yaml").swap_remove(0);
    deployment["spec"]["template"]["spec"].clone()
}

fn args(pod: &Yaml) -> Vec<String> {
    let args = pod["containers"][0]["args"].as_vec().unwrap().iter();
    args.map(|arg| arg.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_key_of_the_config_map_is_a_flag_and_its_value_is_valid() {
    let config_map = config_map();
    let texts = entries(&config_map["data"]).map(|(key, text)| (key, text.as_bytes().to_vec()));
    let bytes = entries(&config_map["binaryData"])
        .map(|(key, text)| (key, BASE64_STANDARD.decode(text).unwrap()));
    let payload: Vec<(&str, Vec<u8>)> = texts.chain(bytes).collect();
    let payload: Vec<(&str, &[u8])> = payload
        .iter()
        .map(|(key, bytes)| (*key, &**bytes))
        .collect();

    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&payload).unwrap();
    let server = Server::start(volume.root());
    assert_eq!(server.status("unknown"), "0");
    for (key, _) in payload {
        let line = server.line(&key.replace('_', "-"));
        assert!(line.contains("from ConfigMap"), "{key}: {line}");
    }
    assert!(server.get("/icon").starts_with(b"\x89PNG"));
}

#[test]
fn the_pods_command_line_is_one_that_the_server_takes() {
    let directory = tempfile::tempdir().unwrap();
    let args = args(&pod());
    let elsewhere = |arg: &&String| !arg.starts_with("--config-dir") && !arg.starts_with("--port");
    let server = Server::run(
        command(directory.path())
            .arg("--port=0")
            .args(args.iter().filter(elsewhere)),
    );
    assert_eq!(server.value("host"), "0.0.0.0");
    assert_eq!(server.get("/healthz"), b"ok\n");
}

#[test]
fn the_pod_mounts_the_config_map_where_the_server_looks() {
    let pod = pod();
    let args = args(&pod);
    let directory = args
        .iter()
        .find_map(|arg| arg.strip_prefix("--config-dir="));

    let mount = &pod["containers"][0]["volumeMounts"][0];
    assert_eq!(mount["mountPath"].as_str(), directory);
    assert!(
        mount["subPath"].is_badvalue(),
        "it would never change again"
    );

    let volume = &pod["volumes"][0];
    assert_eq!(mount["name"], volume["name"]);
    let source = &volume["projected"]["sources"][0]["configMap"];
    assert_eq!(source["name"], config_map()["metadata"]["name"]);
}

#[test]
fn the_pods_probes_ask_at_the_port_that_the_server_listens_on() {
    let pod = pod();
    let container = &pod["containers"][0];
    let port = &container["ports"][0];
    let listens = format!("--port={}", port["containerPort"].as_i64().unwrap());
    assert!(args(&pod).contains(&listens));
    for probe in ["readinessProbe", "livenessProbe"] {
        assert_eq!(container[probe]["httpGet"]["port"], port["name"]);
        assert_eq!(
            container[probe]["httpGet"]["path"].as_str(),
            Some("/healthz")
        );
    }
}
