//! Which requests a policy judges: those that change the content of its ConfigMap.

use dflag::OnInvalid;
use serde_json::json;

use crate::args;
use crate::cluster::{Cluster, map};

pub(crate) fn all(cluster: &Cluster) {
    changes(cluster);
    warnings(cluster);
}

fn changes(cluster: &Cluster) {
    let bad = json!({"small": "bad"});
    let manifest = map(&bad);
    assert!(
        cluster.apply(&manifest.to_string()).0,
        "there is no policy yet"
    );
    cluster.kubectl(&["create", "namespace", "other"]);
    cluster.apply_policy(&args::policy(|builder| builder), &bad);

    // `kubectl apply` shows our words.
    let changed = map(&json!({"small": "worse"})).to_string();
    let (is_applied, output) = cluster.apply(&changed);
    assert!(
        !is_applied && output.contains("`small`: invalid value \"worse\": an integer"),
        "{output}"
    );
    // An update that changes nothing, and changes of anything but the content.
    assert!(cluster.apply(&manifest.to_string()).0);
    cluster.kubectl(&["label", "configmap", "flags", "a=b"]);
    cluster.kubectl(&["annotate", "configmap", "flags", "a=b"]);
    for finalizers in [json!(["example.com/a"]), json!([])] {
        let patch = json!({"metadata": {"finalizers": finalizers}});
        assert!(cluster.patch("flags", &patch).is_accepted());
    }
    // Bad content that is replaced by other bad content is rejected, whichever field changes.
    assert!(
        !cluster
            .patch("flags", &json!({"data": {"other": "x"}}))
            .is_accepted()
    );
    assert!(
        !cluster
            .patch("flags", &json!({"binaryData": {"other": "eA=="}}))
            .is_accepted()
    );
    assert!(
        cluster
            .patch("flags", &json!({"data": {"small": "5"}}))
            .is_accepted()
    );
    assert!(
        !cluster
            .patch("flags", &json!({"binaryData": {"max_items": "NQ=="}}))
            .is_accepted()
    );
    assert!(
        !cluster
            .patch("flags", &json!({"data": {"small": "bad"}}))
            .is_accepted()
    );
    // All content may go.
    assert!(cluster.patch("flags", &json!({"data": null})).is_accepted());

    // Deletion of a bad map, also while a finalizer keeps it.
    cluster.delete_policies(&bad);
    let patch = json!({"data": bad, "metadata": {"finalizers": ["example.com/a"]}});
    assert!(cluster.patch("flags", &patch).is_accepted());
    cluster.apply_policy(&args::policy(|builder| builder), &json!({"small": "worse"}));
    cluster.kubectl(&["delete", "configmap", "flags", "--wait=false"]);
    assert!(
        cluster
            .patch("flags", &json!({"metadata": {"finalizers": null}}))
            .is_accepted()
    );
    let rest = cluster.kubectl(&[
        "get",
        "configmaps",
        "--field-selector=metadata.name=flags",
        "-o=name",
    ]);
    assert_eq!(rest, "");

    // Maps of another name or namespace.
    for (namespace, name) in [("default", "others"), ("other", "flags")] {
        let mut map = map(&bad);
        map["metadata"] = json!({"name": name, "namespace": namespace});
        assert!(cluster.try_create(&map).is_accepted(), "{namespace}/{name}");
    }
    let unnamed = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "flags"}, "data": bad});
    assert!(cluster.try_create(&unnamed).is_accepted());
    cluster.delete_policies(&bad);
}

/// A program that applies the valid keys of a map rejects no map for the others: the server warns.
fn warnings(cluster: &Cluster) {
    let bad = json!({"small": "bad"});
    let policy = args::policy(|builder| builder.on_invalid(OnInvalid::KeepValid));
    cluster.apply_policy(&policy, &bad);
    let answer = cluster.judge(&bad);
    assert!(answer.is_accepted(), "{answer:?}");
    assert_eq!(answer.warnings.len(), 1);
    assert!(
        answer.warnings[0].contains("`small`: invalid value"),
        "{answer:?}"
    );
    cluster.delete_policies(&bad);
}
