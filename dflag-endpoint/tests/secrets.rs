//! Secrets appear in no response, event, metric or log line.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use common::log::Log;
use common::{SECRET, TOKEN, TokenFile, args, get, mounted, post};
use dflag::MASK;
use dflag_endpoint::Endpoint;
use serde_json::json;

const SET: &str = "/debug/flags/set";

/// One test, since the log is shared by the whole process.
#[tokio::test]
#[allow(
    clippy::too_many_lines,
    reason = "one log, and everything that could get into it"
)]
async fn the_log_names_callers_and_edits_and_nothing_contains_a_secret() {
    let log = Log::capture();

    let args = args();
    let file = TokenFile::new();
    let authorizer = file.authorizer().caller_name("on-call");
    let router = mounted(Endpoint::new(&args).allow_setting(authorizer));
    let mut answers = Vec::new();
    let mut keep = |answer: common::TestResponse| answers.push(answer.to_string());

    keep(
        post(SET)
            .setting("limit", "20")
            .token(TOKEN)
            .send(&router)
            .await
            .assert_status(200),
    );
    let line = log.line("flag edited");
    for words in [
        "INFO",
        "caller=on-call",
        "flag=limit",
        "old=Some(\"10\")",
        "new=Some(\"20\")",
        "expires_in=None",
        "generation=2",
    ] {
        assert!(line.contains(words), "{words} in {line}");
    }
    let body = json!({"flags": [{"name": "max", "value": 21, "expires_in": "1h"}]});
    keep(
        post(SET)
            .json(&body)
            .token(TOKEN)
            .send(&router)
            .await
            .assert_status(200),
    );
    let line = log.line("generation=3");
    assert!(
        line.contains("flag=limit") && line.contains("expires_in=Some(\"1h\")"),
        "{line}"
    );

    // Values that are applied, rejected by the parser, and rejected by a check, under every name.
    for (name, value, status) in [
        ("upstream-token", "hunter2-new", 200),
        ("password", "hunter2-alias", 200),
        ("upstream-token", "hunter2 with a space", 422),
        ("pin", "hunter2", 422),
        ("pin", "22222222", 200),
        ("pin", "99999999999", 422),
    ] {
        keep(
            post(SET)
                .setting(name, value)
                .token(TOKEN)
                .send(&router)
                .await
                .assert_status(status),
        );
        let form = [("name", name), ("value", value), ("token", TOKEN)];
        let page = post(SET).form(&form).page().send(&router).await;
        keep(page.assert_status(if status == 200 { 303 } else { 422 }));
    }
    let line = log.line("flag=upstream-token");
    assert!(
        line.contains(&format!("old=Some(\"{MASK}\") new=Some(\"{MASK}\")")),
        "{line}"
    );

    // Denied requests.
    keep(
        post(SET)
            .setting("pin", "22222222")
            .send(&router)
            .await
            .assert_status(403),
    );
    let line = log.line("edit denied");
    assert!(
        line.contains("WARN") && line.contains("no token was sent"),
        "{line}"
    );
    keep(
        post(SET)
            .setting("pin", "22222222")
            .token("hunter2")
            .send(&router)
            .await
            .assert_status(403),
    );
    keep(
        post(SET)
            .setting("upstream-tokn", "hunter2")
            .token(TOKEN)
            .send(&router)
            .await
            .assert_status(404),
    );
    let form = [
        ("name", "upstream-tokn"),
        ("value", "hunter2"),
        ("token", TOKEN),
    ];
    keep(
        post(SET)
            .form(&form)
            .page()
            .send(&router)
            .await
            .assert_status(404),
    );
    for body in [
        r#"{"flags":"hunter2"}"#,
        r#"{"hunter2":1}"#,
        r#"{"flags":[{"name":"pin","value":"hunter2"#,
    ] {
        let ask = post(SET)
            .header("content-type", "application/json")
            .token(TOKEN)
            .body(body);
        keep(ask.send(&router).await.assert_status(400));
    }
    log.line("edit rejected");

    file.write("");
    keep(
        post(SET)
            .setting("pin", "1")
            .token(TOKEN)
            .send(&router)
            .await
            .assert_status(403),
    );
    let path = file.path.display().to_string();
    assert!(log.line("empty").contains(&path), "{}", log.text());

    for path in ["", "/upstream-token", "/pin", "/metrics"] {
        let path = format!("/debug/flags{path}");
        keep(get(&path).send(&router).await.assert_status(200));
        keep(get(&path).page().send(&router).await.assert_status(200));
    }
    let answers = answers.join("\n");
    assert!(!answers.contains(&path), "{answers}");
    for (text, name) in [(&answers, "a response"), (&log.text(), "the log")] {
        for value in ["hunter2", SECRET, "22222222", "99999999999", TOKEN] {
            assert!(!text.contains(value), "{value} in {name}: {text}");
        }
    }
    assert_eq!(args.pin.get(), 22_222_222);
    let flag = get("/debug/flags/pin").send(&router).await.json();
    assert_eq!(
        (
            &flag["is_secret"],
            &flag["current_value"],
            &flag["default_value"]
        ),
        (&json!(true), &json!(MASK), &json!(MASK))
    );
}
