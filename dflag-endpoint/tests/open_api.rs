//! The `OpenAPI` document has every route, and describes what the routes accept and answer.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use common::{TestRequest, args, get, open, post};
use dflag_endpoint::{OPEN_API, SCHEMA};
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::from_str(OPEN_API).unwrap()
}

/// Asserts that `value` is what `components/schemas` describes by this name.
#[track_caller]
fn assert_valid(value: &Value, name: &str) {
    let mut schema = document();
    schema["$ref"] = json!(format!("#/components/schemas/{name}"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:?} in {value}");
}

/// The description of the responses to a request, and the schema's name of that to a status.
fn schema_of<'d>(document: &'d Value, path: &str, method: &str, status: u16) -> &'d str {
    let response = &document["paths"][path][method]["responses"][status.to_string()];
    let response = match response["$ref"].as_str() {
        Some("#/components/responses/rejection") => {
            &document["components"]["responses"]["rejection"]
        }
        _ => response,
    };
    let schema = &response["content"]["application/json"]["schema"]["$ref"];
    let schema = schema
        .as_str()
        .unwrap_or_else(|| panic!("{method} {path} {status}"));
    schema.rsplit_once('/').unwrap().1
}

#[test]
fn its_schemas_are_those_of_the_responses() {
    let schemas: Value = serde_json::from_str(SCHEMA).unwrap();
    let document = document();
    for (name, schema) in schemas["$defs"].as_object().unwrap() {
        let schema = schema
            .to_string()
            .replace("#/$defs/", "#/components/schemas/");
        let schema: Value = serde_json::from_str(&schema).unwrap();
        assert_eq!(document["components"]["schemas"][name], schema, "{name}");
    }
}

#[tokio::test]
async fn it_has_the_routes_and_is_served_beside_them() {
    let args = args();
    let router = open(&args);
    let served = get("/debug/flags/openapi.json").send(&router).await;
    assert_eq!(served.assert_status(200).json(), document());
    let paths = document()["paths"].as_object().unwrap().clone();
    for (path, methods) in &paths {
        let path = format!("/debug/flags{}", path.replace("{name}", "limit"));
        for (method, other) in [("get", "post"), ("post", "get")] {
            if methods.get(method).is_some() && !path.ends_with("/events") {
                let request = TestRequest::new(method.to_uppercase().parse().unwrap(), &path);
                let response = request.header("host", "localhost").send(&router).await;
                assert!(
                    ![404, 405].contains(&response.status.as_u16()),
                    "{response}"
                );
            }
            if methods.get(other).is_none() {
                let request = TestRequest::new(other.to_uppercase().parse().unwrap(), &path);
                let response = request.header("host", "localhost").send(&router).await;
                response.assert_status(405);
            }
        }
    }
    // The routes of the page alone are not described.
    let source = include_str!("../src/routes.rs");
    for route in source.split(".route(\"").skip(1) {
        let (path, _) = route.split_once('"').unwrap();
        let is_page = ["/style.css", "/script.js"].contains(&path);
        assert_eq!(paths.contains_key(path), !is_page, "{path}");
    }
}

#[tokio::test]
async fn requests_and_responses_are_as_it_says() {
    let args = args();
    let router = open(&args);
    let document = document();
    for (path, request, body, status) in [
        (
            "/set",
            "set_request",
            json!({"flags": [
                {"name": "limit", "value": 20, "expires_in": "15m", "revision": 1},
                {"name": "message", "unset": true},
                {"name": "metrics", "clear": true},
            ], "reason": "a test"}),
            200,
        ),
        (
            "/set",
            "set_request",
            json!({"flags": [{"name": "limit", "value": "x"}]}),
            422,
        ),
        (
            "/set",
            "set_request",
            json!({"flags": [{"name": "none", "value": 1}]}),
            404,
        ),
        (
            "/set",
            "set_request",
            json!({"flags": [{"name": "limit", "value": 1, "revision": 1}]}),
            409,
        ),
        (
            "/clear",
            "clear_request",
            json!({"flags": ["metrics", {"name": "message"}]}),
            200,
        ),
        (
            "/revert",
            "revert_request",
            json!({"generation": 1, "reason": "a test"}),
            200,
        ),
        ("/revert", "revert_request", json!({"generation": 99}), 404),
    ] {
        assert_valid(&body, request);
        let response = post(&format!("/debug/flags{path}")).json(&body);
        let response = response.send(&router).await.assert_status(status);
        assert_valid(&response.json(), schema_of(&document, path, "post", status));
    }
    for (path, described, status) in [
        ("", "/", 200),
        ("?overridden=true", "/", 200),
        ("/limit", "/{name}", 200),
        ("/none", "/{name}", 404),
        ("/history", "/history", 200),
    ] {
        let response = get(&format!("/debug/flags{path}")).send(&router).await;
        let response = response.assert_status(status).json();
        assert_valid(&response, schema_of(&document, described, "get", status));
    }
}
