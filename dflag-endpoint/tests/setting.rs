//! Setting flags by JSON and by form.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use clap::Parser;
use common::{anyone, args, get, mounted, open, post};
use dflag::{DynamicFlags, Origin};
use dflag_endpoint::{Caller, Denied, Endpoint};
use serde_json::json;

const SET: &str = "/debug/flags/set";

#[tokio::test]
async fn the_response_has_old_and_new_values_and_the_generation() {
    let args = args();
    let router = open(&args);
    let outcome = post(SET)
        .setting("limit", "20")
        .send(&router)
        .await
        .assert_status(200)
        .json();
    let flags = json!([{"name": "limit", "old": "10", "new": "20"}]);
    assert_eq!(outcome, json!({"generation": 2, "flags": flags}));
    assert_eq!((args.limit.get(), args.generation()), (20, 2));
    assert_eq!(args.list()[1].origin, Origin::Override);
}

#[tokio::test]
async fn the_response_has_unchanged_flags_too_under_their_long_names() {
    let args = args();
    let router = open(&args);
    let body = json!({"flags": [
        {"name": "log_level", "value": "info"},
        {"name": "max", "value": 20},
        {"name": "message", "value": "hi"},
        {"name": "limit", "value": 30},
    ]});
    let outcome = post(SET)
        .json(&body)
        .send(&router)
        .await
        .assert_status(200)
        .json();
    let flags = json!([
        {"name": "log-level", "old": "info", "new": "info"},
        {"name": "limit", "old": "10", "new": "30"},
        {"name": "message", "old": null, "new": "hi"},
    ]);
    assert_eq!(outcome["flags"], flags);
}

#[tokio::test]
async fn several_flags_are_one_publish() {
    let args = args();
    let router = open(&args);
    let body = json!({"flags": [
        {"name": "limit", "value": 20},
        {"name": "simulate", "value": true},
        {"name": "policy", "value": {"rate": 2.5}},
    ]});
    let outcome = post(SET)
        .json(&body)
        .send(&router)
        .await
        .assert_status(200)
        .json();
    assert_eq!(outcome["generation"], 2);
    let now = args.load();
    assert_eq!((now.limit, now.simulate, now.policy.rate), (20, true, 2.5));
}

#[tokio::test]
async fn a_rejection_names_every_problem_and_nothing_changes() {
    let args = args();
    let before = args.listing();
    let router = open(&args);
    let set = |name: &str, value: &str| json!({"name": name, "value": value});
    for (flags, status, kinds) in [
        (
            vec![set("limit", "20"), set("none", "1")],
            404,
            &["unknown"] as &[_],
        ),
        (
            vec![set("port", "80"), set("limit", "20")],
            409,
            &["static"],
        ),
        (vec![set("limit", "300")], 422, &["invalid"]),
        (vec![set("log-level", "loud")], 422, &["invalid"]),
        (
            vec![set("simulate", "true"), set("limit", "200")],
            422,
            &["rule"],
        ),
        (
            vec![set("limit", "x"), set("port", "80"), set("none", "")],
            404,
            &["invalid", "static", "unknown"],
        ),
        (
            vec![set("limit", "x"), set("port", "80")],
            409,
            &["invalid", "static"],
        ),
    ] {
        let body = json!({"flags": flags});
        let rejection = post(SET)
            .json(&body)
            .send(&router)
            .await
            .assert_status(status)
            .json();
        let problems = rejection["problems"].as_array().unwrap();
        let actual: Vec<_> = problems
            .iter()
            .map(|problem| problem["kind"].as_str().unwrap())
            .collect();
        assert_eq!(actual, kinds, "{rejection}");
        for problem in problems {
            let message = problem["message"].as_str().unwrap();
            assert!(
                rejection["error"].as_str().unwrap().contains(message),
                "{rejection}"
            );
        }
    }
    assert_eq!(args.listing(), before);
}

#[tokio::test]
async fn the_message_is_claps_with_the_possible_values() {
    let router = open(&args());
    let rejection = post(SET)
        .setting("log-level", "loud")
        .send(&router)
        .await
        .assert_status(422)
        .json();
    let problem = &rejection["problems"][0];
    assert_eq!(problem["name"], "log-level");
    assert_eq!(problem["possible_values"], json!(["info", "debug"]));
    let message = "`log-level`: invalid value 'loud' for '--log-level <LOG_LEVEL>' [possible values: info, debug]";
    assert_eq!(problem["message"], message);
    let rejection = post(SET)
        .setting("limits", "1")
        .send(&router)
        .await
        .assert_status(404);
    assert!(
        rejection.error().contains("did you mean `limit`?"),
        "{rejection}"
    );
}

#[tokio::test]
async fn a_form_gets_a_redirect_or_a_page_without_a_script() {
    let args = args();
    let router = open(&args);
    let form = [
        ("name", "log_level"),
        ("value", "debug"),
        ("name", "simulate"),
        ("value", "false"),
        ("value", "true"),
    ];
    let response = post(SET)
        .form(&form)
        .page()
        .send(&router)
        .await
        .assert_status(303);
    assert_eq!(response.header("location"), "../flags#flag-log-level");
    assert!(args.simulate.get());
    assert_eq!(args.generation(), 2);

    let rejected = post(SET)
        .form(&[("name", "limit"), ("value", "x")])
        .page()
        .send(&router)
        .await
        .assert_status(422);
    assert_eq!(rejected.header("content-type"), "text/html; charset=utf-8");

    let curl = post(SET)
        .form(&[("name", "limit"), ("value", "7")])
        .send(&router)
        .await
        .assert_status(200)
        .json();
    assert_eq!(curl["flags"][0]["new"], "7");
}

#[tokio::test]
async fn line_breaks_of_a_text_area_become_those_of_a_file() {
    let args = args();
    let form = [("name", "policy"), ("value", "{\r\n  \"rate\": 3\r\n}")];
    post(SET)
        .form(&form)
        .send(&open(&args))
        .await
        .assert_status(200);
    let policy = args.list().into_iter().find(|flag| flag.name == "policy");
    assert_eq!(policy.unwrap().value.unwrap(), "{\n  \"rate\": 3\n}");
}

#[tokio::test]
async fn a_malformed_body_is_rejected() {
    let args = args();
    let router = open(&args);
    for (content_type, body, status) in [
        ("application/json", "{", 400),
        (
            "application/json",
            r#"{"flags":[{"name":"limit","value":null}]}"#,
            400,
        ),
        ("application/json", r#"{"flags":[]}"#, 400),
        ("application/x-www-form-urlencoded", "name=limit", 400),
        ("application/x-www-form-urlencoded", "", 400),
        ("text/plain", "name=limit&value=1", 415),
        ("multipart/form-data; boundary=x", "--x--", 415),
        ("", "name=limit&value=1", 415),
    ] {
        let ask = post(SET)
            .header("x-dflag", "1")
            .header("content-type", content_type);
        ask.body(body)
            .send(&router)
            .await
            .assert_status(status)
            .json();
    }
    post(SET)
        .header("x-dflag", "1")
        .body("name=limit&value=1")
        .send(&router)
        .await
        .assert_status(415);
    assert_eq!(args.generation(), 1);
}

#[tokio::test]
async fn setting_is_off_by_default() {
    let args = args();
    let router = mounted(Endpoint::new(&args));
    for path in [SET, "/debug/flags/clear"] {
        let rejected = post(path)
            .setting("limit", "20")
            .token("any")
            .send(&router)
            .await
            .assert_status(403);
        assert_eq!(
            rejected.error(),
            "not allowed: setting flags is off in this program"
        );
    }
    assert_eq!(args.generation(), 1);
}

#[tokio::test]
async fn the_switch_is_called_for_each_request() {
    let args = args();
    let on = Arc::new(AtomicBool::new(false));
    let is_on = Arc::clone(&on);
    let endpoint = Endpoint::new(&args).allow_setting(anyone);
    let router = mounted(endpoint.setting_while(move || is_on.load(Ordering::SeqCst)));

    post(SET)
        .setting("limit", "20")
        .send(&router)
        .await
        .assert_status(403);
    assert_eq!(
        get("/debug/flags").send(&router).await.json()["set_url"],
        ""
    );
    on.store(true, Ordering::SeqCst);
    post(SET)
        .setting("limit", "20")
        .send(&router)
        .await
        .assert_status(200);
    on.store(false, Ordering::SeqCst);
    post(SET)
        .setting("limit", "30")
        .send(&router)
        .await
        .assert_status(403);
    assert_eq!(args.limit.get(), 20);
}

#[tokio::test]
async fn switching_setting_off_while_a_body_arrives_rejects_the_edit() {
    let args = args();
    let on = Arc::new(AtomicBool::new(true));
    let is_on = Arc::clone(&on);
    let endpoint = Endpoint::new(&args).allow_setting(anyone);
    let router = mounted(endpoint.setting_while(move || is_on.load(Ordering::SeqCst)));

    let body = futures_util::stream::once(async move {
        on.store(false, Ordering::SeqCst);
        Ok::<_, std::io::Error>(r#"{"flags":[{"name":"limit","value":20}]}"#)
    });
    post(SET)
        .header("content-type", "application/json")
        .body(Body::from_stream(body))
        .send(&router)
        .await
        .assert_status(403);
    assert_eq!(args.generation(), 1);
}

#[tokio::test]
async fn a_switch_without_an_authorizer_or_that_panics_is_off() {
    let args = args();
    let alone = mounted(Endpoint::new(&args).setting_while(|| true));
    post(SET)
        .setting("limit", "20")
        .send(&alone)
        .await
        .assert_status(403);
    let panics = Endpoint::new(&args)
        .allow_setting(anyone)
        .setting_while(|| panic!("no"));
    post(SET)
        .setting("limit", "20")
        .send(&mounted(panics))
        .await
        .assert_status(403);
    assert_eq!(args.generation(), 1);
}

#[tokio::test]
async fn a_function_can_authorize_requests() {
    let args = args();
    let by_user = |request: &axum::http::request::Parts| {
        let user = request
            .headers
            .get("x-user")
            .and_then(|user| user.to_str().ok());
        match user {
            Some("root") => panic!("root is never asked"),
            Some(user) => Ok(Caller::new(user)),
            None => Err(Denied::new("who are you?")),
        }
    };
    let router = mounted(Endpoint::new(&args).allow_setting(by_user));
    let rejected = post(SET)
        .setting("limit", "20")
        .send(&router)
        .await
        .assert_status(403);
    assert_eq!(rejected.error(), "not allowed: who are you?");
    let rejected = post(SET)
        .header("x-user", "root")
        .setting("limit", "20")
        .send(&router)
        .await
        .assert_status(403);
    assert!(
        !rejected.error().contains("root is never asked"),
        "{rejected}"
    );
    assert_eq!(args.generation(), 1);
    post(SET)
        .header("x-user", "ann")
        .setting("limit", "20")
        .send(&router)
        .await
        .assert_status(200);
}

/// A program whose flag turns setting off.
#[derive(Clone, Parser, DynamicFlags)]
struct Switched {
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    #[flag(dynamic)]
    has_set: bool,
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    limit: u8,
}

#[tokio::test]
async fn an_override_that_turns_setting_off_can_be_cleared() {
    let args = Switched::try_parse_dynamic_from(["server"]).unwrap();
    let has_set = args.has_set.clone();
    let endpoint = Endpoint::new(&args).allow_setting(anyone);
    let router = mounted(endpoint.setting_while(move || has_set.get()));
    post(SET)
        .setting("has-set", "false")
        .send(&router)
        .await
        .assert_status(200);
    let rejected = post(SET)
        .setting("limit", "2")
        .send(&router)
        .await
        .assert_status(403);
    assert!(rejected.error().contains("clearing"), "{rejected}");
    let listing = get("/debug/flags").send(&router).await.json();
    assert_eq!(listing["set_url"], "");
    assert_eq!(listing["clear_url"], "/debug/flags/clear");
    let page = get("/debug/flags").page().send(&router).await;
    assert!(page.text.contains("id=\"clear-has-set\""), "{page}");
    assert!(!page.text.contains("class=\"set\""), "{page}");

    post("/debug/flags/clear")
        .form(&[("name", "has-set")])
        .page()
        .send(&router)
        .await
        .assert_status(303);
    assert!(args.has_set.get());
    post(SET)
        .setting("limit", "2")
        .send(&router)
        .await
        .assert_status(200);
}
