//! A restart that would fail is reported before it happens.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;

use axum::Router;
use clap::Parser;
use common::{anyone, get, mounted};
use dflag::{DynamicFlags, FlagSet, Flags, Layer};
use dflag_endpoint::Endpoint;
use serde_json::{Value, json};

const REASON: &str = "the flags together: limit 5 is above <max> 3";

#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
struct Args {
    #[arg(long, default_value_t = 10)]
    max: u32,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u32,
}

impl Args {
    fn check(&self) -> Result<(), String> {
        if self.limit <= self.max {
            return Ok(());
        }
        Err(format!("limit {} is above <max> {}", self.limit, self.max))
    }
}

/// The endpoint of a program that is running, so that its static flags are frozen.
fn running() -> (Flags<Args>, Router) {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    <Arc<dyn FlagSet>>::from(&args).freeze();
    let router = mounted(Endpoint::new(&args).allow_setting(anyone));
    (args, router)
}

fn propose(args: &Flags<Args>, keys: &[(&str, &str)]) {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in keys {
        layer.text(*key, format!("/etc/dflag/{key}"), *value);
    }
    <Arc<dyn FlagSet>>::from(args).propose(&layer).unwrap();
}

/// The problems in JSON, whether the page shows any, and the metric.
async fn reported(router: &Router) -> (Value, bool, String) {
    let listing = get("/debug/flags").send(router).await.json();
    let page = get("/debug/flags").page().send(router).await.text;
    let metrics = get("/debug/flags/metrics").send(router).await.text;
    let metric = metrics
        .lines()
        .find_map(|line| line.strip_prefix("dflag_restart_would_fail "));
    (
        listing["restart_problems"].clone(),
        page.contains("A restart would fail"),
        metric.unwrap().to_owned(),
    )
}

#[tokio::test]
async fn a_restart_that_would_fail_is_in_json_on_the_page_and_in_the_metrics() {
    let (args, router) = running();
    assert_eq!(reported(&router).await, (json!([]), false, "0".to_owned()));

    // Pending, but a restart would succeed.
    propose(&args, &[("max", "3")]);
    assert_eq!(reported(&router).await, (json!([]), false, "0".to_owned()));

    propose(&args, &[("max", "3"), ("limit", "5")]);
    assert_eq!(
        reported(&router).await,
        (json!([REASON]), true, "1".to_owned())
    );
    // Whatever flags are selected.
    let page = get("/debug/flags?q=no+such").page().send(&router).await;
    let reason = REASON.replace('<', "&#60;").replace('>', "&#62;");
    assert!(page.text.contains(&reason), "{page}");

    propose(&args, &[("max", "30"), ("limit", "5")]);
    assert_eq!(reported(&router).await, (json!([]), false, "0".to_owned()));
}
