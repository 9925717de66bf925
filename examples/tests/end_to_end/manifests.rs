//! The manifests match the server.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dflag_tests::kubelet::{Volume, projected};
use yaml_rust2::{Yaml, YamlLoader};

use crate::common::program::DEADLINE;
use crate::common::server::{Server, command};

/// The documents of a manifest next to the server's source.
fn manifest(name: &str) -> Vec<Yaml> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("server_kube");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    YamlLoader::load_from_str(&text).unwrap()
}

fn config_map() -> Yaml {
    manifest("configmap.yaml").swap_remove(0)
}

fn overlay() -> Yaml {
    manifest("overlay.yaml").swap_remove(0)
}

/// The texts of a ConfigMap's `data`.
fn data(config_map: &Yaml) -> Vec<(&str, &[u8])> {
    let texts = entries(&config_map["data"]);
    texts.map(|(key, text)| (key, text.as_bytes())).collect()
}

fn entries(map: &Yaml) -> impl Iterator<Item = (&str, &str)> {
    let entries = map.as_hash().unwrap().iter();
    entries.map(|(key, value)| (key.as_str().unwrap(), value.as_str().unwrap()))
}

/// The pod template of the deployment.
fn pod() -> Yaml {
    let deployment = manifest("deployment.yaml").swap_remove(0);
    deployment["spec"]["template"]["spec"].clone()
}

fn args(pod: &Yaml) -> Vec<String> {
    let args = pod["containers"][0]["args"].as_vec().unwrap().iter();
    args.map(|arg| arg.as_str().unwrap().to_owned()).collect()
}

fn port<'a>(container: &'a Yaml, name: &str) -> &'a Yaml {
    let ports = container["ports"].as_vec().unwrap();
    let port = ports
        .iter()
        .find(|port| port["name"].as_str() == Some(name));
    port.unwrap()
}

/// The volume that contains the file of this argument.
fn mounted<'a>(pod: &'a Yaml, flag: &str) -> &'a Yaml {
    let args = args(pod);
    let path = args.iter().find_map(|arg| arg.strip_prefix(flag)).unwrap();
    let contains = |mount: &&Yaml| path.starts_with(mount["mountPath"].as_str().unwrap());
    let mounts = pod["containers"][0]["volumeMounts"].as_vec().unwrap();
    // The mount with the longest path hides the others.
    let length = |mount: &&Yaml| mount["mountPath"].as_str().unwrap().len();
    let mount = mounts.iter().filter(contains).max_by_key(length).unwrap();
    let volumes = pod["volumes"].as_vec().unwrap();
    let volume = volumes
        .iter()
        .find(|volume| volume["name"] == mount["name"]);
    volume.unwrap()
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
fn the_server_accepts_the_pods_command_line() {
    let directory = tempfile::tempdir().unwrap();
    let args = args(&pod());
    let here = ["--config-dir", "--port", "--debug-port"];
    let elsewhere = |arg: &&String| !here.iter().any(|here| arg.starts_with(here));
    let server = Server::run(command(directory.path()).args(args.iter().filter(elsewhere)));
    assert_eq!(server.value("host"), "0.0.0.0");
    assert_eq!(server.value("debug-host"), "0.0.0.0");
    assert_eq!(server.get("/healthz"), b"ok\n");
}

#[test]
fn the_pod_mounts_the_config_map_at_the_config_dir() {
    let pod = pod();
    let args = args(&pod);
    let directory = args
        .iter()
        .find_map(|arg| arg.strip_prefix("--config-dir="));

    let mount = &pod["containers"][0]["volumeMounts"][0];
    assert_eq!(mount["mountPath"].as_str(), directory);
    assert!(
        mount["subPath"].is_badvalue(),
        "Kubernetes would never update it"
    );

    let volume = &pod["volumes"][0];
    assert_eq!(mount["name"], volume["name"]);
    let source = &volume["projected"]["sources"][0]["configMap"];
    assert_eq!(source["name"], config_map()["metadata"]["name"]);
}

#[test]
fn the_last_good_file_is_on_a_volume_that_the_pod_may_write() {
    let pod = pod();
    let args = args(&pod);
    let file = args
        .iter()
        .find_map(|arg| arg.strip_prefix("--last-good-file="));
    let mounts = pod["containers"][0]["volumeMounts"].as_vec().unwrap();
    let folder = Path::new(file.unwrap()).parent().unwrap().to_str();
    let mount = mounts
        .iter()
        .find(|one| one["mountPath"].as_str() == folder);
    let mount = mount.unwrap();
    assert!(mount["readOnly"].is_badvalue());
    let volumes = pod["volumes"].as_vec().unwrap();
    let volume = volumes.iter().find(|one| one["name"] == mount["name"]);
    assert!(!volume.unwrap()["emptyDir"].is_badvalue());
}

#[test]
fn the_pods_probes_use_the_servers_port() {
    let pod = pod();
    let container = &pod["containers"][0];
    let port = port(container, "http");
    let listens = format!("--port={}", port["containerPort"].as_i64().unwrap());
    assert!(args(&pod).contains(&listens));
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    for (probe, path) in [("readinessProbe", "/readyz"), ("livenessProbe", "/healthz")] {
        assert_eq!(container[probe]["httpGet"]["port"], port["name"]);
        assert_eq!(container[probe]["httpGet"]["path"].as_str(), Some(path));
        assert_eq!(server.status_of(path), "200");
    }
}

#[test]
fn the_overlay_is_optional_and_its_keys_take_precedence() {
    let pod = pod();
    let sources = &pod["volumes"][0]["projected"]["sources"];
    let (base, overlay) = (config_map(), overlay());
    assert_eq!(sources[0]["configMap"]["name"], base["metadata"]["name"]);
    let second = &sources[1]["configMap"];
    assert_eq!(second["name"], overlay["metadata"]["name"]);
    assert_eq!(second["optional"].as_bool(), Some(true));

    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume
        .write(&projected(&[&data(&base), &data(&overlay)]))
        .unwrap();
    let server = Server::start(volume.root());
    assert_eq!(server.status("unknown"), "0");
    assert_eq!(server.value("region"), "us-east-1");
    assert_eq!(server.value("in-flight"), "200");

    volume.write(&data(&base)).unwrap();
    server.until_value(DEADLINE, "region", "eu-west-1");
}

#[test]
fn the_debug_page_has_a_port_that_no_service_publishes() {
    let pod = pod();
    let port = port(&pod["containers"][0], "debug");
    let number = port["containerPort"].as_i64().unwrap();
    assert!(args(&pod).contains(&format!("--debug-port={number}")));
    let mut services = 0;
    for document in manifest("deployment.yaml") {
        if document["kind"].as_str() == Some("Service") {
            services += 1;
            for published in document["spec"]["ports"].as_vec().unwrap() {
                assert_eq!(published["targetPort"].as_str(), Some("http"));
            }
        }
    }
    assert_eq!(services, 1);

    let annotations =
        &manifest("deployment.yaml")[0]["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(
        annotations["prometheus.io/port"].as_str(),
        Some(&*number.to_string())
    );
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    let path = annotations["prometheus.io/path"].as_str().unwrap();
    assert!(format!("{}/metrics", server.debug_url()).ends_with(path));
}

#[test]
fn the_token_secret_is_optional_and_without_it_nobody_can_set_flags() {
    let pod = pod();
    let volume = mounted(&pod, "--set-token-file=");
    assert_eq!(volume["secret"]["optional"].as_bool(), Some(true));

    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("has_set"), "true").unwrap();
    let mut command = command(directory.path());
    let server =
        Server::run(command.args(["--debug-host=0.0.0.0", "--set-token-file=/none/token"]));
    assert!(server.page().contains("data-needs-token"));
    let response = server.debug_post("/set", "name=rollout&value=0.5");
    assert!(response.starts_with("HTTP/1.1 403"), "{response}");
    assert_eq!(server.value("rollout"), "0");
}

#[test]
fn the_alerts_use_existing_metrics() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("has_set"), "true").unwrap();
    let server = Server::start(directory.path());
    let set = server.debug_post("/set", "name=rollout&value=0.5&expires_in=1h");
    assert!(set.starts_with("HTTP/1.1 200"), "{set}");
    let metrics = server.debug_get("/metrics");
    let existing: BTreeSet<&str> = metrics
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();

    let alerts = manifest("alerts.yaml").swap_remove(0);
    let rules = alerts["groups"][0]["rules"].as_vec().unwrap();
    assert_eq!(rules.len(), 12);
    let mut used = BTreeSet::new();
    for rule in rules {
        assert!(rule["alert"].as_str().is_some() && rule["for"].as_str().is_some());
        for text in ["summary", "description"] {
            assert!(rule["annotations"][text].as_str().is_some(), "{rule:?}");
        }
        let words = rule["expr"].as_str().unwrap();
        let words = words.split(|char: char| !char.is_ascii_alphanumeric() && char != '_');
        let metrics: Vec<&str> = words.filter(|word| word.starts_with("dflag_")).collect();
        assert!(!metrics.is_empty(), "{rule:?}");
        used.extend(metrics);
    }
    let missing: Vec<_> = used.difference(&existing).collect();
    assert!(missing.is_empty(), "{missing:?} are not among {existing:?}");
}

#[test]
fn the_guide_says_what_to_do_about_each_alert() {
    let guide = include_str!("../../../dflag-endpoint/src/guide/metrics.md");
    let alerts = manifest("alerts.yaml").swap_remove(0);
    for rule in alerts["groups"][0]["rules"].as_vec().unwrap() {
        let name = rule["alert"].as_str().unwrap();
        assert!(guide.contains(&format!("| `{name}` |")), "{name}");
    }
}
