//! Secrets: the value is in no answer, no event, no metric and no line of the log.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::io;
use std::sync::{Arc, Mutex};

use common::{SECRET, TOKEN, TokenFile, args, get, mounted, post};
use dflag::MASK;
use dflag_endpoint::Endpoint;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

const SET: &str = "/debug/flags/set";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    fn line(&self, words: &str) -> String {
        let text = self.text();
        let line = text.lines().find(|line| line.contains(words));
        line.unwrap_or_else(|| panic!("no {words} in {text}"))
            .to_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// One test, since a log is the whole process's.
#[tokio::test]
#[allow(
    clippy::too_many_lines,
    reason = "one log, and all that may get into it"
)]
async fn the_log_says_who_did_what_and_no_answer_or_line_has_a_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false);
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();

    let args = args();
    let file = TokenFile::new();
    let authorizer = file.authorizer().called("on-call");
    let router = mounted(Endpoint::new(&args).allow_setting(authorizer));
    let mut answers = Vec::new();
    let mut keep = |answer: common::Answer| answers.push(answer.to_string());

    keep(
        post(SET)
            .setting("limit", "20")
            .token(TOKEN)
            .of(&router)
            .await
            .is(200),
    );
    let line = log.line("a flag was set");
    for words in [
        "INFO",
        "who=on-call",
        "flag=limit",
        "old=Some(\"10\")",
        "new=Some(\"20\")",
        "generation=2",
    ] {
        assert!(line.contains(words), "{words} in {line}");
    }

    // A value that is taken, one that the parser rejects, one that a check rejects, by every name.
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
                .of(&router)
                .await
                .is(status),
        );
        let form = [("name", name), ("value", value), ("token", TOKEN)];
        let page = post(SET).form(&form).page().of(&router).await;
        keep(page.is(if status == 200 { 303 } else { 422 }));
    }
    let line = log.line("flag=upstream-token");
    assert!(
        line.contains(&format!("old=Some(\"{MASK}\") new=Some(\"{MASK}\")")),
        "{line}"
    );

    // Whoever is not let in leaves no value behind either, right or wrong.
    keep(
        post(SET)
            .setting("pin", "22222222")
            .of(&router)
            .await
            .is(403),
    );
    let line = log.line("setting flags was denied");
    assert!(line.contains("WARN") && line.contains("pin"), "{line}");
    keep(
        post(SET)
            .setting("pin", "22222222")
            .token("hunter2")
            .of(&router)
            .await
            .is(403),
    );
    keep(
        post(SET)
            .setting("upstream-tokn", "hunter2")
            .token(TOKEN)
            .of(&router)
            .await
            .is(404),
    );
    let form = [
        ("name", "upstream-tokn"),
        ("value", "hunter2"),
        ("token", TOKEN),
    ];
    keep(post(SET).form(&form).page().of(&router).await.is(404));
    for body in [
        r#"{"flags":"hunter2"}"#,
        r#"{"hunter2":1}"#,
        r#"{"flags":[{"name":"pin","value":"hunter2"#,
    ] {
        let ask = post(SET)
            .header("content-type", "application/json")
            .token(TOKEN)
            .body(body);
        keep(ask.of(&router).await.is(400));
    }
    log.line("setting flags was rejected");

    file.write("");
    keep(
        post(SET)
            .setting("pin", "1")
            .token(TOKEN)
            .of(&router)
            .await
            .is(403),
    );
    let path = file.path.display().to_string();
    assert!(log.line("empty").contains(&path), "{}", log.text());

    for path in ["", "/upstream-token", "/pin", "/metrics"] {
        let path = format!("/debug/flags{path}");
        keep(get(&path).of(&router).await.is(200));
        keep(get(&path).page().of(&router).await.is(200));
    }
    let answers = answers.join("\n");
    assert!(!answers.contains(&path), "{answers}");
    for (text, name) in [(&answers, "an answer"), (&log.text(), "the log")] {
        for value in ["hunter2", SECRET, "22222222", "99999999999", TOKEN] {
            assert!(!text.contains(value), "{value} in {name}: {text}");
        }
    }
    assert_eq!(args.pin.get(), 22_222_222);
    let listed = get("/debug/flags/pin").of(&router).await.json();
    assert_eq!(
        (
            &listed["is_secret"],
            &listed["current_value"],
            &listed["default_value"]
        ),
        (&json!(true), &json!(MASK), &json!(MASK))
    );
}
