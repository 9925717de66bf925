//! Rejected updates and their errors, which contain no secrets.

use std::net::TcpListener;

use dflag_tests::kubelet::Volume;
use dflag_tests::wait;

use crate::common::program::{DEADLINE, Program};
use crate::common::server::{Server, command, command_at, echo};

#[test]
fn a_bad_value_is_rejected_with_its_reason_and_the_next_good_one_applied() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("rollout", b"0.25")]).unwrap();
    let server = Server::start(volume.root());

    volume
        .write(&[
            ("rollout", b"7"),
            ("log_level", b"loud"),
            ("example_my_dynamic_int", b"456"),
        ])
        .unwrap();
    server.until_text("# rejected: 1");
    let error = server.status("last error");
    for part in ["rollout", "7%", "log-level", "'loud'", "debug"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
    assert!(server.page().contains("invalid value &#39;loud&#39;"));
    assert_eq!(server.value("rollout"), "0.25");
    assert_eq!(server.value("example-my-dynamic-int"), "1337");

    volume.write(&[("rollout", b"0.5")]).unwrap();
    server.until_value(DEADLINE, "rollout", "0.5");
    assert!(!server.text().contains("last error"));
}

#[test]
fn a_rule_across_flags_rejects_values_that_are_valid_by_themselves() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    echo("500", directory.path(), "client_in_flight");
    server.until_text("one client's 500 requests in flight are more than all clients' 100");
    assert_eq!(server.value("client-in-flight"), "10");

    echo("1000", directory.path(), "in_flight");
    server.until_value(DEADLINE, "client-in-flight", "500");
}

#[test]
fn the_server_does_not_start_with_a_bad_directory_and_names_every_bad_key() {
    let directory = tempfile::tempdir().unwrap();
    echo("-1", directory.path(), "example_my_dynamic_int");
    echo("soon", directory.path(), "request_timeout");
    let output = command(directory.path()).output().unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    for part in ["example-my-dynamic-int", "-1", "request-timeout", "soon"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
}

#[test]
fn a_secret_appears_in_no_output() {
    let secrets = ["hunter2-first", "hunter2-second", "hunter2-third"];
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    let server = Server::run(
        command(volume.root())
            .arg("--log-level=debug")
            .env("UPSTREAM_TOKEN", secrets[0]),
    );

    volume
        .write(&[
            ("upstream_token", secrets[1].as_bytes()),
            ("rollout", b"0.5"),
        ])
        .unwrap();
    server.until_value(DEADLINE, "rollout", "0.5");
    volume
        .write(&[("upstream_token", secrets[2].as_bytes()), ("rollout", b"7")])
        .unwrap();
    server.until_text("# rejected: 1");

    assert!(server.line("upstream-token").contains("from ConfigMap"));
    let help = command(volume.root())
        .arg("--help")
        .env("UPSTREAM_TOKEN", secrets[0])
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("--upstream-token"));
    for text in [server.page(), server.text(), server.output(), help] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn the_error_of_a_busy_port_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let mut program = Program::start(&mut command_at(directory.path(), port));
    let status = wait::until_some(DEADLINE, "the program's end", || program.exit_status());
    assert!(!status.success());
    let hint = format!("can't listen on 127.0.0.1:{port}, choose another port with `--debug-port`");
    wait::until(DEADLINE, &hint, || program.output().contains(&hint));
}
