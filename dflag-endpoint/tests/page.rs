//! What the page shows first, and how it groups the flags.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;

use common::{args, get, mounted, open};
use dflag::{Edit, FlagSet, Layer, Source, SourceStatus};
use dflag_endpoint::Endpoint;

const LIST: &str = "/debug/flags";

/// What follows each occurrence of `start`, up to `end`.
fn all<'t>(text: &'t str, start: &str, end: &str) -> Vec<&'t str> {
    let parts = text.split(start).skip(1);
    parts.map(|part| part.split_once(end).unwrap().0).collect()
}

struct Remote(SourceStatus);

impl Source for Remote {
    fn status(&self) -> SourceStatus {
        self.0.clone()
    }
}

#[tokio::test]
async fn flags_are_under_their_headings_by_what_needs_attention() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    set.freeze();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.extend([("log-level", "debug"), ("port", "9090")]);
    set.propose(&layer).unwrap();
    args.set("simulate", "true").unwrap();
    let mut bad = layer.clone();
    bad.extend([("metrics", "many"), ("message", "hi"), ("nope", "1")]);
    let mut status = SourceStatus::new("ConfigMap", "/etc/dflag");
    status.last_error = Some(set.propose(&bad).unwrap_err().to_string());
    let source: Arc<dyn Source> = Arc::new(Remote(status));
    set.attach(Arc::downgrade(&source));

    let router = open(&args);
    let page = get(LIST).page().send(&router).await.assert_status(200).text;
    assert_eq!(all(&page, "<h3>", "</h3>")[1..], ["Options", "Texts"]);
    let names = all(&page, "<span class=\"name\">", "</span>");
    assert_eq!(names[..4], ["metrics", "simulate", "port", "log-level"]);
    assert_eq!(names[names.len() - 1], "message");
    let (summary, _) = page.split_once("id=\"list\"").unwrap();
    for part in [
        "<a href=\"#flag-metrics\">metrics</a>",
        "<a href=\"#flag-simulate\">simulate</a> = <code>true</code>",
        "<a href=\"#flag-port\">port</a> → <code>9090</code>",
    ] {
        assert!(summary.contains(part), "{part} is not in {summary}");
    }
    let metrics = get("/debug/flags/metrics?format=json").send(&router).await;
    assert!(metrics.text.contains("dflag_generation"));
    let metrics = get("/debug/flags?name=metrics").send(&router).await.json();
    let rejection = metrics["flags"][0]["rejection"].as_str().unwrap();
    assert!(
        rejection.starts_with("`metrics`") && rejection.contains("'many'"),
        "{rejection}"
    );

    // What the page does not list, it links to.
    let page = get("/debug/flags?q=policy").page().send(&router).await.text;
    assert!(
        page.contains("<a href=\"flags?name=simulate\">simulate</a>"),
        "{page}"
    );
    let overridden = get("/debug/flags?overridden=true")
        .send(&router)
        .await
        .json();
    assert_eq!(overridden["flags"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn process_is_in_the_title_and_in_the_json() {
    let args = args();
    let endpoint = Endpoint::new(&args).title("server").version("1.2.3");
    let router = mounted(endpoint.instance("pod-1"));
    let page = get(LIST).page().send(&router).await.text;
    assert_eq!(all(&page, "<title>", "</title>"), ["pod-1 · server flags"]);
    let program = get(LIST).send(&router).await.json()["program"].clone();
    assert_eq!(
        (&program["title"], &program["version"], &program["instance"]),
        (&"server".into(), &"1.2.3".into(), &"pod-1".into())
    );
    assert!(program["start_time"].as_f64().unwrap() > 1.6e9);
}

#[tokio::test]
async fn page_of_a_missing_flag_says_that_there_is_none() {
    let router = open(&args());
    let page = get("/debug/flags/nope").page().send(&router).await;
    let page = page.assert_status(404).text;
    assert_eq!(all(&page, "<h2>", "</h2>")[0], "There is no such flag");
    assert!(!page.contains("nothing changed"));
}

#[tokio::test]
async fn clearing_all_names_each_override_with_its_revision() {
    let args = args();
    args.set("limit", "20").unwrap();
    args.set("metrics", "7").unwrap();
    let router = open(&args);
    let page = get(LIST).page().send(&router).await.text;
    let form = all(&page, "<details id=\"clear-all\">", "</form>")[0];
    let names = all(form, "name=\"name\" value=\"", "\"");
    let revisions = all(form, "name=\"revision\" value=\"", "\"");
    assert_eq!(names, ["limit", "metrics"]);
    let mut fields = Vec::new();
    for (name, revision) in names.iter().zip(&revisions) {
        fields.extend([("name", *name), ("revision", *revision)]);
    }
    args.set("limit", "30").unwrap();
    let clear = || common::post("/debug/flags/clear").form(&fields);
    clear().send(&router).await.assert_status(409);
    assert_eq!(args.limit.get(), 30);
}

#[tokio::test]
async fn page_with_time_left_has_no_tag() {
    let args = args();
    let hour = std::time::Duration::from_secs(3600);
    args.edit([Edit::set("limit", "20").expires_in(hour)])
        .unwrap();
    let router = open(&args);
    let path = "/debug/flags?q=policy";
    let page = get(path).page().send(&router).await.assert_status(200);
    assert!(page.text.contains("expires") && page.header("etag").is_empty());
    // The same flags in JSON say nothing of the override.
    let json = get(path).send(&router).await.assert_status(200);
    assert!(!json.header("etag").is_empty());
}
