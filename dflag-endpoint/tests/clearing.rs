//! Clearing: the layers below an override speak again.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;

use common::{args, open, post};
use dflag::{FlagSet, Layer};
use serde_json::json;

const CLEAR: &str = "/debug/flags/clear";

#[tokio::test]
async fn what_the_config_map_says_is_back() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("limit", "/etc/dflag/limit", "5");
    set.propose(&layer).unwrap();
    args.set("limit", "20").unwrap();

    let router = open(&args);
    let outcome = post(CLEAR)
        .json(&json!({"flags": ["limit"]}))
        .of(&router)
        .await
        .is(200)
        .json();
    assert_eq!(
        outcome["flags"],
        json!([{"name": "limit", "old": "20", "new": "5"}])
    );
    assert_eq!(args.limit.get(), 5);
}

#[tokio::test]
async fn many_are_cleared_at_once_or_none() {
    let args = args();
    args.set("limit", "20").unwrap();
    args.set("message", "hi").unwrap();
    let router = open(&args);
    for (name, status) in [("none", 404), ("port", 409)] {
        post(CLEAR)
            .json(&json!({"flags": ["limit", name]}))
            .of(&router)
            .await
            .is(status);
    }
    assert_eq!(args.limit.get(), 20);

    let form = [("name", "max"), ("name", "message"), ("name", "simulate")];
    let cleared = post(CLEAR).form(&form).of(&router).await.is(200).json();
    let flags = json!([
        {"name": "limit", "old": "20", "new": "10"},
        {"name": "message", "old": "hi", "new": null},
        {"name": "simulate", "old": "false", "new": "false"},
    ]);
    assert_eq!(cleared["flags"], flags);
}

#[tokio::test]
async fn a_form_may_have_one_button_to_set_and_one_to_clear() {
    let args = args();
    args.set("limit", "20").unwrap();
    let form = [("name", "limit"), ("value", "30")];
    let seen = post(CLEAR)
        .form(&form)
        .page()
        .of(&open(&args))
        .await
        .is(303);
    assert_eq!(seen.header("location"), "../flags#flag-limit");
    assert_eq!(args.limit.get(), 10);
}

/// Without the override the flags together would break a rule.
#[tokio::test]
async fn a_rule_may_object_to_what_is_below() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    args.set("simulate", "false").unwrap();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("limit", "/etc/dflag/limit", "200");
    layer.text("simulate", "/etc/dflag/simulate", "true");
    set.propose(&layer).unwrap();
    let rejection = post(CLEAR)
        .json(&json!({"flags": ["simulate"]}))
        .of(&open(&args))
        .await
        .is(422)
        .json();
    assert_eq!(rejection["problems"][0]["kind"], "rule");
    assert!(!args.simulate.get());
}
