//! Overrides that expire: setting them, the list, and the page.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::time::{Duration, Instant};

use axum::Router;
use common::{args, get, open, post};
use serde_json::{Value, json};

const SET: &str = "/debug/flags/set";
const CLEAR: &str = "/debug/flags/clear";
const LIMIT: &str = "/debug/flags/limit";

async fn flag(router: &Router, path: &str) -> Value {
    get(path).send(router).await.assert_status(200).json()
}

async fn until(router: &Router, path: &str, condition: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let flag = flag(router, path).await;
        if condition(&flag) {
            return flag;
        }
        assert!(Instant::now() < deadline, "{flag}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn json_sets_an_override_that_expires() {
    let args = args();
    let router = open(&args);
    assert_eq!(flag(&router, LIMIT).await["expiry"], Value::Null);
    let body = json!({"flags": [
        {"name": "limit", "value": 20, "expires_in": "15m"},
        {"name": "message", "value": "hi"},
        {"name": "log-level", "value": "debug", "expires_in": null},
        {"name": "metrics", "value": 2, "expires_in": ""},
    ]});
    post(SET).json(&body).send(&router).await.assert_status(200);
    let limit = flag(&router, LIMIT).await;
    assert_eq!(limit["current_value"], "20");
    assert_eq!(limit["expiry"]["reason"], Value::Null);
    let remaining = limit["expiry"]["remaining"].as_f64().unwrap();
    assert!(remaining <= 900.0 && remaining > 800.0, "{remaining}");
    for name in ["message", "log-level", "?name=metrics"] {
        let mut flag = flag(&router, &format!("/debug/flags/{name}")).await;
        if name.starts_with('?') {
            flag = flag["flags"][0].take();
        }
        assert_eq!(
            (&flag["is_overridden"], &flag["expiry"]),
            (&json!(true), &Value::Null)
        );
    }
}

#[tokio::test]
async fn override_ends_when_its_time_is_over() {
    let args = args();
    let router = open(&args);
    let body = json!({"flags": [{"name": "limit", "value": 20, "expires_in": "20ms"}]});
    post(SET).json(&body).send(&router).await.assert_status(200);
    let limit = until(&router, LIMIT, |limit| limit["is_overridden"] == false).await;
    assert_eq!(
        (&limit["current_value"], &limit["expiry"]),
        (&json!("10"), &Value::Null)
    );
}

#[tokio::test]
async fn form_sets_an_override_that_expires_or_stays() {
    let args = args();
    let router = open(&args);
    let mut fields = vec![("name", "limit"), ("value", "20"), ("expires_in", "15m")];
    post(SET)
        .page()
        .form(&fields)
        .send(&router)
        .await
        .assert_status(303);
    assert!(args.flag("limit").unwrap().expiry.is_some());

    // The page's field is empty.
    fields[2].1 = "";
    post(SET)
        .page()
        .form(&fields)
        .send(&router)
        .await
        .assert_status(303);
    assert_eq!(args.flag("limit").unwrap().expiry, None);
    assert_eq!(args.limit.get(), 20);

    fields[2].1 = "15m";
    post(CLEAR)
        .page()
        .form(&fields)
        .send(&router)
        .await
        .assert_status(303);
    assert_eq!(args.limit.get(), 10);
}

#[tokio::test]
async fn invalid_duration_is_rejected_with_valid_ones_and_is_not_quoted() {
    let args = args();
    let router = open(&args);
    for text in ["hunter2", "15", "15M", "-1s", "99999999999999999999s"] {
        let body = json!({"flags": [
            {"name": "max", "value": 20, "expires_in": text},
            {"name": "message", "value": "hi", "expires_in": text},
        ]});
        let rejection = post(SET)
            .json(&body)
            .send(&router)
            .await
            .assert_status(422)
            .json();
        let names = [
            &rejection["problems"][0]["name"],
            &rejection["problems"][1]["name"],
        ];
        assert_eq!(names, ["limit", "message"], "{rejection}");
        let message = rejection["problems"][0]["message"].as_str().unwrap();
        assert!(message.contains("`90s`, `15m`"), "{message}");
        assert!(!rejection.to_string().contains("hunter2"), "{rejection}");
    }
    // What no clock and no override can have is judged by the flags themselves.
    for (text, advice) in [
        ("0s", "give a longer one"),
        ("500000000000years", "leave it out"),
    ] {
        let body = json!({"flags": [{"name": "limit", "value": 20, "expires_in": text}]});
        let error = post(SET)
            .json(&body)
            .send(&router)
            .await
            .assert_status(422)
            .error();
        assert!(error.contains(advice), "{error}");
    }
    let body = json!({"flags": [{"name": "limit", "value": 20, "expires_in": 15}]});
    post(SET).json(&body).send(&router).await.assert_status(400);
    assert_eq!((args.limit.get(), args.generation()), (10, 1));
}

#[tokio::test]
async fn page_shows_the_time_left_and_has_a_field() {
    let args = args();
    let router = open(&args);
    args.set_for("limit", "20", Duration::from_secs(14 * 60 + 59))
        .unwrap();
    let page = get("/debug/flags").page().send(&router).await.text;
    assert!(
        page.contains("expires <time class=\"until\" datetime=\"2"),
        "{page}"
    );
    assert!(page.contains(">in 14 min</time>"), "{page}");
    assert_eq!(page.matches("class=\"expiry\"").count(), 1);
    assert!(
        page.contains("id=\"expiry-limit\" name=\"expires_in\" value=\"\""),
        "{page}"
    );
}

#[tokio::test]
async fn rejected_form_keeps_the_duration() {
    let args = args();
    let router = open(&args);
    for (value, duration) in [("300", "15m"), ("20", "<soon>")] {
        let fields = [
            ("name", "limit"),
            ("value", value),
            ("expires_in", duration),
        ];
        let page = post(SET)
            .page()
            .form(&fields)
            .send(&router)
            .await
            .assert_status(422)
            .text;
        let shown = duration.replace('<', "&#60;").replace('>', "&#62;");
        let field = format!("name=\"expires_in\" value=\"{shown}\"");
        assert_eq!(page.matches(&field).count(), 1, "{page}");
        assert!(
            page.contains(&format!("name=\"value\" value=\"{value}\"")),
            "{page}"
        );
    }
}

#[tokio::test]
async fn overdue_override_that_stays_says_why() {
    let args = args();
    let router = open(&args);
    args.edit([dflag::Edit::set("limit", "200")]).unwrap();
    args.set_for("simulate", "false", Duration::from_secs(3600))
        .unwrap();
    let mut layer = dflag::Layer::new("file", "flags.txt");
    layer.text("simulate", "flags.txt:1", "true");
    args.propose(&layer).unwrap();
    args.set_for("simulate", "false", Duration::from_millis(20))
        .unwrap();
    let path = "/debug/flags/simulate";
    let simulate = until(&router, path, |flag| !flag["expiry"]["reason"].is_null()).await;
    let reason = "the flags together: 200 is too much to simulate";
    assert_eq!(
        simulate["expiry"],
        json!({"remaining": 0.0, "reason": reason})
    );
    let page = get("/debug/flags").page().send(&router).await.text;
    assert!(
        page.contains(&format!("has expired but stays: {reason}<")),
        "{page}"
    );
}

#[tokio::test]
async fn without_access_no_override_is_set() {
    let args = args();
    let router = common::mounted(dflag_endpoint::Endpoint::new(&args));
    let body = json!({"flags": [{"name": "limit", "value": 20, "expires_in": "soon"}]});
    post(SET).json(&body).send(&router).await.assert_status(403);
    assert_eq!(args.generation(), 1);
}
