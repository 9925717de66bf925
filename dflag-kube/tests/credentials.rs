//! Credentials that other programs and files provide.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use dflag_kube::Way;
use dflag_tests::log;

use common::{PATIENCE, World, wait_for};

/// Writes a kubeconfig whose token is what `script` prints. `{token}` stands for a credential that expires in 30 s.
fn write_kubeconfig(world: &World, folder: &Path, script: &str) -> PathBuf {
    let expires = "$(date -u -d '+30 seconds' +%Y-%m-%dT%H:%M:%SZ)";
    let token = format!(
        r#"cat <<END
{{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
  "status": {{"token": "t", "expirationTimestamp": "{expires}"}}}}
END"#
    );
    let program = folder.join("login");
    fs::write(&program, script.replace("{token}", &token)).unwrap();
    let path = folder.join("kubeconfig");
    let text = format!(
        "apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: 'http://{}'}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test, namespace: default}}}}]
current-context: test
users:
- name: test
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      interactiveMode: Never
      command: sh
      args: ['{}']
      env: [{{name: PASSWORD, value: SECRET-environment}}]
",
        world.proxy.address(),
        program.display()
    );
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn program_that_fails_when_a_token_is_renewed_is_reported_without_its_environment_and_output() {
    log::capture();
    let world = World::with("5");
    let folder = tempfile::tempdir().unwrap();
    // A connection takes two runs, and its first request, since the token expires soon, a third one.
    let script = format!(
        "echo >> {runs}
         if [ $(($(wc -l < {runs}) % 3)) = 0 ]; then
           echo SECRET-output; echo SECRET-error >&2; exit 7
         fi
         {{token}}
",
        runs = folder.path().join("runs").display()
    );
    let kubeconfig = write_kubeconfig(&world, folder.path(), &script);
    let without_mount = world.builder_without_mount().kubeconfig(&kubeconfig);
    let error = without_mount.setup_blocking().unwrap_err().to_string();
    assert!(error.contains("failed with exit status: 7"), "{error}");
    assert!(!error.contains("SECRET"), "{error}");

    let builder = world.builder().kubeconfig(&kubeconfig);
    let updater = builder.setup_blocking().unwrap();
    assert_eq!(updater.status().applied_from, Some(Way::Mount));
    wait_for("the log", || !log::records("exit status: 7").is_empty());
    let status = updater.status();
    let error = status.api.error.as_deref().unwrap_or_default();
    assert!(error.contains("failed with exit status: 7"), "{error}");
    let sources = format!("{:?}", world.args.sources());
    assert!(!format!("{status:?}{sources}").contains("SECRET"));
    assert!(log::records("SECRET").is_empty());
    drop(updater);
}

#[test]
fn credentials_that_hang_hold_up_neither_a_start_nor_a_stop_and_the_status_names_them() {
    let world = World::with("5");
    let folder = tempfile::tempdir().unwrap();
    // A read of it waits for somebody who writes.
    let kubeconfig = folder.path().join("kubeconfig");
    let made = Command::new("mkfifo").arg(&kubeconfig).status().unwrap();
    assert!(made.success());
    let builder = world.builder().kubeconfig(&kubeconfig);
    let builder = builder
        .namespace("default")
        .api_wait(Duration::from_millis(100));
    let updater = builder.build().unwrap();
    let (sender, done) = mpsc::channel();
    thread::spawn(move || {
        updater.initialize_blocking().unwrap();
        updater.start().unwrap();
        let _ = sender.send(updater);
    });
    let updater = done.recv_timeout(PATIENCE).unwrap();
    assert_eq!(updater.status().applied_from, Some(Way::Mount));
    wait_for("the error", || {
        let error = updater.status().api.error;
        error.is_some_and(|error| error.contains("the credentials could not be read"))
    });
    let (sender, done) = mpsc::channel();
    thread::spawn(move || sender.send(updater.stop().is_ok()));
    assert!(done.recv_timeout(PATIENCE).unwrap());
    // Ends the read.
    fs::write(&kubeconfig, "").unwrap();
}
