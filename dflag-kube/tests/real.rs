//! A real API server with its etcd.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use dflag::Flags;
use dflag_kube::{ApiState, EventsOn, Updater, Way};

use common::cluster::{Cluster, Mount, ROLE, role};
use common::{Args, args, wait_for};

#[track_caller]
fn wait_for_limit(args: &Flags<Args>, limit: u32) {
    wait_for(&format!("the limit {limit}"), || args.limit.get() == limit);
}

#[track_caller]
fn wait_for_state(updater: &Updater, state: ApiState) {
    wait_for(&format!("the API {state}"), || {
        updater.status().api.state == state
    });
}

/// One cluster for all tests, since it takes seconds to start.
#[test]
fn everything_works_with_a_real_api_server() {
    let Some(mut cluster) = Cluster::start() else {
        return;
    };
    change_arrives_at_once(&cluster);
    object_is_deleted_and_created_again(&cluster);
    binary_data_and_immutable_objects_are_followed(&cluster);
    each_verb_of_the_role_is_needed(&cluster);
    permission_that_is_withdrawn_leaves_the_mount(&cluster);
    token_is_read_again(&cluster);
    events_show_up_in_kubectl_describe(&cluster);
    rollback_shows_up_in_kubectl_describe(&cluster);
    event_names_the_pod_that_the_token_is_bound_to(&cluster);
    restart_of_the_server_is_survived(&mut cluster);
    restore_of_etcd_is_noticed(&mut cluster);
}

fn change_arrives_at_once(cluster: &Cluster) {
    cluster.write(&[("limit", "5")]);
    let args = args();
    let updater = cluster.builder(&args).setup_blocking().unwrap();
    assert_eq!(args.limit.get(), 5);
    let mut fastest = Duration::MAX;
    for limit in 6..11 {
        let patch = format!(r#"{{"data": {{"limit": "{limit}"}}}}"#);
        cluster.kubectl(&["patch", "configmap", "server-kube-flags", "--patch", &patch]);
        let since = Instant::now();
        wait_for_limit(&args, limit);
        fastest = fastest.min(since.elapsed());
    }
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
    let object = updater.status().object.unwrap();
    assert!(
        object.manager.is_some() && object.modified.is_some(),
        "{object:?}"
    );
    let json = cluster.kubectl(&[
        "get",
        "configmap",
        "server-kube-flags",
        "--output=jsonpath={.metadata.resourceVersion}",
    ]);
    assert_eq!(object.resource_version, json);
}

fn object_is_deleted_and_created_again(cluster: &Cluster) {
    cluster.write(&[("limit", "5")]);
    let args = args();
    let updater = cluster.builder(&args).setup_blocking().unwrap();
    cluster.delete();
    wait_for("the deletion", || updater.status().api.is_missing);
    assert_eq!(args.limit.get(), 5);
    cluster.write(&[("limit", "6")]);
    wait_for_limit(&args, 6);
    let second = common::args();
    let optional = cluster
        .builder(&second)
        .optional(true)
        .setup_blocking()
        .unwrap();
    cluster.delete();
    wait_for_limit(&second, 1);
    drop(optional);
}

fn binary_data_and_immutable_objects_are_followed(cluster: &Cluster) {
    cluster.delete();
    cluster.apply(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: server-kube-flags}\nimmutable: true\n\
         data: {limit: '7'}\nbinaryData: {icon: AP8=}\n",
    );
    let args = args();
    let updater = cluster.builder(&args).setup_blocking().unwrap();
    assert_eq!(args.limit.get(), 7);
    assert_eq!(args.icon.load().as_ref(), &[0, 255]);
    // It is changed by deleting it.
    cluster.delete();
    cluster.write(&[("limit", "8")]);
    wait_for_limit(&args, 8);
    wait_for("the icon's default", || {
        args.icon.load().as_ref().is_empty()
    });
    drop(updater);
}

fn each_verb_of_the_role_is_needed(cluster: &Cluster) {
    cluster.write(&[("limit", "5")]);
    cluster.apply(&role("watch"));
    let args = args();
    let refused = |args: &Flags<Args>| {
        cluster
            .builder(args)
            .setup_blocking()
            .unwrap_err()
            .to_string()
    };
    wait_for("the Role without `list`", || {
        refused(&args).contains("the verb `list` is missing")
    });
    cluster.apply(&role("list"));
    let second = common::args();
    let updater = cluster.builder(&second).build().unwrap();
    wait_for("the Role without `watch`", || {
        updater.initialize_blocking().is_ok()
    });
    updater.start().unwrap();
    wait_for_state(&updater, ApiState::Denied);
    let error = updater.status().api.error.unwrap();
    assert!(error.contains("the verb `watch` is missing"), "{error}");
    cluster.apply(&role("list, watch"));
    cluster.write(&[("limit", "6")]);
    wait_for_limit(&second, 6);
    wait_for_state(&updater, ApiState::Watching);
}

fn permission_that_is_withdrawn_leaves_the_mount(cluster: &Cluster) {
    cluster.write(&[("limit", "5")]);
    let mut mount = Mount::start(cluster.folder().join("mount"));
    mount.write("5");
    let args = args();
    // A running watch outlives the permission, so it is given up.
    let builder = cluster.builder(&args).mount(mount.root());
    let updater = builder
        .idle_limit(Duration::from_secs(1))
        .setup_blocking()
        .unwrap();
    cluster.apply(&role("get"));
    wait_for_state(&updater, ApiState::Denied);
    cluster.write(&[("limit", "6")]);
    mount.write("6");
    wait_for_limit(&args, 6);
    wait_for("the record", || {
        updater.status().applied_from == Some(Way::Mount)
    });
    cluster.write(&[("limit", "7")]);
    cluster.apply(ROLE);
    wait_for_limit(&args, 7);
}

fn token_is_read_again(cluster: &Cluster) {
    cluster.write(&[("limit", "5")]);
    let args = args();
    let builder = cluster.builder(&args).idle_limit(Duration::from_secs(1));
    let updater = builder.setup_blocking().unwrap();
    // The old token belongs to an account that is gone.
    cluster.kubectl(&["delete", "serviceaccount", "server-kube"]);
    cluster.kubectl(&["create", "serviceaccount", "server-kube"]);
    wait_for_state(&updater, ApiState::Denied);
    assert!(updater.status().api.error.unwrap().contains("401"));
    cluster.rotate_token();
    cluster.write(&[("limit", "6")]);
    wait_for_limit(&args, 6);
}

/// The Role that Events need.
const EVENTS_ROLE: &str = include_str!("../../examples/server_kube/kube/events_role.yaml");

fn events_show_up_in_kubectl_describe(cluster: &Cluster) {
    cluster.write(&[("limit", "5")]);
    let args = args();
    let builder = cluster.builder(&args).events(EventsOn::ConfigMap);
    let updater = builder.setup_blocking().unwrap();
    let mut limit = 5;
    let mut reject = || {
        cluster.write(&[("limit", "many")]);
        wait_for("the rejection", || {
            updater.status().updates.last_error.is_some()
        });
        limit += 1;
        cluster.write(&[("limit", &limit.to_string())]);
        wait_for_limit(&args, limit);
    };
    let describe = || cluster.kubectl(&["describe", "configmap", "server-kube-flags"]);
    // Without the Role the flags follow all the same.
    reject();
    assert!(!describe().contains("FlagsRejected"));
    cluster.apply(EVENTS_ROLE);
    wait_for("the Role", || {
        let account = "--as=system:serviceaccount:default:server-kube";
        let mut command = cluster.server.kubectl();
        let may = command
            .args(["auth", "can-i", "create", "events", account])
            .output()
            .unwrap();
        may.stdout.starts_with(b"yes")
    });
    reject();
    wait_for("the Events", || {
        let text = describe();
        text.contains("FlagsRejected") && text.contains("FlagsRecovered")
    });
    assert!(describe().contains("invalid value 'many'"));
}

fn rollback_shows_up_in_kubectl_describe(cluster: &Cluster) {
    cluster.write(&[("limit", "5")]);
    let args = args();
    let limit = args.limit.clone();
    let health = move || match limit.get() {
        66 => Err("the queue is full".to_owned()),
        _ => Ok(()),
    };
    let builder = cluster.builder(&args).events(EventsOn::ConfigMap);
    let updater = builder
        .probation(Duration::from_secs(600), health)
        .health_period(Duration::from_millis(100))
        .setup_blocking()
        .unwrap();
    cluster.write(&[("limit", "66")]);
    wait_for("the rollback", || updater.status().updates.rollbacks == 1);
    assert_eq!(args.limit.get(), 5);
    wait_for("the Event", || {
        let text = cluster.kubectl(&["describe", "configmap", "server-kube-flags"]);
        text.contains("FlagsRolledBack") && text.contains("the queue is full")
    });
}

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: server-1}
spec:
  serviceAccountName: server-kube
  containers: [{name: server, image: server}]
";

/// What a pod has below `/var/run/secrets`, in a namespace of its own. The arguments are a folder and a program.
const IN_POD: &str = "
set -e
mount -t tmpfs none /run
[ -e /var/run ] || ln -s /run /var/run
mkdir -p /var/run/secrets/kubernetes.io/serviceaccount
cp \"$1\"/token \"$1\"/ca.crt \"$1\"/namespace /var/run/secrets/kubernetes.io/serviceaccount
shift
exec \"$@\"
";

/// The variable that names the folder of [`program_in_a_pod`].
const POD_FOLDER: &str = "DFLAG_TEST_POD_FOLDER";

/// What [`event_names_the_pod_that_the_token_is_bound_to`] runs in a pod's surroundings.
#[test]
fn program_in_a_pod() {
    let Some(folder) = std::env::var_os(POD_FOLDER).map(PathBuf::from) else {
        return;
    };
    let args = args();
    let updater = Updater::builder(&args, "server-kube-flags")
        .in_cluster()
        .events(EventsOn::Pod)
        .setup_blocking()
        .unwrap();
    fs::write(folder.join("is-ready"), "").unwrap();
    wait_for("the end", || folder.join("is-done").exists());
    assert_eq!(updater.status().updates.rejected, 1);
}

/// The pod exists in the API server only, and its token is a real one. Only root can give it its place.
#[expect(clippy::print_stderr, reason = "whoever runs the tests has to know")]
fn event_names_the_pod_that_the_token_is_bound_to(cluster: &Cluster) {
    let can_unshare = Command::new("unshare").args(["--mount", "true"]).status();
    if !can_unshare.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no surroundings of a pod: they need root");
        return;
    }
    cluster.write(&[("limit", "5")]);
    cluster.apply(POD);
    let token = cluster.kubectl(&[
        "create",
        "token",
        "server-kube",
        "--bound-object-kind=Pod",
        "--bound-object-name=server-1",
    ]);
    let folder = cluster.folder().join("pod");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("token"), token.trim()).unwrap();
    fs::write(folder.join("namespace"), "default").unwrap();
    let certificate = cluster.folder().join("certificates/apiserver.crt");
    fs::copy(certificate, folder.join("ca.crt")).unwrap();
    let mut program = Command::new("unshare")
        .args(["--mount", "sh", "-c", IN_POD, "sh"])
        .arg(&folder)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "program_in_a_pod"])
        .env(POD_FOLDER, &folder)
        .env("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        .env("KUBERNETES_SERVICE_PORT", cluster.port())
        .spawn()
        .unwrap();
    wait_for("the program", || folder.join("is-ready").exists());
    cluster.write(&[("limit", "many")]);
    wait_for("the Event", || {
        let text = cluster.kubectl(&["describe", "pod", "server-1"]);
        text.contains("FlagsRejected") && text.contains("invalid value 'many'")
    });
    fs::write(folder.join("is-done"), "").unwrap();
    assert!(program.wait().unwrap().success());
}

fn restart_of_the_server_is_survived(cluster: &mut Cluster) {
    cluster.write(&[("limit", "5")]);
    let args = args();
    let updater = cluster.builder(&args).setup_blocking().unwrap();
    for (limit, at_once) in [(6, true), (7, false)] {
        cluster.server.stop_server(at_once).unwrap();
        wait_for_state(&updater, ApiState::Away);
        assert_eq!(args.limit.get(), limit - 1);
        cluster.server.start_server().unwrap();
        cluster.write(&[("limit", &limit.to_string())]);
        wait_for_limit(&args, limit);
    }
}

fn restore_of_etcd_is_noticed(cluster: &mut Cluster) {
    cluster.write(&[("limit", "5")]);
    let args = args();
    let updater = cluster.builder(&args).setup_blocking().unwrap();
    cluster.server.back_up().unwrap();
    for limit in 6..9 {
        wait_for("etcd", || {
            let patch = format!(r#"{{"data": {{"limit": "{limit}"}}}}"#);
            let mut command = cluster.server.kubectl();
            command.args(["patch", "configmap", "server-kube-flags", "--patch", &patch]);
            command.output().unwrap().status.success()
        });
        wait_for_limit(&args, limit);
    }
    cluster.server.restore().unwrap();
    // What the restored cluster has is the truth, though its version is lower.
    wait_for_limit(&args, 5);
    wait_for_state(&updater, ApiState::Watching);
    cluster.write(&[("limit", "9")]);
    wait_for_limit(&args, 9);
}
