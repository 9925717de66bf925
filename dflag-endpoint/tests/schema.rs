//! The schema: it describes every answer, and each of their fields.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;

use common::{args, get, open, post};
use dflag::{FlagSet, Layer, Source, SourceStatus};
use dflag_endpoint::SCHEMA;
use serde_json::{Value, json};

struct Remote(SourceStatus);

impl Source for Remote {
    fn status(&self) -> SourceStatus {
        self.0.clone()
    }
}

/// Holds `answer` against one definition, and its fields against the schema's.
#[track_caller]
fn is(answer: &Value, name: &str) {
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
async fn every_answer_is_as_the_schema_says() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let router = open(&args);
    is(&get("/debug/flags").of(&router).await.json(), "listing");

    set.freeze();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("port", "/etc/dflag/port", "9090");
    layer.text("limit", "/etc/dflag/limit", "9");
    set.propose(&layer).unwrap();
    let mut status = SourceStatus::new("ConfigMap", "/etc/dflag");
    status.last_scan = Some(std::time::SystemTime::now());
    status.last_success = status.last_scan;
    status.last_error = Some("bad".to_owned());
    status.unknown_keys = vec!["limits".to_owned()];
    status.warnings = vec!["mounted with subPath".to_owned()];
    let source: Arc<dyn Source> = Arc::new(Remote(status));
    set.attach(Arc::downgrade(&source));

    let all = get("/debug/flags").of(&router).await.json();
    assert!(!all["sources"].as_array().unwrap().is_empty());
    is(&all, "listing");
    for flag in all["flags"].as_array().unwrap() {
        let name = flag["name"].as_str().unwrap();
        is(
            &get(&format!("/debug/flags?name={name}"))
                .of(&router)
                .await
                .json(),
            "listing",
        );
        if name != "metrics" {
            is(
                &get(&format!("/debug/flags/{name}"))
                    .of(&router)
                    .await
                    .json(),
                "flag",
            );
        }
    }
    let set = json!({"flags": [{"name": "limit", "value": 7}, {"name": "message", "value": "hi"}, {"name": "pin", "value": 1}]});
    is(
        &post("/debug/flags/set")
            .json(&set)
            .of(&router)
            .await
            .is(200)
            .json(),
        "outcome",
    );
    let clear = json!({"flags": ["message"]});
    is(
        &post("/debug/flags/clear")
            .json(&clear)
            .of(&router)
            .await
            .is(200)
            .json(),
        "outcome",
    );

    for (name, value) in [
        ("none", "1"),
        ("port", "1"),
        ("limit", "x"),
        ("log-level", "loud"),
    ] {
        let rejection = post("/debug/flags/set")
            .setting(name, value)
            .of(&router)
            .await;
        is(&rejection.json(), "rejection");
    }
    let rule =
        json!({"flags": [{"name": "simulate", "value": true}, {"name": "limit", "value": 200}]});
    is(
        &post("/debug/flags/set")
            .json(&rule)
            .of(&router)
            .await
            .is(422)
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
        is(&ask.of(&router).await.json(), "rejection");
    }
}

#[test]
fn it_is_a_schema_and_rejects_what_is_none_of_the_answers() {
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
