//! What a client without permission can write to the log.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use common::log::Log;
use common::{TestRequest, TokenFile, args, get, mounted, open, post};
use dflag_endpoint::limits::FLAGS_PER_REQUEST;
use dflag_endpoint::{Caller, Denied, Endpoint};
use serde_json::json;

const SET: &str = "/debug/flags/set";

/// The most that one request may write.
const LINES: usize = 1 << 10;

/// Edits of many flags that do not exist, whose names are long and have control characters.
fn flood() -> serde_json::Value {
    let name = "\u{1}".repeat(100);
    let flags =
        (0..FLAGS_PER_REQUEST).map(|index| json!({"name": format!("{index}{name}"), "value": "1"}));
    json!({"flags": flags.collect::<Vec<_>>()})
}

/// One test, since the log is shared by the whole process.
#[tokio::test]
async fn a_request_that_changes_nothing_writes_at_most_a_kibibyte() {
    let log = Log::capture();

    let args = args();
    let file = TokenFile::new();
    let endpoint = || Endpoint::new(&args).allow_setting(file.authorizer());
    let with_token = mounted(endpoint());
    let restricted = mounted(endpoint().restrict_reading());
    let open = open(&args);
    let verbose = mounted(Endpoint::new(&args).allow_setting(
        |request: &axum::http::request::Parts| -> Result<Caller, Denied> {
            let user = format!("{:?}", request.headers["x-user"]);
            Err(Denied::new(format!("{user} may not")).with_log_detail(user))
        },
    ));
    // Setting is switched off when the body has been read.
    let asked = AtomicUsize::new(0);
    let is_first = move || asked.fetch_add(1, Ordering::SeqCst) == 0;
    let switched_off = Endpoint::new(&args).allow_setting(common::anyone);
    let switched_off = mounted(switched_off.setting_while(is_first));
    let text = "x".repeat(8_000);
    let fields: Vec<_> = (0..FLAGS_PER_REQUEST)
        .flat_map(|_| [("name", "no-such\n"), ("value", "1")])
        .collect();
    let requests: Vec<(&axum::Router, TestRequest)> = vec![
        (&with_token, post(SET).json(&flood())),
        (&with_token, post(SET).json(&flood()).token(&text)),
        (&with_token, post(SET).form(&fields)),
        (&open, post(SET).json(&flood())),
        (&open, post(SET).form(&fields)),
        (&open, post(SET).setting(&text, &text)),
        (&open, post(SET).setting("limit", &text)),
        (
            &open,
            post(SET).json(&json!({"flags": vec![json!({"name": "limit", "value": "-1"}); 1_000]})),
        ),
        (&open, post(SET).header("sec-fetch-site", &text)),
        (
            &verbose,
            post(SET).setting("limit", "1").header("x-user", &text),
        ),
        (
            &open,
            get("/debug/flags")
                .without("host")
                .header("host", &format!("{text}.example")),
        ),
        (&open, get(&format!("/debug/flags/{}", &text[..4_000]))),
        (&restricted, get("/debug/flags").token(&text)),
        (
            &open,
            post("/debug/flags/revert").json(&json!({"generation": 1, "from": 9})),
        ),
        (&switched_off, post(SET).setting("limit", "1")),
    ];
    for (index, (router, request)) in requests.into_iter().enumerate() {
        let is_read = request.is_read();
        let answer = request.send(router).await;
        assert!(answer.status.is_client_error(), "{index}: {answer}");
        let lines = log.take();
        assert!(!lines.is_empty() || is_read, "{index}: nothing was logged");
        assert!(
            lines.len() <= LINES,
            "{index}: {} bytes\n{lines}",
            lines.len()
        );
    }
    assert_eq!(args.generation(), 1);
    // An edit that is applied has its line, with the beginning of a long value.
    open_edit(&open, &log).await;
}

async fn open_edit(open: &axum::Router, log: &Log) {
    let text = "x".repeat(100_000);
    post(SET)
        .setting("message", &text)
        .send(open)
        .await
        .assert_status(200);
    let lines = log.take();
    assert!(
        lines.contains("flag=message") && lines.contains("… (100000 bytes)"),
        "{lines}"
    );
    assert!(lines.len() < 4 * LINES, "{lines}");

    // Of several edits of a flag the last one counts, which here is permanent.
    let edits = json!({"flags": [
        {"name": "limit", "value": 19, "expires_in": "15m"},
        {"name": "limit", "value": 18},
    ]});
    post(SET).json(&edits).send(open).await.assert_status(200);
    let lines = log.take();
    assert!(
        lines.contains("flag=limit") && !lines.contains("15m"),
        "{lines}"
    );

    // A form has empty fields for what its user left out.
    let form = [
        ("name", "limit"),
        ("value", "20"),
        ("expires_in", ""),
        ("reason", ""),
    ];
    post(SET).form(&form).send(open).await.assert_status(200);
    let lines = log.take();
    assert!(
        lines.contains("flag=limit") && !lines.contains(r#"Some("")"#),
        "{lines}"
    );
}
