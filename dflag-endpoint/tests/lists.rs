//! Setting list flags by a JSON array, and by the text that is listed for them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::collections::BTreeSet;

use axum::Router;
use clap::Parser;
use common::{anyone, get, mounted, post};
use dflag::{DynamicFlags, Flags};
use dflag_endpoint::Endpoint;
use serde_json::{Value, json};

const SET: &str = "/debug/flags/set";

#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Args {
    #[arg(long, value_delimiter = ',', default_value = "8080")]
    #[flag(dynamic)]
    ports: Vec<u16>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    hosts: Vec<String>,

    #[arg(long)]
    #[flag(dynamic)]
    rules: Vec<String>,

    #[arg(long, default_value = "", value_parser = dflag::value::string_set())]
    #[flag(dynamic)]
    blocked: BTreeSet<String>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic, secret)]
    keys: Vec<String>,

    #[arg(long, default_value = "[1]", value_parser = dflag::value::json::<Value>())]
    #[flag(dynamic)]
    document: Value,

    /// A list of JSON values.
    #[arg(long, value_parser = dflag::value::json::<Value>())]
    #[flag(dynamic)]
    documents: Vec<Value>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic, trim = false)]
    raw: Vec<String>,

    #[arg(long, value_delimiter = ',')]
    #[flag(dynamic)]
    switches: Vec<bool>,

    #[arg(long, default_value = "")]
    #[flag(dynamic)]
    text: String,

    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u16,
}

fn args() -> (Flags<Args>, Router) {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let router = mounted(Endpoint::new(&args).allow_setting(anyone));
    (args, router)
}

fn set(name: &str, value: &Value) -> common::TestRequest {
    post(SET).json(&json!({"flags": [{"name": name, "value": value}]}))
}

#[tokio::test]
async fn an_array_sets_a_list_to_exactly_its_members() {
    let (args, router) = args();
    for (name, value, new) in [
        ("ports", json!([80, 443]), "80,443"),
        ("ports", json!(["81", "444"]), "81,444"),
        ("ports", json!([]), ""),
        ("hosts", json!(["a", "b"]), "a,b"),
        ("hosts", json!(["a", "b, c"]), r#"["a","b, c"]"#),
        ("hosts", json!([" a ", "", "\"\\"]), r#"[" a ","","\"\\"]"#),
        // As text, the flag would read this as the members `[80` and `443]`.
        ("hosts", json!([80, 443, true]), "80,443,true"),
        ("rules", json!(["a, b", "- c"]), "a, b\n- c"),
        ("rules", json!(["a\nb", "c"]), r#"["a\nb","c"]"#),
        ("rules", json!(["- a"]), r#"["- a"]"#),
        ("switches", json!([true, false]), "true,false"),
        ("switches", json!([]), ""),
        ("document", json!(["a", 1]), r#"["a",1]"#),
        ("document", json!([[1], {"a": null}]), r#"[[1],{"a":null}]"#),
        ("documents", json!([1]), "[1]"),
        ("text", json!(["a", 1]), r#"["a",1]"#),
    ] {
        let result = set(name, &value).send(&router).await.assert_status(200);
        assert_eq!(result.json()["flags"][0]["new"], new, "{name} {value}");
        let members: Vec<String> = match name {
            "ports" => args.ports.load().iter().map(u16::to_string).collect(),
            "hosts" => args.hosts.load().clone(),
            "rules" => args.rules.load().clone(),
            "switches" => args.switches.load().iter().map(bool::to_string).collect(),
            _ => continue,
        };
        let expected = value.as_array().unwrap().iter();
        let expected: Vec<_> = expected
            .map(|member| {
                let text = member.as_str().map(str::to_owned);
                text.unwrap_or_else(|| member.to_string())
            })
            .collect();
        assert_eq!(members, expected, "{name} {value}");
    }
    assert_eq!(*args.document.load(), json!([[1], {"a": null}]));
    assert_eq!(*args.documents.load(), [json!([1])]);
}

#[tokio::test]
async fn an_array_sets_a_set_of_strings_to_exactly_its_members() {
    let (args, router) = args();
    let listed = get("/debug/flags/blocked").send(&router).await.json();
    assert_eq!(listed["is_list"], true);
    for (value, members) in [
        (json!(["eve", "a,b"]), &["a,b", "eve"] as &[_]),
        (json!([80, 443]), &["443", "80"]),
        (json!([true, false]), &["false", "true"]),
        (json!(["", " a ", "[1]", "- b"]), &["", " a ", "- b", "[1]"]),
        (json!([]), &[]),
    ] {
        set("blocked", &value)
            .send(&router)
            .await
            .assert_status(200);
        let blocked = args.blocked.get();
        assert!(blocked.iter().eq(members), "{value}: {blocked:?}");
    }
}

#[tokio::test]
async fn an_array_is_rejected_by_a_list_that_does_not_trim() {
    let (args, router) = args();
    for value in [json!(["hunter2"]), json!([]), json!([1]), json!([null])] {
        let rejected = set("raw", &value).send(&router).await.assert_status(422);
        assert_eq!(
            rejected.error(),
            "`raw`: the flag does not trim its values and takes no array; write the list as a string"
        );
    }
    set("raw", &json!(" a,b"))
        .send(&router)
        .await
        .assert_status(200);
    assert_eq!(*args.raw.load(), [" a", "b"]);
}

#[tokio::test]
async fn an_array_for_a_flag_of_one_value_is_left_to_its_parser() {
    let (args, router) = args();
    let rejected = set("limit", &json!([80]))
        .send(&router)
        .await
        .assert_status(422);
    assert!(
        rejected
            .error()
            .contains("invalid value '[80]' for '--limit <LIMIT>'"),
        "{rejected}"
    );
    assert_eq!(args.limit.get(), 1);
    set("text", &json!([80]))
        .send(&router)
        .await
        .assert_status(200);
    assert_eq!(*args.text.load(), "[80]");
}

#[tokio::test]
async fn an_array_of_several_kinds_is_rejected_for_a_list() {
    let (args, router) = args();
    for value in [
        json!(["hunter2", 1]),
        json!([1, "hunter2"]),
        json!([null]),
        json!([["hunter2"]]),
        json!([{"hunter2": 1}]),
    ] {
        for name in ["ports", "hosts", "rules", "keys", "blocked", "switches"] {
            let rejected = set(name, &value).send(&router).await.assert_status(422);
            let problems = rejected.json()["problems"].clone();
            assert_eq!(problems.as_array().unwrap().len(), 1, "{rejected}");
            assert_eq!(problems[0]["name"], name);
            assert_eq!(problems[0]["kind"], "invalid");
            assert!(!rejected.text.contains("hunter2"), "{rejected}");
        }
    }
    let both = json!({"flags": [
        {"name": "ports", "value": [1, "a"]},
        {"name": "text", "value": "a"},
        {"name": "hosts", "value": [null]},
    ]});
    let rejected = post(SET).json(&both).send(&router).await.assert_status(422);
    assert_eq!(rejected.json()["problems"][1]["name"], "hosts");

    // Members that the flag's parser rejects.
    for value in [json!([80, 65536]), json!(["http"])] {
        let rejected = set("ports", &value).send(&router).await.assert_status(422);
        assert!(rejected.error().contains("invalid value"), "{rejected}");
    }
    assert_eq!(args.generation(), 1);
}

/// The content of the text area of a flag.
fn text_area(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("<textarea name=\"value\" rows=\"2\" spellcheck=\"false\" autocapitalize=\"off\" id=\"value-{name}\""))
        .unwrap_or_else(|| panic!("no text area of {name} in {page}"));
    let (_, rest) = rest.split_once('>').unwrap();
    let (text, _) = rest.split_once("</textarea>").unwrap();
    let text = text.strip_prefix('\n').unwrap_or(text);
    [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escape, character)| {
        text.replace(escape, character)
    })
}

#[tokio::test]
async fn the_pages_text_of_a_list_can_be_set_again() {
    let (args, router) = args();
    for (name, value) in [
        ("hosts", json!(["a", "b, c"])),
        ("hosts", json!(["", " x ", "<&\"'>", "é"])),
        ("hosts", json!([])),
        ("hosts", json!(["a", "b"])),
        ("rules", json!(["- a", "- b"])),
        ("rules", json!(["a\r\nb", "[1]"])),
        ("ports", json!([80, 443])),
    ] {
        set(name, &value).send(&router).await.assert_status(200);
        let (flags, generation) = (args.load_full(), args.generation());
        let page = get("/debug/flags").page().send(&router).await;
        let listed = get(&format!("/debug/flags/{name}")).send(&router).await;
        let text = text_area(&page.text, name);
        assert_eq!(listed.json()["current_value"], text, "{value}");

        let form = [("name", name), ("value", &*text)];
        post(SET)
            .form(&form)
            .page()
            .send(&router)
            .await
            .assert_status(303);
        assert_eq!(args.generation(), generation, "{value}");
        assert_eq!(
            (
                &*args.ports.load(),
                &*args.hosts.load(),
                &*args.rules.load()
            ),
            (&flags.ports, &flags.hosts, &flags.rules)
        );
    }
}
