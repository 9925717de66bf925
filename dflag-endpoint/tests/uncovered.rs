//! Arguments that no struct with `DynamicFlags` declares: listed, and masked like secrets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    dead_code,
    reason = "a test fails loudly, and clap reads the fields"
)]

mod common;

use std::sync::Arc;

use clap::Parser;
use common::{anyone, get, mounted, post};
use dflag::{DynamicFlags, FlagSet, Flags, Layer, MASK};
use dflag_endpoint::Endpoint;
use serde_json::json;

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, default_value_t = 3)]
    #[flag(dynamic)]
    limit: u8,

    #[command(flatten)]
    foreign: Foreign,
}

#[derive(Clone, Debug, clap::Args)]
struct Foreign {
    /// The token.
    #[arg(long)]
    token: Option<String>,
}

#[tokio::test]
async fn uncovered_flag_is_listed_and_its_value_is_in_no_response() {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.file("token", "/etc/dflag/token", "hunter2");
    let args = Flags::<Args>::try_parse_with(["server"], &layer).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.file("token", "/etc/dflag/token", "hunter3");
    set.propose(&layer).unwrap();
    let router = mounted(Endpoint::new(&args).allow_setting(anyone));

    let token = get("/debug/flags/token").send(&router).await.json();
    assert_eq!(
        [
            &token["is_covered"],
            &token["is_secret"],
            &token["is_dynamic"],
            &token["current_value"],
            &token["origin_location"],
            &token["description"],
            &token["pending_restart"]["value"],
        ],
        [
            &json!(false),
            &json!(true),
            &json!(false),
            &json!(MASK),
            &json!("/etc/dflag/token"),
            &json!("The token"),
            &json!(MASK),
        ]
    );
    let limit = get("/debug/flags/limit").send(&router).await.json();
    assert_eq!(limit["is_covered"], true);

    let page = get("/debug/flags").page().send(&router).await;
    let page = page.assert_status(200).text;
    assert!(
        page.contains("--token") || page.contains(">token"),
        "{page}"
    );
    assert!(
        page.contains("pending restart") && !page.contains("hunter"),
        "{page}"
    );
    let metrics = get("/debug/flags/metrics").send(&router).await.text;
    assert!(!metrics.contains("hunter"), "{metrics}");

    let request = post("/debug/flags/set").setting("token", "hunter4");
    let rejected = request.send(&router).await;
    assert_eq!(rejected.json()["problems"][0]["kind"], "static");
    assert!(!rejected.text.contains("hunter"), "{}", rejected.text);
}
