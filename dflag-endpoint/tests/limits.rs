//! Limits: what is too much is rejected with the status that says so, and what is just not is taken.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use axum::body::Body;
use common::{args, get, open, post};
use dflag_endpoint::limits::{BODY_BYTES, BODY_WITHIN, FLAGS, HEADER_BYTES, URI_BYTES};
use serde_json::json;

const SET: &str = "/debug/flags/set";

#[tokio::test]
async fn a_body_has_an_end() {
    let args = args();
    let router = open(&args);
    let body = |length: usize| {
        let start = r#"{"flags":[{"name":"message","value":""#;
        let end = r#""}]}"#;
        format!(
            "{start}{}{end}",
            "x".repeat(length - start.len() - end.len())
        )
    };
    let set = |text: Body| {
        post(SET)
            .header("content-type", "application/json")
            .body(text)
            .of(&router)
    };
    set(body(BODY_BYTES).into()).await.is(200);
    let rejected = set(body(BODY_BYTES + 1).into()).await.is(413);
    rejected.error();
    // One that does not say how long it is.
    let endless =
        futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1 << 16]));
    set(Body::from_stream(endless)).await.is(413);
    assert_eq!(args.generation(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let args = args();
    let start = tokio::time::Instant::now();
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let ask = post(SET)
        .header("content-type", "application/json")
        .body(Body::from_stream(never));
    ask.of(&open(&args)).await.is(408);
    assert!(start.elapsed() >= BODY_WITHIN);
}

#[tokio::test]
async fn a_request_sets_so_many_flags_and_no_more() {
    let args = args();
    let router = open(&args);
    let flags = |count| json!({"flags": vec![json!({"name": "limit", "value": "20"}); count]});
    post(SET).json(&flags(FLAGS)).of(&router).await.is(200);
    post(SET).json(&flags(FLAGS + 1)).of(&router).await.is(413);
    post(SET)
        .form(&vec![("name", "limit"); 9 * FLAGS])
        .of(&router)
        .await
        .is(413);
}

#[tokio::test]
async fn headers_and_paths_have_an_end() {
    let router = open(&args());
    let host = "host".len() + "localhost:8080".len();
    for (bytes, status) in [(HEADER_BYTES, 200), (HEADER_BYTES + 1, 431)] {
        let value = "x".repeat(bytes - host - "x-long".len());
        get("/debug/flags")
            .header("x-long", &value)
            .of(&router)
            .await
            .is(status);
    }
    for (bytes, status) in [(URI_BYTES, 200), (URI_BYTES + 1, 414)] {
        let path = "/debug/flags?q=";
        let path = format!("{path}{}", "x".repeat(bytes - path.len()));
        get(&path).of(&router).await.is(status);
    }
}
