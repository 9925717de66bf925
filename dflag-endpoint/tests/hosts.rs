//! The endpoint can't be reached under a host name that the program does not allow.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use axum::http::Method;
use common::{TestRequest, anyone, args, mounted};
use dflag_endpoint::Endpoint;
use serde_json::json;

fn ask(method: &str, path: &str) -> TestRequest {
    TestRequest::new(method.parse().unwrap(), path)
}

#[tokio::test]
async fn only_addresses_localhost_and_allowed_names_are_served() {
    let args = args();
    let endpoint = Endpoint::new(&args)
        .allow_setting(anyone)
        .hosts(["flags.example.com"]);
    let router = mounted(endpoint);
    for (host, status) in [
        ("localhost:8080", 200),
        ("10.1.2.3:8080", 200),
        ("[::1]:8080", 200),
        ("flags.example.com", 200),
        ("Flags.Example.com:8443", 200),
        ("evil.example", 403),
        ("evil.example:8080", 403),
        ("127.0.0.1.evil.example", 403),
        ("user@localhost", 400),
        ("", 400),
        ("a b", 400),
    ] {
        for path in ["", "/limit", "/metrics", "/style.css", "/none"] {
            let answer = ask("GET", &format!("/debug/flags{path}"))
                .header("host", host)
                .send(&router)
                .await;
            let expected = if status == 200 && path == "/none" {
                404
            } else {
                status
            };
            answer.assert_status(expected);
        }
        let body = json!({"flags": [{"name": "limit", "value": "10"}]});
        let set = ask("POST", "/debug/flags/set")
            .header("host", host)
            .json(&body);
        set.send(&router).await.assert_status(status);
    }
    let rejected = ask("GET", "/debug/flags/events")
        .header("host", "evil.example")
        .send(&router)
        .await
        .assert_status(403);
    assert!(rejected.error().contains("`evil.example`"), "{rejected}");
}

#[tokio::test]
async fn the_host_header_is_required_once() {
    let router = mounted(Endpoint::new(&args()));
    ask("GET", "/debug/flags")
        .send(&router)
        .await
        .assert_status(400);
    let twice = ask("GET", "/debug/flags")
        .header("host", "localhost")
        .header("host", "evil.example");
    twice.send(&router).await.assert_status(400);
}

/// HTTP/2 has the host in the request line, and HTTP/1 may have it there.
#[tokio::test]
async fn a_host_in_the_request_line_is_checked_too() {
    let router = mounted(Endpoint::new(&args()));
    let line = |uri| TestRequest::new(Method::GET, uri);
    line("http://localhost/debug/flags")
        .send(&router)
        .await
        .assert_status(200);
    line("http://evil.example/debug/flags")
        .send(&router)
        .await
        .assert_status(403);
    line("http://evil.example/debug/flags")
        .header("host", "localhost")
        .send(&router)
        .await
        .assert_status(403);
    line("http://localhost/debug/flags")
        .header("host", "evil.example")
        .send(&router)
        .await
        .assert_status(403);
}
