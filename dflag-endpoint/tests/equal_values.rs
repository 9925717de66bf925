//! Equal values are equal however they are written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use common::{anyone, get, mounted, post};
use dflag::{DynamicFlags, FlagSet, Layer};
use dflag_endpoint::Endpoint;
use serde_json::{Value, json};

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    #[flag(dynamic)]
    timeout: Duration,

    #[arg(long, default_value = "5s", value_parser = dflag::value::duration())]
    grace: Duration,

    #[arg(long, default_value_t = 0.5)]
    #[flag(dynamic)]
    rollout: f64,
}

#[tokio::test]
async fn a_value_that_equals_the_default_is_not_changed_and_not_pending() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    set.freeze();
    let router = mounted(Endpoint::new(&args).allow_setting(anyone));
    let checksums = |listing: &Value| {
        [
            listing["checksum_dynamic"].clone(),
            listing["checksum_static"].clone(),
        ]
    };
    let before = checksums(&get("/debug/flags").send(&router).await.json());

    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in [
        ("timeout", "5000ms"),
        ("grace", "5000ms"),
        ("rollout", "0.50"),
    ] {
        layer.text(key, format!("/etc/dflag/{key}"), value);
    }
    set.propose(&layer).unwrap();

    let listing = get("/debug/flags").send(&router).await.json();
    assert_eq!(checksums(&listing), before);
    assert_eq!(listing["flags"][0]["current_value"], "5000ms");
    assert_eq!(listing["flags"][2]["current_value"], "0.50");
    for flag in listing["flags"].as_array().unwrap() {
        assert_eq!(
            (&flag["is_changed"], &flag["pending_restart"]),
            (&json!(false), &Value::Null),
            "{flag}"
        );
    }
    for query in ["only_changed=true", "pending=true"] {
        let path = format!("/debug/flags?{query}");
        let selected = get(&path).send(&router).await.json();
        assert_eq!(selected["flags"], json!([]), "{query}");
    }
    let page = get("/debug/flags").page().send(&router).await.text;
    assert!(page.contains("<code>5000ms</code>"), "{page}");
    for absent in [
        "badge changed",
        "badge pending",
        "After a restart",
        "A restart would fail",
    ] {
        assert!(!page.contains(absent), "{absent} is in {page}");
    }
    for link in ["Changed", "Pending restart"] {
        let count = format!("{link} <span class=\"count\">0</span>");
        assert!(page.contains(&count), "{page}");
    }
    let metrics = get("/debug/flags/metrics").send(&router).await.text;
    assert!(metrics.contains("dflag_pending_restarts 0\n"), "{metrics}");

    // A different value is both.
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("timeout", "/etc/dflag/timeout", "5001ms");
    layer.text("grace", "/etc/dflag/grace", "5001ms");
    set.propose(&layer).unwrap();
    let listing = get("/debug/flags").send(&router).await.json();
    assert_ne!(checksums(&listing)[0], before[0]);
    assert_eq!(listing["flags"][0]["is_changed"], true);
    assert_eq!(
        listing["flags"][1]["pending_restart"],
        json!({"value": "5001ms"})
    );
}

#[tokio::test]
async fn setting_an_equal_value_changes_nothing() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let router = mounted(Endpoint::new(&args).allow_setting(anyone));
    let result = post("/debug/flags/set")
        .setting("timeout", "5000ms")
        .send(&router)
        .await
        .assert_status(200)
        .json();
    let flags = json!([{"name": "timeout", "old": "5000ms", "new": "5000ms"}]);
    assert_eq!(result["flags"], flags);
    let flag = get("/debug/flags/timeout").send(&router).await.json();
    assert_eq!(
        (&flag["is_changed"], &flag["is_overridden"]),
        (&json!(false), &json!(true))
    );
}
