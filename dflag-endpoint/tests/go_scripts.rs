//! Scripts for the debug page of Go's `fortio.org/dflag`, as the guide says.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::process::Command;

use common::{TOKEN, TokenFile, args, get, mounted};
use dflag_endpoint::Endpoint;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

/// The lines of shell under this heading of the guide.
fn script(heading: &str) -> String {
    let guide = include_str!("../src/guide/json.md");
    let (_, section) = guide.split_once(heading).unwrap();
    let (_, code) = section.split_once("```sh\n").unwrap();
    code.split_once("```").unwrap().0.to_owned()
}

#[tokio::test]
async fn reading_works_as_it_did() {
    let args = args();
    args.set("limit", "20").unwrap();
    let router = mounted(Endpoint::new(&args));
    for (query, names) in [
        (
            "only_changed=true&type=dynamic",
            &["limit", "upstream-token"] as &[_],
        ),
        ("type=static&format=json", &["port"]),
    ] {
        let path = format!("/debug/flags?{query}");
        let list = get(&path).page().send(&router).await;
        let list = if query.ends_with("json") {
            list
        } else {
            get(&path).send(&router).await
        };
        let list = list.json();
        let flags = list["flags"].as_array().unwrap();
        assert_eq!(
            flags
                .iter()
                .map(|flag| flag["name"].as_str().unwrap())
                .collect::<Vec<_>>(),
            names
        );
        for field in ["name", "description", "current_value", "default_value"] {
            assert!(flags[0][field].is_string(), "{field}");
        }
        for field in ["is_changed", "is_dynamic", "is_json"] {
            assert!(flags[0][field].is_boolean(), "{field}");
        }
        for field in ["checksum_static", "checksum_dynamic", "set_url"] {
            assert!(list[field].is_string(), "{field}");
        }
    }
    get("/debug/flags/set?name=limit&value=30")
        .send(&router)
        .await
        .assert_status(405);
    assert_eq!(args.limit.get(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_curl_line_sets_a_flag() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: there is no curl");
        return;
    }
    let args = args();
    let file = TokenFile::new();
    let router = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async { axum::serve(listener, router).await });
    let script = script("# Scripts for Go's page").replace("localhost:8081", &address);
    let run = move |script: String| {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script])
            .env("TOKEN", TOKEN)
            .env("no_proxy", "*");
        shell.output().unwrap()
    };
    let output = spawn_blocking(move || run(script)).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&answer["flags"][0]["new"], args.limit.get()),
        (&"20".into(), 20)
    );
}
