//! Clearing an override restores the value of the layers below it.

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
async fn clearing_restores_the_config_maps_value() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("limit", "/etc/dflag/limit", "5");
    set.propose(&layer).unwrap();
    args.set("limit", "20").unwrap();

    let router = open(&args);
    let outcome = post(CLEAR)
        .json(&json!({"flags": ["limit"]}))
        .send(&router)
        .await
        .assert_status(200)
        .json();
    assert_eq!(
        outcome["flags"],
        json!([{"name": "limit", "old": "20", "new": "5"}])
    );
    assert_eq!(args.limit.get(), 5);
}

#[tokio::test]
async fn several_overrides_are_cleared_all_or_nothing() {
    let args = args();
    args.set("limit", "20").unwrap();
    args.set("message", "hi").unwrap();
    let router = open(&args);
    for (name, status) in [("none", 404), ("port", 409)] {
        post(CLEAR)
            .json(&json!({"flags": ["limit", name]}))
            .send(&router)
            .await
            .assert_status(status);
    }
    assert_eq!(args.limit.get(), 20);

    let form = [("name", "max"), ("name", "message"), ("name", "simulate")];
    let cleared = post(CLEAR)
        .form(&form)
        .send(&router)
        .await
        .assert_status(200)
        .json();
    let flags = json!([
        {"name": "limit", "old": "20", "new": "10"},
        {"name": "message", "old": "hi", "new": null},
        {"name": "simulate", "old": "false", "new": "false"},
    ]);
    assert_eq!(cleared["flags"], flags);
}

#[tokio::test]
async fn a_form_to_clear_may_contain_values() {
    let args = args();
    args.set("limit", "20").unwrap();
    let form = [("name", "limit"), ("value", "30")];
    let response = post(CLEAR)
        .form(&form)
        .page()
        .send(&open(&args))
        .await
        .assert_status(303);
    assert_eq!(response.header("location"), "../flags#flag-limit");
    assert_eq!(args.limit.get(), 10);
}

/// Without the override, the flags would violate a rule.
#[tokio::test]
async fn a_rule_can_reject_clearing() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    args.set("simulate", "false").unwrap();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("limit", "/etc/dflag/limit", "200");
    layer.text("simulate", "/etc/dflag/simulate", "true");
    set.propose(&layer).unwrap();
    let rejection = post(CLEAR)
        .json(&json!({"flags": ["simulate"]}))
        .send(&open(&args))
        .await
        .assert_status(422)
        .json();
    assert_eq!(rejection["problems"][0]["kind"], "rule");
    assert!(!args.simulate.get());
}
