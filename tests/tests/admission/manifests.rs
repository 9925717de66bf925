//! Manifests: what `--config-check` says of them is what the API server does.

use std::fs;

use clap::Parser;
use dflag::DynamicFlags;
use dflag_configmap::ConfigMapArgs;

use crate::cluster::Cluster;

/// A program that knows no key, and so rejects no value.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Server {
    #[command(flatten)]
    #[flag(flatten)]
    config: ConfigMapArgs,
}

/// What a manifest has below `metadata`, beside the name.
const METADATA: [&str; 30] = [
    "",
    "labels: {version: 2}",
    "labels: {version: ~}",
    "labels: {app: a b}",
    "labels: {app: \"\"}",
    "labels: {a/b/c: x}",
    "labels: {A/b: x}",
    "labels: {app.kubernetes.io/name: x.Y_z}",
    "labels: {a: [b]}",
    "labels: [a]",
    "annotations: {b: true}",
    "annotations: {b: ~}",
    "annotations: {_a: x}",
    "annotations: {A.b/C: \"{}\"}",
    "annotations: text",
    "namespace: 5",
    "namespace: \"\"",
    "namespace: a.b",
    "generation: \"5\"",
    "generation: 5",
    "resourceVersion: 123",
    "creationTimestamp: null",
    "creationTimestamp: 5",
    "generateName: 5",
    "uid: 5",
    "finalizers: [a.b/c]",
    "finalizers: a.b/c",
    "ownerReferences: ~",
    "labls: {a: b}",
    "annotations: {\"a b\": x}",
];

/// `metadata` itself.
const NAMES: [&str; 14] = [
    "{}",
    "server",
    "{name: ~}",
    "{name: \"\"}",
    "{name: 5}",
    "{name: My_Server}",
    "{name: a..b}",
    "{name: a.b-c.1}",
    "{name: -a}",
    "{generateName: server-}",
    "{generateName: a--}",
    "{generateName: A-}",
    "{generateName: a.}",
    "{name: a, generateName: A-}",
];

/// What comes after `metadata`.
const FIELDS: [&str; 18] = [
    "immutable: \"yes\"",
    "immutable: yes",
    "immutable: ~",
    "immutable: 1",
    "immutable: {}",
    "data: ~",
    "data: []",
    "data: {a b: x}",
    "data: {..a: x}",
    "data: {.: x}",
    "data: {.a: x}",
    "data: {a: 20}",
    "data: {a: on}",
    "data: {a: x}\nbinaryData: {a: eA==}",
    "data: {a: x}\nbinaryData: {b: eA==}",
    "binaryData: {a: x}",
    "binaryData: {a: [x]}",
    "data: {a: x}\nother: {}",
];

pub(crate) fn all(cluster: &Cluster) {
    let metadata =
        METADATA.map(|more| format!("metadata:\n  name: server\n  {more}\ndata: {{a: x}}\n"));
    let names = NAMES.map(|metadata| format!("metadata: {metadata}\n"));
    let fields = FIELDS.map(|fields| format!("metadata: {{name: server}}\n{fields}\n"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("manifest.yaml");
    let (mut accepted, mut rejected) = (0, 0);
    for rest in metadata.into_iter().chain(names).chain(fields) {
        let manifest = format!("apiVersion: v1\nkind: ConfigMap\n{rest}");
        fs::write(&file, &manifest).unwrap();
        let line = [
            "server".as_ref(),
            "--config-check".as_ref(),
            file.as_os_str(),
        ];
        let output = ConfigMapArgs::try_run_from::<Server, _, _>(line, |builder| builder);
        let output = output.unwrap().unwrap();
        // Without kubectl's own validation of fields, which is stricter: the server ignores unknown ones.
        let arguments = ["create", "--dry-run=server", "--validate=false", "-f"];
        let mut kubectl = cluster.server.kubectl();
        let created = kubectl.args(arguments).arg(&file).output().unwrap();
        let errors = String::from_utf8_lossy(&created.stderr);
        let is_created = created.status.success();
        assert_eq!(
            output.exit_code() == 0,
            is_created,
            "{manifest}\n{output}\n{errors}"
        );
        *if is_created {
            &mut accepted
        } else {
            &mut rejected
        } += 1;
    }
    assert!(
        accepted > 15 && rejected > 30,
        "{accepted} accepted, {rejected} rejected"
    );
}
