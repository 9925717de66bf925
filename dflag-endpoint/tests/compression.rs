//! Responses are compressed for clients that accept it, and events are not.

#![allow(clippy::unwrap_used, reason = "a test fails loudly")]

mod common;

use std::io::Read as _;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use common::{args, open};
use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use tower::ServiceExt;

async fn get(router: &Router, path: &str, accepted: &str) -> Response<Body> {
    let request = Request::get(path)
        .header("host", "localhost")
        .header("accept-encoding", accepted);
    let request = request.body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

async fn body(response: Response<Body>) -> Bytes {
    response.into_body().collect().await.unwrap().to_bytes()
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
    let [plain, compressed] = [body(plain).await.len(), body(compressed).await.len()];
    assert!(compressed * 3 < plain, "{compressed} of {plain} bytes");

    let events = get(&router, "/debug/flags/events", "gzip").await;
    assert!(!events.headers().contains_key("content-encoding"));
}

#[tokio::test]
async fn every_response_of_a_list_is_compressed_as_the_client_accepts() {
    let args = args();
    let router = open(&args);
    let mut plain = body(get(&router, "/debug/flags", "identity").await).await;
    // The second response of each round is the list as it was sent before.
    for limit in ["20", "30"] {
        for _ in 0..2 {
            let compressed = get(&router, "/debug/flags", "gzip, br").await;
            let headers = compressed.headers().clone();
            assert_eq!(headers["content-encoding"], "gzip");
            assert_eq!(headers.get_all("content-encoding").iter().count(), 1);
            assert_eq!(headers["vary"], "accept-encoding");
            let mut text = String::new();
            let compressed = body(compressed).await;
            GzDecoder::new(&*compressed)
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text.as_bytes(), plain);

            let refused = get(&router, "/debug/flags", "gzip;q=0").await;
            assert!(!refused.headers().contains_key("content-encoding"));
            assert_eq!(body(refused).await, plain);
        }
        args.set("limit", limit).unwrap();
        plain = body(get(&router, "/debug/flags", "identity").await).await;
    }
}

#[tokio::test]
async fn a_list_is_compressed_once() {
    let router = open(&args());
    let first = body(get(&router, "/debug/flags", "gzip").await).await;
    let again = body(get(&router, "/debug/flags", "gzip").await).await;
    assert_eq!(first.as_ptr(), again.as_ptr());
}
