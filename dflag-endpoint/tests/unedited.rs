//! A form of the page sets a flag only if its value was edited, or if its button says so.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::iter;

use clap::Parser;
use common::{SECRET, args, get, open, post};
use dflag::DynamicFlags;
use serde_json::json;

const SET: &str = "/debug/flags/set";

#[tokio::test]
async fn a_value_that_was_not_edited_is_not_set_and_can_be_pinned() {
    let args = args();
    let router = open(&args);
    let form = async |fields: &[(&str, &str)], status| {
        let form = [&[("name", "limit"), ("if_edited", "1")], fields].concat();
        post(SET)
            .form(&form)
            .send(&router)
            .await
            .assert_status(status)
    };
    let unedited = form(&[("value", "10"), ("expires_in", "")], 422).await;
    let problem = &unedited.json()["problems"][0];
    assert_eq!(
        (&problem["kind"], &problem["name"]),
        (&json!("unedited"), &json!("limit"))
    );
    assert_eq!(args.generation(), 1);
    assert!(!is_overridden(&router, "limit").await);

    form(&[("value", "10"), ("pin", "1")], 200).await;
    assert!(is_overridden(&router, "limit").await);
    args.clear("limit").unwrap();
    // The duration is an edit, too.
    form(&[("value", "10"), ("expires_in", "15m")], 200).await;
    assert!(is_overridden(&router, "limit").await);
    form(&[("value", "11")], 200).await;
    assert_eq!(args.limit.get(), 11);
}

#[tokio::test]
async fn a_script_sets_a_value_that_the_flag_has() {
    let args = args();
    let router = open(&args);
    let form = [("name", "limit"), ("value", "10")];
    post(SET).form(&form).send(&router).await.assert_status(200);
    assert!(is_overridden(&router, "limit").await);
}

#[tokio::test]
async fn an_empty_field_is_no_edit_of_a_secret_or_of_a_flag_without_a_value() {
    let args = args();
    let router = open(&args);
    for name in ["upstream-token", "message"] {
        let form = [("name", name), ("if_edited", "1"), ("value", "")];
        let unedited = post(SET).form(&form).send(&router).await;
        assert!(!unedited.assert_status(422).text.contains(SECRET));
    }
    assert_eq!(args.upstream_token.load().as_str(), SECRET);
}

#[tokio::test]
async fn a_duration_alone_is_no_edit_of_a_secret() {
    let args = args();
    let router = open(&args);
    let form = [
        ("name", "upstream-token"),
        ("if_edited", "1"),
        ("value", ""),
        ("expires_in", "15m"),
    ];
    let unedited = post(SET).form(&form).send(&router).await;
    let problem = &unedited.assert_status(422).json()["problems"][0];
    assert_eq!(problem["kind"], "unedited");
    assert_eq!(args.upstream_token.load().as_str(), SECRET);
}

#[tokio::test]
async fn a_duration_alone_overrides_a_flag_without_a_value_with_none() {
    let args = args();
    let router = open(&args);
    let form = [
        ("name", "message"),
        ("if_edited", "1"),
        ("value", ""),
        ("expires_in", "15m"),
    ];
    post(SET).form(&form).send(&router).await.assert_status(200);
    assert!(is_overridden(&router, "message").await);
    assert_eq!(args.message.load().as_deref(), None);
}

#[tokio::test]
async fn a_mark_that_is_repeated_counts_once() {
    let args = args();
    let router = open(&args);
    let mut form = vec![("name", "limit"), ("value", "10")];
    form.extend(iter::repeat_n(("if_edited", "1"), 1_000));
    let unedited = post(SET).form(&form).send(&router).await;
    let problems = &unedited.assert_status(422).json()["problems"];
    assert_eq!(problems.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_optional_flag_can_be_unset() {
    let args = args();
    args.set("message", "hi").unwrap();
    let router = open(&args);
    let page = get("/debug/flags").page().send(&router).await.text;
    assert_eq!(page.matches("name=\"unset\"").count(), 1, "{page}");
    let form = [("name", "message"), ("value", "hi"), ("unset", "1")];
    post(SET).form(&form).send(&router).await.assert_status(200);
    assert_eq!(args.message.load().as_deref(), None);
    assert!(is_overridden(&router, "message").await);

    let form = [("name", "limit"), ("value", "1"), ("unset", "1")];
    let rejected = post(SET).form(&form).send(&router).await;
    assert!(rejected.assert_status(422).error().contains("not optional"));
}

/// What clap takes for a value of the program's own, although its type is an `Option`.
#[derive(Clone, Debug, Parser, DynamicFlags)]
struct Own {
    #[arg(long, default_value = "1", value_parser = |text: &str| text.parse::<u8>().map(Some))]
    #[flag(dynamic)]
    share: std::option::Option<u8>,

    #[arg(long, default_value = "1")]
    #[flag(dynamic)]
    limit: Option<u8>,
}

#[tokio::test]
async fn only_a_flag_that_may_have_no_value_has_a_button_that_unsets_it() {
    let args = Own::try_parse_dynamic_from(["server"]).unwrap();
    let router = open(&args);
    for name in ["share", "limit"] {
        let json = get(&format!("/debug/flags/{name}"))
            .send(&router)
            .await
            .json();
        let page = get(&format!("/debug/flags/{name}")).page();
        let page = page.send(&router).await.text;
        let can_unset = args.edit([dflag::Edit::unset(name)]).is_ok();
        assert_eq!(json["is_optional"], can_unset, "{name}");
        assert_eq!(page.contains("name=\"unset\""), can_unset, "{name}");
        assert_eq!(can_unset, name == "limit");
    }
}

async fn is_overridden(router: &axum::Router, name: &str) -> bool {
    let flag = get(&format!("/debug/flags/{name}")).send(router).await;
    flag.json()["is_overridden"] == true
}
