//! The history as JSON and as a page, and reverting.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::Arc;

use common::{SECRET, TOKEN, TokenFile, anyone, args, get, mounted, open, post};
use dflag::{FlagSet, Layer, MASK};
use dflag_endpoint::Endpoint;
use serde_json::{Value, json};

const HISTORY: &str = "/debug/flags/history";
const REVERT: &str = "/debug/flags/revert";
const SET: &str = "/debug/flags/set";

fn layer(texts: &[(&str, &str)]) -> Layer {
    let mut layer = Layer::new("ConfigMap", "/etc/<b>dflag");
    layer.extend(texts.iter().copied());
    layer
}

/// The fields of an entry that are the same in each run.
fn without_times(mut entry: Value) -> Value {
    let fields = entry.as_object_mut().unwrap();
    for time in ["time", "last_time"] {
        assert!(fields.remove(time).unwrap().as_f64().unwrap() > 1.6e9);
    }
    entry
}

#[tokio::test]
async fn history_has_publishes_and_rejections_from_the_newest_to_the_oldest() {
    let args = args();
    let router = open(&args);
    args.propose(&layer(&[("limit", "20")])).unwrap();
    for _ in 0..2 {
        args.propose(&layer(&[("limit", "many")])).unwrap_err();
    }
    let set = json!({"flags": [{"name": "pin", "value": "4711"}], "reason": "incident 42"});
    post(SET).json(&set).send(&router).await.assert_status(200);
    let clear = json!({"flags": ["pin"], "reason": "over\u{202e}"});
    post("/debug/flags/clear")
        .json(&clear)
        .send(&router)
        .await
        .assert_status(200);
    post(SET)
        .form(&[("name", "limit"), ("value", "x"), ("reason", "a try")])
        .send(&router)
        .await
        .assert_status(422);

    let history = get(HISTORY).send(&router).await.assert_status(200).json();
    assert_eq!(history["generation"], 4);
    assert_eq!(history["oldest_generation"], 1);
    assert_eq!(history["revert_url"], REVERT);
    let entries = history["entries"].as_array().unwrap();
    let entries: Vec<Value> = entries.iter().cloned().map(without_times).collect();
    assert_eq!(entries.len(), 5);
    assert_eq!(entries[0]["outcome"], "rejected");
    assert_eq!(
        (&entries[0]["by"], &entries[0]["reason"]),
        (&json!("anyone"), &json!("a try"))
    );
    assert_eq!(entries[1]["reason"], "over\\u{202e}");
    assert_eq!(
        entries[2],
        json!({
            "generation": 3,
            "outcome": "applied",
            "trigger": "override",
            "trigger_location": null,
            "by": "anyone",
            "reason": "incident 42",
            "count": 1,
            "flags": [{"name": "pin", "old": MASK, "new": MASK}],
            "omitted_flags": 0,
            "problems": [],
            "omitted_problems": 0,
        })
    );
    assert_eq!(
        entries[3],
        json!({
            "generation": 2,
            "outcome": "rejected",
            "trigger": "ConfigMap",
            "trigger_location": "/etc/<b>dflag",
            "by": null,
            "reason": null,
            "count": 2,
            "flags": [],
            "omitted_flags": 0,
            "problems": ["`limit` (/etc/<b>dflag): invalid value 'many' for '--limit <requests>': invalid digit found in string"],
            "omitted_problems": 0,
        })
    );
    assert_eq!(
        entries[4]["flags"],
        json!([{"name": "limit", "old": "10", "new": "20"}])
    );
}

#[tokio::test]
async fn history_distinguishes_what_is_rolled_back_and_held_back() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let router = open(&args);
    set.propose(&layer(&[("limit", "20")])).unwrap();
    set.roll_back(&layer(&[("limit", "10")]).reason("more errors"))
        .unwrap();
    set.roll_back(&layer(&[("limit", "many")])).unwrap_err();
    set.hold_back(&layer(&[]).reason("the program crashed"));

    let history = get(HISTORY).send(&router).await.assert_status(200).json();
    let entries = history["entries"].as_array().unwrap();
    let outcomes: Vec<_> = entries.iter().map(|entry| &entry["outcome"]).collect();
    assert_eq!(
        outcomes,
        ["held back", "rollback failed", "rolled back", "applied"]
    );
    assert_eq!(entries[0]["reason"], "the program crashed");
    let page = get(HISTORY).page().send(&router).await.assert_status(200);
    for part in [
        "Held back in generation 3",
        "Rollback failed in generation 3",
        "<h2>Generation 3 <span class=\"badge bad\">rolled back</span>",
        "<dt>Reason</dt><dd>more errors</dd>",
    ] {
        assert!(page.text.contains(part), "{part} is not in {}", page.text);
    }
}

#[tokio::test]
async fn page_of_the_history_shows_everything_escaped_and_no_secret() {
    let args = args();
    let router = open(&args);
    args.propose(&layer(&[("limit", "20"), ("message", "<script>")]))
        .unwrap();
    args.propose(&layer(&[("limit", "<i>")])).unwrap_err();
    let set =
        json!({"flags": [{"name": "upstream-token", "value": "hunter3"}], "reason": "<u>why"});
    post(SET).json(&set).send(&router).await.assert_status(200);
    let page = get(HISTORY).page().send(&router).await.assert_status(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let text = &page.text;
    for markup in ["<b>dflag", "<script", "<i>", "<u>", "style=", "http:"] {
        assert!(!text.contains(markup), "{markup} is in {text}");
    }
    assert!(!text.contains(SECRET) && !text.contains("hunter3"));
    for part in [
        "<li>limit: <code>10</code> → <code>20</code></li>",
        "<li>message: <span class=\"none\">not set</span> → <code>&#60;script&#62;</code></li>",
        "<dt>By</dt><dd>anyone</dd>",
        "<dt>Reason</dt><dd>&#60;u&#62;why</dd>",
        "Rejected in generation 2",
        "action=\"revert\"",
        "Revert to generation 1<",
        "Revert to generation 2<",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("Revert to generation 3<"), "the current one");
    assert!(text.find("Generation 3") < text.find("Generation 2"));
    let list = get("/debug/flags").page().send(&router).await;
    assert!(list.text.contains("href=\"flags/history\""));

    let off = mounted(Endpoint::new(&args));
    let page = get(HISTORY).page().send(&off).await.assert_status(200);
    assert!(!page.text.contains("<form"));
    assert_eq!(get(HISTORY).send(&off).await.json()["revert_url"], "");
    let file = TokenFile::new();
    let with_token = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    let page = get(HISTORY).page().send(&with_token).await;
    assert!(page.text.contains("type=\"password\" name=\"token\""));
}

#[tokio::test]
async fn page_of_the_history_shows_invisible_characters_and_which_process_it_is() {
    let args = args();
    let endpoint = Endpoint::new(&args).title("server").instance("pod-1");
    let router = mounted(endpoint.allow_setting(anyone));
    let set = json!({
        "flags": [{"name": "message", "value": "a\u{202e}b"}],
        "reason": "why\u{200b}",
    });
    let set = post("/debug/flags/set").json(&set).send(&router).await;
    set.assert_status(200);
    let page = get(HISTORY).page().send(&router).await.assert_status(200);
    for part in [
        "<code>a\\u{202e}b</code>",
        "<dd>why\\u{200b}</dd>",
        "<title>pod-1 · server history</title>",
    ] {
        assert!(page.text.contains(part), "{part} is not in {}", page.text);
    }
}

#[tokio::test]
async fn revert_overrides_what_differs_and_says_so() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let router = open(&args);
    args.propose(&layer(&[("limit", "20"), ("port", "80"), ("pin", "1")]))
        .unwrap();
    set.freeze();
    let body = json!({"generation": 1, "reason": "more errors"});
    let response = post(REVERT).json(&body).send(&router).await;
    assert_eq!(
        response.assert_status(200).json(),
        json!({
            "reverted_to": 1,
            "generation": 3,
            "flags": [
                {"name": "limit", "old": "20", "new": "10"},
                {"name": "pin", "old": MASK, "new": MASK},
            ],
            "overridden": ["limit", "pin"],
            "static_flags": ["port"],
        })
    );
    assert_eq!((args.limit.get(), args.pin.get()), (10, 0));
    let newest = &get(HISTORY).send(&router).await.json()["entries"][0];
    assert_eq!(newest["trigger"], "revert to generation 1");
    assert_eq!(
        (&newest["by"], &newest["reason"]),
        (&json!("anyone"), &json!("more errors"))
    );

    // As a form.
    let form = post(REVERT)
        .page()
        .form(&[("generation", "2"), ("reason", "")]);
    let response = form.send(&router).await.assert_status(303);
    assert_eq!(response.header("location"), "history");
    assert_eq!(args.limit.get(), 20);
}

#[tokio::test]
async fn revert_is_rejected_like_an_edit() {
    let args = args();
    args.set("message", &"x".repeat(20_000)).unwrap();
    args.clear("message").unwrap();
    let router = open(&args);
    let body = |generation: u64| json!({"generation": generation});
    let missing = post(REVERT).json(&body(9)).send(&router).await;
    assert!(
        missing
            .assert_status(404)
            .error()
            .contains("the current one is 3")
    );
    let lost = post(REVERT).json(&body(2)).send(&router).await;
    let lost = lost.assert_status(422).json();
    assert_eq!(lost["problems"][0]["name"], "message");
    let page = post(REVERT).page().form(&[("generation", "9")]);
    let page = page.send(&router).await.assert_status(404);
    assert!(page.text.contains("there is no generation 9 yet"));

    // Off, without a token, or from another site.
    let off = mounted(Endpoint::new(&args));
    post(REVERT)
        .json(&body(1))
        .send(&off)
        .await
        .assert_status(403);
    let file = TokenFile::new();
    let with_token = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    post(REVERT)
        .json(&body(1))
        .send(&with_token)
        .await
        .assert_status(403);
    post(REVERT)
        .form(&[("generation", "1")])
        .header("origin", "https://other.example")
        .without("sec-fetch-site")
        .header("sec-fetch-site", "cross-site")
        .send(&router)
        .await
        .assert_status(403);
    assert_eq!(args.generation(), 3);

    post(REVERT)
        .form(&[("generation", "3"), ("token", TOKEN)])
        .send(&with_token)
        .await
        .assert_status(200);
    post(REVERT)
        .json(&json!({"generation": "1"}))
        .send(&router)
        .await
        .assert_status(400);
    get(REVERT).send(&router).await.assert_status(405);
}

#[tokio::test]
async fn revert_can_name_the_generation_that_was_seen() {
    let args = args();
    let router = open(&args);
    args.set("limit", "20").unwrap();
    let revert = async |from: u64, status| {
        let body = json!({"generation": 1, "from": from});
        let response = post(REVERT).json(&body).send(&router).await;
        response.assert_status(status)
    };
    args.set("metrics", "7").unwrap();
    let late = revert(2, 409).await;
    assert!(
        late.error().contains("generation 3, and not in 2"),
        "{late}"
    );
    revert(4, 400).await;
    assert_eq!((args.limit.get(), args.metrics.get()), (20, 7));
    revert(3, 200).await;
    assert_eq!((args.limit.get(), args.metrics.get()), (10, 1));

    // The page's form names it.
    let page = get(HISTORY).page().send(&router).await.text;
    assert!(page.contains("name=\"from\" value=\"4\""), "{page}");
}

#[tokio::test]
async fn revert_that_turns_setting_off_can_be_cleared() {
    let args = args();
    let switch = args.simulate.clone();
    let endpoint = Endpoint::new(&args).allow_setting(anyone);
    let router = mounted(endpoint.setting_while(move || switch.get()));
    args.propose(&layer(&[("simulate", "true")])).unwrap();
    let revert = post(REVERT).json(&json!({"generation": 1}));
    revert.send(&router).await.assert_status(200);
    assert!(!args.simulate.get());

    let set = || post(SET).setting("limit", "20");
    set().send(&router).await.assert_status(403);
    let revert = post(REVERT).json(&json!({"generation": 2}));
    revert.send(&router).await.assert_status(403);
    let clear = post("/debug/flags/clear").json(&json!({"flags": ["simulate"]}));
    clear.send(&router).await.assert_status(200);
    assert!(args.simulate.get());
    set().send(&router).await.assert_status(200);
}

#[tokio::test]
async fn rejected_form_keeps_its_reason() {
    let args = args();
    let router = open(&args);
    let page = post(SET)
        .page()
        .form(&[("name", "limit"), ("value", "x"), ("reason", "a try")])
        .send(&router)
        .await
        .assert_status(422);
    assert_eq!(page.text.matches("value=\"a try\"").count(), 1);
    assert!(
        page.text
            .contains("id=\"reason-limit\" name=\"reason\" value=\"a try\"")
    );
}
