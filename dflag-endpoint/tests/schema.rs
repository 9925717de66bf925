//! The schema describes every response and all of its fields.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;

use common::{args, get, open, post};
use dflag::{FlagSet, Layer, Source, SourceObject, SourceStatus};
use dflag_endpoint::SCHEMA;
use serde_json::{Value, json};

struct Remote(SourceStatus);

/// The same status of a source that knows its object.
fn with_object(mut status: SourceStatus) -> SourceStatus {
    let mut object = SourceObject::new("default", "flags");
    object.resource_version = Some("7".to_owned());
    object.modified = Some(std::time::SystemTime::now());
    object.delay = Some(std::time::Duration::from_millis(500));
    status.object = Some(object);
    status
}

impl Source for Remote {
    fn status(&self) -> SourceStatus {
        self.0.clone()
    }
}

/// Validates `answer` against a definition, which has to contain all of its fields.
#[track_caller]
fn assert_valid(answer: &Value, name: &str) {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let alone = json!({"$ref": format!("#/$defs/{name}"), "$defs": schema["$defs"]});
    for schema in [&schema, &alone] {
        let validator = jsonschema::validator_for(schema).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(answer)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:?} in {answer}");
    }
    has_no_more_fields(answer, &schema["$defs"][name], &schema["$defs"]);
}

fn has_no_more_fields(answer: &Value, schema: &Value, all: &Value) {
    let name = schema["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix("#/$defs/"));
    let schema = name.map_or(schema, |name| &all[name]);
    match answer {
        Value::Object(fields) => {
            for (field, value) in fields {
                let schema = &schema["properties"][field];
                assert!(schema.is_object(), "`{field}` is not in the schema");
                has_no_more_fields(value, schema, all);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| has_no_more_fields(item, &schema["items"], all)),
        _ => {}
    }
}

#[tokio::test]
async fn every_response_matches_the_schema() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let router = open(&args);
    assert_valid(&get("/debug/flags").send(&router).await.json(), "listing");

    set.freeze();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("port", "/etc/dflag/port", "9090");
    layer.text("limit", "/etc/dflag/limit", "9");
    set.propose(&layer).unwrap();
    let mut status = SourceStatus::new("ConfigMap", "/etc/dflag");
    status.last_scan = Some(std::time::SystemTime::now());
    status.last_success = status.last_scan;
    status.last_read = status.last_scan;
    status.degraded = vec!["rejected".to_owned()];
    status.last_error = Some("bad".to_owned());
    status.unknown_keys = vec!["limits".to_owned()];
    status.warnings = vec!["mounted with subPath".to_owned()];
    let sources = [status.clone(), with_object(status)]
        .map(|status| Arc::new(Remote(status)) as Arc<dyn Source>);
    for source in &sources {
        set.attach(Arc::downgrade(source));
    }

    let all = get("/debug/flags").send(&router).await.json();
    assert_eq!(all["sources"][1]["object"]["delay"], 0.5);
    assert_valid(&all, "listing");
    for flag in all["flags"].as_array().unwrap() {
        let name = flag["name"].as_str().unwrap();
        assert_valid(
            &get(&format!("/debug/flags?name={name}"))
                .send(&router)
                .await
                .json(),
            "listing",
        );
        if name != "metrics" {
            assert_valid(
                &get(&format!("/debug/flags/{name}"))
                    .send(&router)
                    .await
                    .json(),
                "flag",
            );
        }
    }
    let set = json!({"flags": [{"name": "limit", "value": 7, "expires_in": "1h"}, {"name": "message", "value": "hi"}, {"name": "pin", "value": 1}]});
    assert_valid(
        &post("/debug/flags/set")
            .json(&set)
            .send(&router)
            .await
            .assert_status(200)
            .json(),
        "edit_result",
    );
    let limit = get("/debug/flags/limit").send(&router).await.json();
    assert!(limit["expiry"].is_object());
    assert_valid(&limit, "flag");
    let clear = json!({"flags": ["message"]});
    assert_valid(
        &post("/debug/flags/clear")
            .json(&clear)
            .send(&router)
            .await
            .assert_status(200)
            .json(),
        "edit_result",
    );

    for (name, value) in [
        ("none", "1"),
        ("port", "1"),
        ("limit", "x"),
        ("log-level", "loud"),
    ] {
        let rejection = post("/debug/flags/set")
            .setting(name, value)
            .send(&router)
            .await;
        assert_valid(&rejection.json(), "rejection");
    }
    let rule =
        json!({"flags": [{"name": "simulate", "value": true}, {"name": "limit", "value": 200}]});
    assert_valid(
        &post("/debug/flags/set")
            .json(&rule)
            .send(&router)
            .await
            .assert_status(422)
            .json(),
        "rejection",
    );
    for ask in [
        get("/debug/flags/none"),
        get("/debug/flags/none/at/all"),
        get("/debug/flags").header("host", "twice"),
        post("/debug/flags"),
        post("/debug/flags/set"),
        post("/debug/flags/set").header("content-type", "application/json"),
    ] {
        assert_valid(&ask.send(&router).await.json(), "rejection");
    }
}

#[tokio::test]
async fn history_and_its_revert_match_the_schema() {
    let args = args();
    let router = open(&args);
    args.set("limit", "20").unwrap();
    args.set("limit", "x").unwrap_err();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("message", "/etc/dflag/message", "hi");
    args.propose(&layer).unwrap();
    assert_valid(
        &get("/debug/flags/history").send(&router).await.json(),
        "history",
    );
    assert_valid(
        &post("/debug/flags/revert")
            .json(&json!({"generation": 1, "reason": "schema"}))
            .send(&router)
            .await
            .assert_status(200)
            .json(),
        "revert_result",
    );
}

#[test]
fn the_schema_is_valid_and_rejects_other_json() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    for other in [
        json!({}),
        json!({"error": 1, "problems": []}),
        json!([]),
        json!({"generation": 1}),
    ] {
        assert!(!validator.is_valid(&other), "{other}");
    }
}
