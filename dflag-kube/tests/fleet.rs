//! A fleet: many updaters of one ConfigMap on a real API server, all with one service account's token.
//!
//! It measures, so it runs on request: `DFLAG_FLEET=1000 cargo test --release -p dflag-kube --test fleet -- --ignored
//! --nocapture`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // test helpers may panic as well

mod common;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use dflag::{Flags, Subscription};
use dflag_kube::Updater;
use dflag_tests::api_server::ApiServer;

use common::{Args, args};

const ROLE: &str = include_str!("../../examples/server_kube/kube/role.yaml");

/// How long a change may take to reach all.
const LIMIT: Duration = Duration::from_secs(120);

/// An updater with its flags.
struct Member {
    _args: Flags<Args>,
    _updater: Updater,
    _subscription: Subscription,
}

/// Sends a request as the administrator, and returns the response's body.
fn request(server: &ApiServer, head: &str, body: &str) -> String {
    let address = server.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let text = format!(
        "{head} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/merge-patch+json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// Changes the object, and returns when that began.
fn patch(server: &ApiServer, limit: usize) -> Instant {
    let since = Instant::now();
    let head = "PATCH /api/v1/namespaces/default/configmaps/server-kube-flags";
    let body = format!(r#"{{"data": {{"limit": "{limit}"}}}}"#);
    let response = request(server, head, &body);
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    since
}

/// When each member had the new value, sorted.
fn arrivals(count: usize, changes: &Receiver<Instant>, since: Instant) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..count)
        .map(|_| changes.recv_timeout(LIMIT).unwrap().duration_since(since))
        .collect();
    times.sort();
    times
}

fn join(kubeconfig: &Path, changes: Sender<Instant>) -> Member {
    let args = args();
    let builder = Updater::builder(&args, "server-kube-flags").kubeconfig(kubeconfig);
    let updater = builder
        .api_wait(LIMIT)
        .setup_blocking()
        .unwrap_or_else(|error| error.exit());
    let subscription = args.limit.on_change(move |_, _| {
        let _ = changes.send(Instant::now());
    });
    Member {
        _args: args,
        _updater: updater,
        _subscription: subscription,
    }
}

/// The resident memory of this process, in KiB.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// How many lists of ConfigMaps the server has answered or rejected since it started, and with which codes.
fn lists(server: &ApiServer) -> (usize, String) {
    let metrics = request(server, "GET /metrics", "");
    let is_list = |line: &&str| {
        line.starts_with("apiserver_request_total{")
            && line.contains(r#"resource="configmaps""#)
            && line.contains(r#"verb="LIST""#)
    };
    let lines: Vec<&str> = metrics.lines().filter(is_list).collect();
    let counts = lines
        .iter()
        .map(|line| line.rsplit(' ').next().unwrap().trim());
    let count = counts.map(|count| count.parse::<usize>().unwrap()).sum();
    let codes = lines.iter().map(|line| {
        let code = line.split("code=\"").nth(1).unwrap();
        format!(
            "{}: {}",
            &code[..3],
            line.rsplit(' ').next().unwrap().trim()
        )
    });
    (count, codes.collect::<Vec<_>>().join(", "))
}

#[test]
#[ignore = "a measurement"]
fn change_reaches_a_fleet_and_a_restart_of_the_server_brings_no_herd() {
    let count = std::env::var("DFLAG_FLEET").ok();
    let count: usize = count.and_then(|count| count.parse().ok()).unwrap_or(100);
    let folder = tempfile::tempdir().unwrap();
    let Some(mut server) = ApiServer::start(folder.path()).unwrap() else {
        return;
    };
    let kubectl = |server: &ApiServer, arguments: &[&str]| {
        let output = server.kubectl().args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    };
    fs::write(folder.path().join("role.yaml"), ROLE).unwrap();
    let role = folder.path().join("role.yaml");
    kubectl(&server, &["apply", "-f", role.to_str().unwrap()]);
    kubectl(
        &server,
        &[
            "create",
            "configmap",
            "server-kube-flags",
            "--from-literal=limit=2",
        ],
    );
    let token = folder.path().join("token");
    fs::write(
        &token,
        kubectl(
            &server,
            &["create", "token", "server-kube", "--duration=2h"],
        ),
    )
    .unwrap();
    let kubeconfig = folder.path().join("fleet-kubeconfig");
    server.write_kubeconfig(&kubeconfig, &token).unwrap();

    let before = resident();
    let (sender, changes) = channel();
    let mut fleet: Vec<Member> = Vec::new();
    while fleet.len() < count {
        let more = (count - fleet.len()).min(20);
        fleet.extend(thread::scope(|scope| {
            let joining: Vec<_> = (0..more)
                .map(|_| {
                    let (sender, kubeconfig) = (sender.clone(), &kubeconfig);
                    scope.spawn(move || join(kubeconfig, sender))
                })
                .collect();
            joining
                .into_iter()
                .map(|member| member.join().unwrap())
                .collect::<Vec<_>>()
        }));
    }
    println!(
        "{count} updaters, {} KiB each",
        (resident() - before) / count
    );
    for limit in 3..8 {
        let since = patch(&server, limit);
        let times = arrivals(count, &changes, since);
        println!(
            "PATCH: first {:?}, median {:?}, last {:?}",
            times[0],
            times[count / 2],
            times[count - 1]
        );
    }
    for (limit, at_once) in [(8, true), (9, false)] {
        server.stop_server(at_once).unwrap();
        server.start_server().unwrap();
        let ready = Instant::now();
        patch(&server, limit);
        let times = arrivals(count, &changes, ready);
        let (lists, codes) = lists(&server);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let share = lists as f64 / count as f64;
        println!(
            "restart, at once: {at_once}: median {:?}, last {:?} after it was ready; {share:.2} lists each ({codes})",
            times[count / 2],
            times[count - 1]
        );
        assert!(times[count - 1] < LIMIT);
    }
}
