//! The flags follow the directory.

use std::fs;
use std::path::Path;

use dflag_tests::kubelet::{Order, Volume};
use dflag_tests::wait;

use crate::common::program::DEADLINE;
use crate::common::server::{SECOND, Server, command, echo};

#[test]
fn the_page_shows_an_edited_file_within_a_second() {
    let directory = tempfile::tempdir().unwrap();
    echo("123", directory.path(), "example_my_dynamic_int");
    let server = Server::start(directory.path());
    assert!(server.page().contains(">123<"));

    echo("456", directory.path(), "example_my_dynamic_int");
    wait::until(SECOND, "456 on the page", || {
        server.page().contains(">456<")
    });
}

#[test]
fn the_page_shows_an_update_of_kubelet_within_a_second() {
    for order in [Order::Current, Order::Until1_29, Order::Before2021] {
        let parent = tempfile::tempdir().unwrap();
        let volume = Volume::create(parent.path().join("flags")).unwrap();
        let mut volume = volume.order(order).fs_group(true);
        volume.write(&[("rollout", b"0.25")]).unwrap();
        let server = Server::start(volume.root());
        server.until_value(DEADLINE, "rollout", "0.25");

        volume
            .write(&[("rollout", b"0.5"), ("example_my_dynamic_int", b"456")])
            .unwrap();
        wait::until(SECOND, "456 on the page", || {
            server.page().contains(">456<")
        });
        assert_eq!(server.value("rollout"), "0.5");
    }
}

#[test]
fn a_file_sets_a_flag_of_any_type() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    let table = [
        ("example_my_dynamic_int", "456", "456"),
        ("rollout", "0.5", "0.5"),
        ("maintenance", "yes", "true"),
        ("greet", "off", "false"),
        ("verbose", "3", "3"),
        ("tone", "formal", "formal"),
        (
            "log_level",
            "info, server_kube = debug",
            "info, server_kube = debug",
        ),
        ("message", "<b>hello</b> & more", "<b>hello</b> & more"),
        ("upstream", "a:1,b:2", "a:1,b:2"),
        ("experiments", "b,a", "b,a"),
        ("request_timeout", "1m30s", "1m30s"),
        ("icon", "raw", "cmF3Cg=="),
        ("region", "eu-west-1", "eu-west-1"),
        ("in_flight", "7", "7"),
        ("client_in_flight", "5", "5"),
    ];
    for (file, content, _) in table {
        echo(content, directory.path(), file);
    }
    for (file, _, value) in table {
        let flag = file.replace('_', "-");
        server.until_value(DEADLINE, &flag, value);
        let from = format!("from ConfigMap ({}", directory.path().display());
        assert!(server.line(&flag).contains(&from), "{}", server.line(&flag));
    }
    assert!(
        server
            .page()
            .contains("&#60;b&#62;hello&#60;/b&#62; &#38; more")
    );
    assert_eq!(server.get("/icon"), b"raw\n");
}

#[test]
fn a_file_sets_a_json_flag() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(directory.path());
    let json = r#"{"policy":"deny","rate":7}"#;
    echo(json, directory.path(), "example_my_dynamic_json");
    server.until_value(DEADLINE, "example-my-dynamic-json", json);
}

#[test]
fn a_removed_key_falls_back_to_the_command_line() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("rollout", b"0.5")]).unwrap();
    let server = Server::run(command(volume.root()).arg("--rollout=0.125"));
    assert_eq!(server.value("rollout"), "0.5");

    volume.write(&[]).unwrap();
    server.until_value(DEADLINE, "rollout", "0.125");
    assert!(server.line("rollout").contains("from command line"));
    assert_eq!(server.status("rejected"), "0");
}

#[test]
fn a_file_overrides_the_environment() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::run(command(directory.path()).env("SERVER_KUBE_REGION", "us-east-1"));
    assert_eq!(server.value("region"), "us-east-1");
    assert!(server.line("region").contains("from environment"));

    echo("eu-west-1", directory.path(), "region");
    server.until_value(DEADLINE, "region", "eu-west-1");
}

#[test]
fn a_changed_static_flag_is_pending_restart() {
    let directory = tempfile::tempdir().unwrap();
    echo("127.0.0.1", directory.path(), "host");
    let mut server = Server::start(directory.path());

    echo("127.0.0.2", directory.path(), "host");
    server.until_text("pending restart 127.0.0.2");
    assert_eq!(server.value("host"), "127.0.0.1");
    assert!(
        server
            .page()
            .contains("After a restart</dt><dd><code>127.0.0.2</code>")
    );

    server.stop();
    let server = Server::start(directory.path());
    assert_eq!(server.value("host"), "127.0.0.2");
    assert!(!server.text().contains("pending restart"));
}

#[test]
fn the_repositorys_directory_is_valid() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = tempfile::tempdir().unwrap();
    for file in fs::read_dir(manifest.join("server_kube/config")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), directory.path().join(file.file_name())).unwrap();
    }
    let server = Server::start(directory.path());
    assert_eq!(server.status("unknown"), "0");

    echo("456", directory.path(), "example_my_dynamic_int");
    server.until_value(SECOND, "example-my-dynamic-int", "456");
    assert_eq!(server.status("rejected"), "0");
}

#[test]
fn the_server_ends_on_sigterm() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Server::start(directory.path());
    assert!(server.stop().success());
}

#[test]
fn a_rollout_includes_more_users_and_none_fewer() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    let policy = r#"--example-my-dynamic-json={"policy":"allow","rate":100000}"#;
    let server = Server::run(command(volume.root()).arg(policy));
    let included = || {
        let users = (0..40).filter(|user| {
            let body = server.get(&format!("/work/user-{user}"));
            String::from_utf8(body).unwrap().contains("the new path")
        });
        users.collect::<Vec<u32>>()
    };
    assert!(included().is_empty());
    let mut before = Vec::new();
    for rollout in ["25%", "0.5", "100%"] {
        volume.write(&[("rollout", rollout.as_bytes())]).unwrap();
        server.until_value(DEADLINE, "rollout", rollout);
        let now = included();
        assert!(before.len() < now.len(), "{rollout}: {now:?}");
        assert!(
            before.iter().all(|user| now.contains(user)),
            "{rollout}: {before:?}, {now:?}"
        );
        before = now;
    }
    assert_eq!(before.len(), 40);
}

#[test]
fn a_limit_keeps_its_state_when_its_rate_changes_and_rejects_a_rate_of_zero() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    let server = Server::start(volume.root());
    let mut set = |rate: &str| {
        let policy = format!(r#"{{"policy":"allow","rate":{rate}}}"#);
        let policy = policy.as_bytes();
        volume
            .write(&[
                ("example_my_dynamic_json", policy),
                ("message", rate.as_bytes()),
            ])
            .unwrap();
    };
    set("1");
    server.until_value(DEADLINE, "message", "1");
    let mut statuses = (0..20).map(|_| server.status_of("/work/ada"));
    assert!(statuses.any(|status| status == "429"));

    set("0");
    server.until_text("# rejected: 1");
    assert_eq!(server.value("message"), "1");

    set("1000000");
    server.until_value(DEADLINE, "message", "1000000");
    wait::until(SECOND, "a request is admitted", || {
        server.status_of("/work/ada") == "200"
    });
}
