//! The probes, and a restart for static flags.

use dflag_tests::kubelet::Volume;
use dflag_tests::wait;

use crate::common::program::DEADLINE;
use crate::common::server::{Server, command};

fn readyz(server: &Server) -> String {
    String::from_utf8(server.get("/readyz")).unwrap()
}

#[test]
fn a_server_with_a_bad_config_map_stays_ready_and_says_that_it_is_degraded() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("rollout", b"25%")]).unwrap();
    let server = Server::start(volume.root());
    assert_eq!(readyz(&server), "ready\n");

    volume.write(&[("rollout", b"a lot")]).unwrap();
    wait::until(DEADLINE, "the rejection", || {
        // `get` requires status 200.
        readyz(&server).starts_with("degraded: ")
    });
    assert!(!readyz(&server).contains("a lot"), "anyone may read it");
    assert_eq!(server.get("/healthz"), b"ok\n");
    assert!(
        server
            .page()
            .contains("degraded: the last update was rejected")
    );
    let metrics = server.debug_get("/metrics");
    let degraded = metrics
        .lines()
        .find(|line| line.starts_with("dflag_config_degraded{"));
    assert!(
        degraded.is_some_and(|line| line.ends_with(" 1")),
        "{metrics}"
    );

    volume.write(&[("rollout", b"50%")]).unwrap();
    wait::until(DEADLINE, "the correction", || readyz(&server) == "ready\n");
}

#[test]
fn a_server_exits_for_a_static_flag_that_is_pending_restart_and_starts_with_it() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("tone", b"formal")]).unwrap();
    let mut command = command(volume.root());
    command.arg("--restart-within=0s");
    let mut server = Server::run(&mut command);

    volume
        .write(&[("tone", b"formal"), ("set_token_file", b"/none")])
        .unwrap();
    assert!(server.until_exit().success());
    let output = server.output();
    assert!(
        output.contains("stopping, to start again") && output.contains("set-token-file"),
        "{output}"
    );
    assert_eq!(Server::run(&mut command).value("set-token-file"), "/none");
}
