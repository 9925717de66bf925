//! An edit of a flag that has changed in the meantime is rejected.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use common::{SECRET, args, get, open, post};
use dflag::MASK;
use serde_json::{Value, json};

const SET: &str = "/debug/flags/set";
const CLEAR: &str = "/debug/flags/clear";

async fn revision(router: &axum::Router, name: &str) -> u64 {
    let flag = get(&format!("/debug/flags/{name}"))
        .send(router)
        .await
        .json();
    flag["revision"].as_u64().unwrap()
}

#[tokio::test]
async fn an_edit_of_another_revision_is_rejected_with_the_current_value() {
    let args = args();
    let router = open(&args);
    let read = revision(&router, "limit").await;
    args.set("limit", "20").unwrap();
    let edit = |revision: Option<u64>| {
        json!({"flags": [
            {"name": "message", "value": "hi"},
            {"name": "max", "value": 30, "revision": revision},
        ]})
    };
    let rejected = post(SET)
        .json(&edit(Some(read)))
        .send(&router)
        .await
        .assert_status(409);
    let now = revision(&router, "limit").await;
    let problem = rejected.json()["problems"][0].clone();
    assert_eq!(
        (
            &problem["kind"],
            &problem["name"],
            &problem["current_value"],
            &problem["revision"]
        ),
        (
            &json!("outdated"),
            &json!("limit"),
            &json!("20"),
            &json!(now)
        )
    );
    assert_eq!(
        (args.limit.get(), args.message.load().as_deref()),
        (20, None)
    );

    post(SET)
        .json(&edit(Some(now)))
        .send(&router)
        .await
        .assert_status(200);
    post(SET)
        .json(&edit(None))
        .send(&router)
        .await
        .assert_status(200);
    assert_eq!(args.limit.get(), 30);

    let clear = |revision| json!({"flags": ["message", {"name": "limit", "revision": revision}]});
    post(CLEAR)
        .json(&clear(now))
        .send(&router)
        .await
        .assert_status(409);
    let now = revision(&router, "limit").await;
    post(CLEAR)
        .json(&clear(now))
        .send(&router)
        .await
        .assert_status(200);
    assert_eq!(args.limit.get(), 10);
}

#[tokio::test]
async fn a_form_has_the_revision_that_its_page_showed() {
    let args = args();
    let router = open(&args);
    let page = get("/debug/flags")
        .page()
        .send(&router)
        .await
        .assert_status(200);
    let field = format!(
        "name=\"revision\" value=\"{}\"",
        revision(&router, "limit").await
    );
    assert!(page.text.contains(&field), "{page}");

    let form = |value: &str, revision: &str| {
        post(SET)
            .form(&[("name", "limit"), ("revision", revision), ("value", value)])
            .page()
    };
    args.set("limit", "20").unwrap();
    let rejected = form("30", "1").send(&router).await.assert_status(409);
    let (_, row) = rejected.text.split_once("id=\"flag-limit\"").unwrap();
    let now = revision(&router, "limit").await;
    for part in [
        "it is `20` now",
        "value=\"30\"",
        &format!("name=\"revision\" value=\"{now}\""),
    ] {
        assert!(row.contains(part), "{part} in {row}");
    }
    // Who sends the page's form again has seen the value.
    form("30", &now.to_string())
        .send(&router)
        .await
        .assert_status(303);
    assert_eq!(args.limit.get(), 30);
    let clear = |revision| {
        post(CLEAR)
            .form(&[("name", "limit"), ("revision", revision)])
            .page()
    };
    clear("1").send(&router).await.assert_status(409);
    assert_eq!(args.limit.get(), 30);
}

#[tokio::test]
async fn a_secrets_current_value_is_masked() {
    let args = args();
    let router = open(&args);
    args.set("upstream-token", "hunter2-new").unwrap();
    let edit =
        json!({"flags": [{"name": "upstream-token", "value": "hunter2-mine", "revision": 1}]});
    let rejected = post(SET).json(&edit).send(&router).await.assert_status(409);
    assert_eq!(rejected.json()["problems"][0]["current_value"], MASK);
    assert!(
        !rejected.text.contains("hunter2") && !rejected.text.contains(SECRET),
        "{rejected}"
    );
}

#[tokio::test]
async fn an_unset_current_value_is_null() {
    let args = args();
    let router = open(&args);
    args.set("message", "hi").unwrap();
    args.clear("message").unwrap();
    let edit = json!({"flags": [{"name": "message", "value": "mine", "revision": 1}]});
    let rejected = post(SET).json(&edit).send(&router).await.assert_status(409);
    assert_eq!(rejected.json()["problems"][0]["current_value"], Value::Null);
    assert!(rejected.error().contains("it is not set now"), "{rejected}");
}

#[tokio::test]
async fn a_form_that_nobody_edited_keeps_line_breaks() {
    let args = args();
    let router = open(&args);
    for (value, sent, expected) in [
        ("a\r\n\r\nb", "a\r\n\r\nb", "a\r\n\r\nb"),
        ("a\r\nb", "a\r\nb", "a\r\nb"),
        ("a\rb", "ab", "a\rb"),
        ("a\r\nb", "a\r\nc", "a\nc"),
    ] {
        post(SET)
            .setting("message", value)
            .send(&router)
            .await
            .assert_status(200);
        let form = [("name", "message"), ("value", sent)];
        post(SET).form(&form).send(&router).await.assert_status(200);
        assert_eq!(
            args.message.load().as_deref(),
            Some(expected),
            "{value:?} {sent:?}"
        );
    }
}
