//! `server_kube --kube` against a real API server.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

#[path = "../common/mod.rs"]
mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::server::{Server, command};
use dflag_tests::api_server::ApiServer;
use dflag_tests::wait;

use common::program::DEADLINE;

/// Runs `kubectl`, which has to succeed.
fn kubectl(server: &ApiServer, arguments: &[&str]) -> String {
    let output = server.kubectl().args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The manifests of this folder, with which the server runs in a cluster.
fn apply(server: &ApiServer, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("server_kube")
        .join(file);
    kubectl(server, &["apply", "--filename", path.to_str().unwrap()]);
}

fn patch(server: &ApiServer, value: &str) {
    let patch = format!(r#"{{"data": {{"example_my_dynamic_int": "{value}"}}}}"#);
    kubectl(
        server,
        &["patch", "configmap", "server-kube-flags", "--patch", &patch],
    );
}

#[test]
fn patch_reaches_the_server_and_a_typo_shows_up_in_the_pods_events() {
    let folder = tempfile::tempdir().unwrap();
    let Some(cluster) = ApiServer::start(folder.path()).unwrap() else {
        return;
    };
    for file in [
        "configmap.yaml",
        "kube/role.yaml",
        "kube/events_role.yaml",
        "kube/deployment.yaml",
    ] {
        apply(&cluster, file);
    }
    // Nothing runs pods here, so one is created as a Deployment would do it, and the server runs beside it.
    let pod = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "server-kube-1"}, "spec": {
        "serviceAccountName": "server-kube", "containers": [{"name": "server-kube", "image": "server-kube"}]}}"#;
    fs::write(folder.path().join("pod.yaml"), pod).unwrap();
    kubectl(
        &cluster,
        &[
            "apply",
            "--filename",
            folder.path().join("pod.yaml").to_str().unwrap(),
        ],
    );
    let uid = kubectl(
        &cluster,
        &[
            "get",
            "pod",
            "server-kube-1",
            "--output=jsonpath={.metadata.uid}",
        ],
    );
    let token = kubectl(&cluster, &["create", "token", "server-kube"]);
    let token_file = folder.path().join("token");
    fs::write(&token_file, token.trim()).unwrap();
    let kubeconfig = folder.path().join("kubeconfig-of-the-pod");
    cluster.write_kubeconfig(&kubeconfig, &token_file).unwrap();

    let mut program: Command = command(&folder.path().join("no-mount"));
    program
        .args(["--kube=server-kube-flags", "--events=pod"])
        .env("KUBECONFIG", &kubeconfig)
        .env("POD_NAMESPACE", "default")
        .env("POD_NAME", "server-kube-1")
        .env("POD_UID", uid.trim());
    let server = Server::run(&mut program);
    let text = || String::from_utf8(server.get("/flags.txt")).unwrap();
    assert!(
        text().contains("example-my-dynamic-int = 1337"),
        "{}",
        text()
    );
    patch(&cluster, "456");
    wait::until(DEADLINE, "456", || {
        text().contains("example-my-dynamic-int = 456")
    });

    patch(&cluster, "lots");
    wait::until(DEADLINE, "the error", || text().contains("last error"));
    assert!(text().contains("example-my-dynamic-int = 456"));
    wait::until(DEADLINE, "the Event", || {
        let text = kubectl(&cluster, &["describe", "pod", "server-kube-1"]);
        text.contains("FlagsRejected") && text.contains("invalid value 'lots'")
    });
}
