//! A flag's value in each layer.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;

use clap::Parser;
use common::{Args, SECRET, args, get, open};
use dflag::{DynamicFlags, FlagSet, Flags, Layer, MASK};
use serde_json::{Value, json};

fn propose(args: &Flags<Args>, keys: &[(&str, &str)]) {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in keys {
        layer.text(*key, format!("/etc/dflag/{key}"), *value);
    }
    <Arc<dyn FlagSet>>::from(args).propose(&layer).unwrap();
}

fn layer(origin: &str, key: Option<&str>, value: Option<&str>) -> Value {
    let location = key.map(|key| format!("/etc/dflag/{key}"));
    json!({"origin": origin, "origin_location": location, "value": value})
}

#[tokio::test]
async fn the_layers_show_what_an_override_hides() {
    let args = Args::try_parse_dynamic_from(["server", "--limit=20"]).unwrap();
    args.set("limit", "12").unwrap();
    propose(
        &args,
        &[
            ("limit", "15"),
            ("message", "hi"),
            ("policy", r#"{"rate":2}"#),
        ],
    );
    let router = open(&args);
    let flag = async |name| {
        get(&format!("/debug/flags/{name}"))
            .send(&router)
            .await
            .json()
    };
    let limit = flag("limit").await;
    assert_eq!(
        (&limit["origin"], &limit["current_value"]),
        (&json!("override"), &json!("12"))
    );
    assert_eq!(
        limit["layers"],
        json!([
            layer("command line", None, Some("20")),
            layer("ConfigMap", Some("limit"), Some("15")),
            layer("override", None, Some("12")),
        ])
    );
    assert_eq!(
        flag("message").await["layers"],
        json!([
            layer("default", None, None),
            layer("ConfigMap", Some("message"), Some("hi")),
        ])
    );
    assert_eq!(
        flag("policy").await["layers"][1]["value"],
        "{\n  \"rate\": 2\n}"
    );
    assert_eq!(
        flag("port").await["layers"],
        json!([layer("default", None, Some("8080"))])
    );
}

#[tokio::test]
async fn the_page_shows_layers_if_there_are_several() {
    let args = args();
    propose(&args, &[("limit", "15"), ("message", "<hi>")]);
    args.set("limit", "12").unwrap();
    let page = get("/debug/flags").page().send(&open(&args)).await;
    let details: Vec<_> = page
        .text
        .split("<div class=\"layers\">")
        .skip(1)
        .map(|rest| rest.split_once("</ol>").unwrap().0)
        .collect();
    assert_eq!(details.len(), 2, "{page}");
    let mut rest = details[0];
    for part in [
        "3, from the bottom up",
        "default",
        "<code>10</code>",
        "ConfigMap",
        "<code>/etc/dflag/limit</code>",
        "<code>15</code>",
        "override",
        "<code>12</code>",
    ] {
        rest = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("no {part} in {rest}"))
            .1;
    }
    assert!(details[1].contains("not set"), "{}", details[1]);
    assert!(details[1].contains("&#60;hi&#62;"), "{}", details[1]);
}

#[tokio::test]
async fn a_secrets_layers_are_masked() {
    let args = args();
    args.set("upstream-token", "hunter2-override").unwrap();
    propose(&args, &[("upstream-token", "hunter2-map")]);
    let router = open(&args);
    let flag = get("/debug/flags/upstream-token").send(&router).await;
    let layers = flag.json()["layers"].clone();
    assert_eq!(layers.as_array().unwrap().len(), 3);
    for layer in layers.as_array().unwrap() {
        assert_eq!(layer["value"], MASK);
    }
    let page = get("/debug/flags").page().send(&router).await;
    for response in [flag, page] {
        assert!(!response.text.contains("hunter2"), "{response}");
        assert!(!response.text.contains(SECRET), "{response}");
    }
}

/// A program that edits its arguments.
#[derive(Clone, Parser, DynamicFlags)]
#[flags(finish = Adjusting::normalize)]
struct Adjusting {
    #[arg(long, default_value_t = 64)]
    #[flag(dynamic)]
    workers: u32,
    #[arg(long, default_value_t = 2)]
    #[flag(dynamic)]
    cpus: u32,
    #[arg(long, default_value = "")]
    #[flag(dynamic, secret)]
    token: String,
}

impl Adjusting {
    fn normalize(&mut self) {
        self.workers = self.workers.min(self.cpus);
        self.token.push_str(SECRET);
    }
}

#[tokio::test]
async fn adjusted_value_is_marked_beside_its_origin() {
    let args = Adjusting::try_parse_dynamic_from(["server"]).unwrap();
    let router = open(&args);
    let listing = get("/debug/flags").send(&router).await.json();
    let workers = &listing["flags"][0];
    assert_eq!(
        (
            &workers["current_value"],
            &workers["is_adjusted"],
            &workers["origin"]
        ),
        (&json!("2"), &json!(true), &json!("default"))
    );
    assert_eq!(
        workers["layers"],
        json!([layer("default", None, Some("64"))])
    );
    assert_eq!(listing["flags"][1]["is_adjusted"], false);
    assert_eq!(listing["flags"][2]["current_value"], MASK);

    let page = get("/debug/flags/workers?format=html").send(&router).await;
    let page = page.assert_status(200).text.clone();
    assert!(page.contains("default <span class=\"adjusted\">(adjusted by the program)</span>"));
    assert!(page.contains("value=\"64\"") && page.contains("<code>2</code>"));
    let page = get("/debug/flags?format=html").send(&router).await.text;
    assert_eq!(page.matches("(adjusted by the program)").count(), 2);
    assert!(!page.contains(SECRET));

    args.set("cpus", "100").unwrap();
    let workers = get("/debug/flags/workers").send(&router).await.json();
    assert_eq!(
        (&workers["is_adjusted"], &workers["current_value"]),
        (&json!(false), &json!("64"))
    );
}
