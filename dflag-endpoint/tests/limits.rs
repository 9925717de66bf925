//! Requests beyond a limit are rejected with its status; requests at the limit are accepted.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use axum::body::Body;
use common::{args, get, open, post};
use dflag_endpoint::limits::{
    BODY_BYTES, BODY_TIMEOUT, FLAGS_PER_REQUEST, HEADER_BYTES, URI_BYTES,
};
use serde_json::json;

const SET: &str = "/debug/flags/set";

#[tokio::test]
async fn the_body_size_is_limited() {
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
            .send(&router)
    };
    set(body(BODY_BYTES).into()).await.assert_status(200);
    let rejected = set(body(BODY_BYTES + 1).into()).await.assert_status(413);
    rejected.error();
    // A body without `Content-Length`.
    let endless =
        futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1 << 16]));
    set(Body::from_stream(endless)).await.assert_status(413);
    assert_eq!(args.generation(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_body_has_to_arrive_in_time() {
    let args = args();
    let start = tokio::time::Instant::now();
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let ask = post(SET)
        .header("content-type", "application/json")
        .body(Body::from_stream(never));
    ask.send(&open(&args)).await.assert_status(408);
    assert!(start.elapsed() >= BODY_TIMEOUT);
}

#[tokio::test]
async fn the_number_of_flags_is_limited() {
    let args = args();
    let router = open(&args);
    let flags = |count| json!({"flags": vec![json!({"name": "limit", "value": "20"}); count]});
    post(SET)
        .json(&flags(FLAGS_PER_REQUEST))
        .send(&router)
        .await
        .assert_status(200);
    post(SET)
        .json(&flags(FLAGS_PER_REQUEST + 1))
        .send(&router)
        .await
        .assert_status(413);
    post(SET)
        .form(&vec![("name", "limit"); 9 * FLAGS_PER_REQUEST])
        .send(&router)
        .await
        .assert_status(413);
}

#[tokio::test]
async fn headers_and_paths_are_limited() {
    let router = open(&args());
    let host = "host".len() + "localhost:8080".len();
    for (bytes, status) in [(HEADER_BYTES, 200), (HEADER_BYTES + 1, 431)] {
        let value = "x".repeat(bytes - host - "x-long".len());
        get("/debug/flags")
            .header("x-long", &value)
            .send(&router)
            .await
            .assert_status(status);
    }
    for (bytes, status) in [(URI_BYTES, 200), (URI_BYTES + 1, 414)] {
        let path = "/debug/flags?q=";
        let path = format!("{path}{}", "x".repeat(bytes - path.len()));
        get(&path).send(&router).await.assert_status(status);
    }
}
