//! Responses are compressed for clients that accept it, and events are not.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

mod common;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use common::{args, open};
use http_body_util::BodyExt;
use tower::ServiceExt;

async fn get(router: &Router, path: &str, accepted: &str) -> Response<Body> {
    let request = Request::get(path)
        .header("host", "localhost")
        .header("accept-encoding", accepted);
    let request = request.body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

async fn length(response: Response<Body>) -> usize {
    response
        .into_body()
        .collect()
        .await
        .unwrap()
        .to_bytes()
        .len()
}

#[tokio::test]
async fn a_list_is_compressed_and_events_are_not() {
    let router = open(&args());
    let plain = get(&router, "/debug/flags", "identity").await;
    assert!(!plain.headers().contains_key("content-encoding"));
    let tag = plain.headers()["etag"].clone();
    let compressed = get(&router, "/debug/flags", "gzip").await;
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    assert_eq!(compressed.headers()["etag"], tag);
    let (plain, compressed) = (length(plain).await, length(compressed).await);
    assert!(compressed * 3 < plain, "{compressed} of {plain} bytes");

    let events = get(&router, "/debug/flags/events", "gzip").await;
    assert!(!events.headers().contains_key("content-encoding"));
}
