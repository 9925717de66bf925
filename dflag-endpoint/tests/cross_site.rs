//! Cross-site requests set nothing, with or without the token.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use axum::http::Method;
use common::{TOKEN, TestRequest, TokenFile, args, get, mounted, open, post};
use dflag_endpoint::Endpoint;
use serde_json::json;

const SET: &str = "/debug/flags/set";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn cross_site_requests_are_rejected_with_and_without_a_token() {
    let args = args();
    let file = TokenFile::new();
    let with_token = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    for headers in [
        &[("sec-fetch-site", "cross-site")] as &[_],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "http://evil.example")],
        &[("origin", "null")],
        &[("origin", "http://localhost:9090")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://localhost:8080"),
            ("x-dflag", "1"),
        ],
    ] {
        for path in [SET, "/debug/flags/clear"] {
            for router in [&open(&args), &with_token] {
                let with_headers = |ask: TestRequest| {
                    headers
                        .iter()
                        .fold(ask, |ask, (name, value)| ask.header(name, value))
                };
                let json = if path == SET {
                    json!({"flags": [{"name": "limit", "value": 1}]})
                } else {
                    json!({"flags": ["limit"]})
                };
                with_headers(post(path).json(&json).token(TOKEN))
                    .send(router)
                    .await
                    .assert_status(403);
                let form = post(path)
                    .header(FORM.0, FORM.1)
                    .body(format!("name=limit&value=1&token={TOKEN}"));
                let rejected = with_headers(form).send(router).await.assert_status(403);
                assert!(
                    rejected.error().contains("Sec-Fetch-Site")
                        || rejected.error().contains("Origin"),
                    "{rejected}"
                );
            }
        }
    }
    assert_eq!(args.generation(), 1);
}

#[tokio::test]
async fn same_origin_forms_are_accepted() {
    let args = args();
    let router = open(&args);
    for (value, headers) in [
        [
            ("sec-fetch-site", "same-origin"),
            ("origin", "http://localhost:8080"),
        ],
        [("sec-fetch-site", "none"), ("accept", "*/*")],
        [("origin", "http://localhost:8080"), ("accept", "*/*")],
    ]
    .iter()
    .enumerate()
    {
        let form = post(SET)
            .header(FORM.0, FORM.1)
            .body(format!("name=limit&value={value}"));
        headers
            .iter()
            .fold(form, |ask, (name, value)| ask.header(name, value))
            .send(&router)
            .await
            .assert_status(200);
    }
}

#[tokio::test]
async fn a_form_without_origin_needs_a_header_that_no_form_can_send() {
    let args = args();
    let router = open(&args);
    let form = || post(SET).header(FORM.0, FORM.1).body("name=limit&value=1");
    let rejected = form().send(&router).await.assert_status(403);
    assert!(rejected.error().contains("X-Dflag"), "{rejected}");
    assert_eq!(args.generation(), 1);
    form()
        .header("x-dflag", "1")
        .send(&router)
        .await
        .assert_status(200);
    form().token("any").send(&router).await.assert_status(200);
}

/// A browser asks for permission (CORS) before it sends JSON or a custom header cross-site.
#[tokio::test]
async fn no_response_permits_cross_origin_requests() {
    let router = open(&args());
    for path in [SET, "/debug/flags", "/debug/flags/limit"] {
        let preflight = TestRequest::new(Method::OPTIONS, path)
            .header("host", "localhost:8080")
            .header("origin", "http://evil.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "x-dflag,content-type");
        let answer = preflight.send(&router).await.assert_status(405);
        assert!(
            !answer
                .headers
                .keys()
                .any(|name| name.as_str().starts_with("access-control")),
            "{answer}"
        );
    }
    let read = get("/debug/flags")
        .header("origin", "http://evil.example")
        .send(&router)
        .await;
    assert_eq!(read.header("access-control-allow-origin"), "");
    assert_eq!(read.header("cross-origin-resource-policy"), "same-origin");
}
