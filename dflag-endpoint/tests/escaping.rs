//! Names and values are escaped in HTML.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;

use common::{args, get, open, post};
use dflag::{FlagSet, Source, SourceObject, SourceStatus};

const MARKUP: &str = "</textarea><script>alert(1)</script>\"' onload=x & <!-- ]]>";

#[tokio::test]
async fn markup_in_a_value_or_help_is_escaped() {
    let args = args();
    let router = open(&args);
    post("/debug/flags/set")
        .setting("message", MARKUP)
        .send(&router)
        .await
        .assert_status(200);
    for path in ["/debug/flags", "/debug/flags/message"] {
        let page = get(path).page().send(&router).await.assert_status(200);
        assert!(!page.text.contains("<script>alert"), "{page}");
        assert!(!page.text.contains("<b>bold"), "{page}");
    }
    let one = get("/debug/flags/message")
        .send(&router)
        .await
        .assert_status(200);
    assert_eq!(one.header("content-type"), "application/json");
    assert_eq!(one.json()["current_value"], MARKUP);
}

#[tokio::test]
async fn markup_in_a_request_is_escaped() {
    let router = open(&args());
    let encoded: String = form_urlencoded::byte_serialize(MARKUP.as_bytes()).collect();
    let encoded = encoded.replace('+', "%20");
    for path in [
        format!("/debug/flags?q={encoded}"),
        format!("/debug/flags?name={encoded}&format=html"),
        format!("/debug/flags/{encoded}"),
    ] {
        let page = get(&path).page().send(&router).await;
        assert!(!page.text.contains("<script>alert"), "{page}");
    }
    for (name, value) in [
        (MARKUP, "1"),
        ("limit", MARKUP),
        ("policy", MARKUP),
        ("log-level", MARKUP),
    ] {
        let form = [("name", name), ("value", value)];
        let page = post("/debug/flags/set")
            .form(&form)
            .page()
            .send(&router)
            .await;
        assert!(page.status.is_client_error(), "{page}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(!page.text.contains("<script>alert"), "{page}");
    }
}

struct Remote(SourceStatus);

impl Source for Remote {
    fn status(&self) -> SourceStatus {
        self.0.clone()
    }
}

#[tokio::test]
async fn invisible_characters_are_shown_wherever_nobody_edits() {
    const INVISIBLE: &str = "a\u{202e}b";
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let mut status = SourceStatus::new("ConfigMap", INVISIBLE);
    let mut object = SourceObject::new("production", "server");
    object.resource_version = Some(INVISIBLE.to_owned());
    object.manager = Some(INVISIBLE.to_owned());
    status.object = Some(object);
    let source: Arc<dyn Source> = Arc::new(Remote(status));
    set.attach(Arc::downgrade(&source));
    args.set("message", INVISIBLE).unwrap();
    let page = get("/debug/flags").page().send(&open(&args)).await.text;
    // The field of the flag has the value as it is.
    let lines: Vec<_> = page
        .lines()
        .filter(|line| line.contains(INVISIBLE))
        .collect();
    assert!(
        matches!(&lines[..], [field] if field.contains("id=\"value-message\"")),
        "{lines:?}"
    );
}
