//! A page of another site sets nothing, whether it knows the token or not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use axum::http::Method;
use common::{Ask, TOKEN, TokenFile, args, get, mounted, open, post};
use dflag_endpoint::Endpoint;
use serde_json::json;

const SET: &str = "/debug/flags/set";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn what_a_browser_says_comes_from_elsewhere_is_rejected_token_or_none() {
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
                let with_headers = |ask: Ask| {
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
                    .of(router)
                    .await
                    .is(403);
                let form = post(path)
                    .header(FORM.0, FORM.1)
                    .body(format!("name=limit&value=1&token={TOKEN}"));
                let rejected = with_headers(form).of(router).await.is(403);
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
async fn what_comes_from_the_page_itself_is_taken() {
    let args = args();
    let router = open(&args);
    for (turn, headers) in [
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
            .body(format!("name=limit&value={turn}"));
        headers
            .iter()
            .fold(form, |ask, (name, value)| ask.header(name, value))
            .of(&router)
            .await
            .is(200);
    }
}

#[tokio::test]
async fn a_form_that_says_nothing_needs_what_no_form_can_send() {
    let args = args();
    let router = open(&args);
    let form = || post(SET).header(FORM.0, FORM.1).body("name=limit&value=1");
    let rejected = form().of(&router).await.is(403);
    assert!(rejected.error().contains("X-Dflag"), "{rejected}");
    assert_eq!(args.generation(), 1);
    form().header("x-dflag", "1").of(&router).await.is(200);
    form().token("any").of(&router).await.is(200);
}

/// A browser asks first whether it may send JSON or a header of its own. It is never told so.
#[tokio::test]
async fn no_other_site_is_ever_allowed() {
    let router = open(&args());
    for path in [SET, "/debug/flags", "/debug/flags/limit"] {
        let preflight = Ask::new(Method::OPTIONS, path)
            .header("host", "localhost:8080")
            .header("origin", "http://evil.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "x-dflag,content-type");
        let answer = preflight.of(&router).await.is(405);
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
        .of(&router)
        .await;
    assert_eq!(read.header("access-control-allow-origin"), "");
    assert_eq!(read.header("cross-origin-resource-policy"), "same-origin");
}
