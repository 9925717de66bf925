//! Rejections name the right flags, the kind of the problem and the remedy.

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
use common::{anyone, get, mounted, post};
use dflag::{DynamicFlags, FlagSet, Flags, Layer};
use dflag_endpoint::limits::FLAGS_PER_REQUEST;
use dflag_endpoint::{Endpoint, SCHEMA};
use serde_json::{Value, json};

const SET: &str = "/debug/flags/set";
const CLEAR: &str = "/debug/flags/clear";

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, required = true)]
    #[flag(dynamic)]
    rollout: f64,

    #[arg(long)]
    #[flag(dynamic)]
    cache: bool,

    #[arg(long, conflicts_with = "cache")]
    #[flag(dynamic)]
    no_cache: bool,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,

    #[arg(long)]
    #[flag(dynamic)]
    quota: Option<u8>,

    #[arg(long)]
    #[flag(dynamic, secret)]
    pin: Option<u32>,
}

fn layer(keys: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    for (key, value) in keys {
        layer.text(*key, format!("/etc/dflag/{key}"), *value);
    }
    layer
}

/// The endpoint of a program whose required flag comes from a source.
fn program() -> (Flags<Args>, Arc<dyn FlagSet>, Router) {
    let layer = layer(&[("rollout", "0.5")]);
    let args = Flags::<Args>::try_parse_with(["server"], &layer).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    set.propose(&layer).unwrap();
    let router = mounted(Endpoint::new(&args).allow_setting(anyone));
    (args, set, router)
}

/// The only problem of a rejection, which matches the schema.
#[track_caller]
fn only_problem(rejection: &common::TestResponse) -> Value {
    let json = rejection.json();
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let schema = json!({"$ref": "#/$defs/rejection", "$defs": schema["$defs"]});
    assert!(jsonschema::is_valid(&schema, &json), "{json}");
    let [problem] = json["problems"].as_array().unwrap().as_slice() else {
        panic!("{rejection}");
    };
    problem.clone()
}

/// The part of a page that shows one flag.
fn row<'a>(page: &'a common::TestResponse, name: &str) -> &'a str {
    let (_, rest) = page
        .text
        .split_once(&format!("<li id=\"flag-{name}\""))
        .unwrap_or_else(|| panic!("no row of {name} in {page}"));
    rest.split("<li id=\"flag-").next().unwrap()
}

#[tokio::test]
async fn a_conflict_is_a_problem_of_both_flags() {
    let (args, _, router) = program();
    args.set("cache", "true").unwrap();
    let rejected = post(SET)
        .setting("no_cache", "true")
        .send(&router)
        .await
        .assert_status(422);
    let problem = only_problem(&rejected);
    assert_eq!(problem["kind"], "conflict");
    let mut names = [&problem["name"], &problem["other_name"]].map(|name| name.as_str().unwrap());
    names.sort_unstable();
    assert_eq!(names, ["cache", "no-cache"]);

    let page = post(SET)
        .form(&[("name", "no_cache"), ("value", "true")])
        .page()
        .send(&router)
        .await
        .assert_status(422);
    for name in ["cache", "no-cache"] {
        let row = row(&page, name);
        assert!(
            row.contains("cannot be used with") && row.contains("aria-invalid"),
            "{row}"
        );
    }
    assert!(!row(&page, "limit").contains("aria-invalid"), "{page}");
    assert!(!args.no_cache.get());
}

#[tokio::test]
async fn clearing_the_only_value_of_a_required_flag_is_rejected() {
    let (args, set, router) = program();
    args.set("rollout", "0.25").unwrap();
    set.propose(&layer(&[])).unwrap();
    let rejected = post(CLEAR)
        .json(&json!({"flags": ["rollout"]}))
        .send(&router)
        .await
        .assert_status(422);
    let problem = only_problem(&rejected);
    assert_eq!(
        (&problem["kind"], &problem["name"], &problem["other_name"]),
        (&json!("required"), &json!("rollout"), &Value::Null)
    );
    let page = post(CLEAR)
        .form(&[("name", "rollout")])
        .page()
        .send(&router)
        .await
        .assert_status(422);
    assert!(
        row(&page, "rollout").contains("the flag is required"),
        "{page}"
    );
}

#[tokio::test]
async fn an_empty_value_is_rejected_with_clear_as_the_remedy() {
    let (args, _, router) = program();
    args.set("quota", "7").unwrap();
    args.set("pin", "22222222").unwrap();
    for name in ["quota", "pin", "limit"] {
        let rejected = post(SET)
            .setting(name, "")
            .send(&router)
            .await
            .assert_status(422);
        let problem = only_problem(&rejected);
        assert_eq!(
            (&problem["kind"], &problem["name"]),
            (&json!("invalid"), &json!(name))
        );
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains("clear a flag to return"), "{message}");
    }
    for name in ["quota", "pin"] {
        let page = post(SET)
            .form(&[("name", name), ("value", "")])
            .page()
            .send(&router)
            .await
            .assert_status(422);
        let row = row(&page, name);
        let (_, after) = row
            .split_once(&format!("id=\"error-{name}\">"))
            .unwrap_or_else(|| panic!("{row}"));
        let (error, _) = after.split_once("</p>").unwrap();
        assert!(error.contains("clear a flag to return"), "{row}");
        assert!(
            row.contains(&format!("<button id=\"clear-{name}\">Clear override")),
            "{row}"
        );

        post(CLEAR)
            .form(&[("name", name)])
            .page()
            .send(&router)
            .await
            .assert_status(303);
    }
    assert_eq!((args.quota.get(), *args.pin.load()), (None, None));
}

/// A name of the request may look like that of a flag.
#[tokio::test]
async fn invisible_characters_in_a_name_are_escaped() {
    const NAME: &str = "lim\u{200b}it\u{202e}\n";
    const ESCAPED: &str = r"lim\u{200b}it\u{202e}\n";
    let (_, _, router) = program();
    let path = "/debug/flags/lim%E2%80%8Bit%E2%80%AE%0A";
    let set = json!({"flags": [{"name": NAME, "value": 1}]});
    for request in [
        get(path),
        post(SET).json(&set),
        post(CLEAR).json(&json!({"flags": [NAME]})),
    ] {
        let rejected = request.send(&router).await.assert_status(404);
        let problem = only_problem(&rejected);
        // For scripts: the name as it was given.
        assert_eq!(problem["name"], NAME);
        for message in [problem["message"].as_str().unwrap(), &rejected.error()] {
            assert!(message.contains(ESCAPED), "{message}");
            assert!(
                !message.contains(['\u{200b}', '\u{202e}', '\n']),
                "{message}"
            );
        }
    }
    let form = [("name", NAME), ("value", "1")];
    for request in [
        get(path),
        post(SET).form(&form),
        post(CLEAR).form(&[("name", NAME)]),
    ] {
        let page = request.page().send(&router).await.assert_status(404);
        assert!(page.text.contains(ESCAPED), "{page}");
        assert!(!page.text.contains(['\u{200b}', '\u{202e}']), "{page}");
    }
}

#[tokio::test]
async fn an_answer_has_a_few_names_of_no_flag_and_counts_the_others() {
    let (_, _, router) = program();
    let name = "\u{1}".repeat(100);
    let flags =
        (0..FLAGS_PER_REQUEST).map(|index| json!({"name": format!("{index}{name}"), "value": "1"}));
    let flood = json!({"flags": flags.collect::<Vec<_>>()});
    let answer = post(SET)
        .json(&flood)
        .send(&router)
        .await
        .assert_status(404);
    assert!(answer.text.len() < 32 << 10, "{} bytes", answer.text.len());
    assert_eq!(answer.json()["problems"].as_array().unwrap().len(), 10);
    assert!(
        answer.error().ends_with("and 990 more names of no flag"),
        "{answer}"
    );

    let long = "é".repeat(2_000);
    for answer in [
        post(SET).setting(&long, "1").send(&router).await,
        get(&format!("/debug/flags/{}", "%C3%A9".repeat(1_000)))
            .send(&router)
            .await,
    ] {
        let answer = answer.assert_status(404);
        assert!(answer.text.len() < 2_000, "{answer}");
        assert!(answer.error().contains("é…`"), "{answer}");
    }
    // The problems of flags are all there.
    let mut flags = vec![json!({"name": "none", "value": 1}); 20];
    flags.push(json!({"name": "limit", "value": "x"}));
    let answer = post(SET)
        .json(&json!({"flags": flags}))
        .send(&router)
        .await
        .assert_status(404);
    assert!(
        answer.error().contains("`limit`: invalid value 'x'"),
        "{answer}"
    );
}
