//! All or selected flags as JSON or as a page.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use axum::Router;
use common::{Args, args, get, mounted, open, post};
use dflag::{DynamicFlags as _, FlagSet, Layer};
use dflag_endpoint::Endpoint;
use serde_json::{Value, json};
use std::sync::Arc;

fn names(listing: &Value) -> Vec<&str> {
    let flags = listing["flags"].as_array().unwrap();
    flags
        .iter()
        .map(|flag| flag["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn fields_of_the_go_page_have_the_same_meaning() {
    let args = Args::try_parse_dynamic_from(["server", "--limit=20"]).unwrap();
    let listing = get("/debug/flags")
        .send(&open(&args))
        .await
        .assert_status(200)
        .json();
    assert_eq!(
        listing["checksum_static"],
        args.listing().checksum_static.to_string()
    );
    assert_eq!(
        listing["checksum_dynamic"],
        args.listing().checksum_dynamic.to_string()
    );
    assert_eq!(listing["set_url"], "/debug/flags/set");
    let limit = &listing["flags"][1];
    assert_eq!(limit["name"], "limit");
    assert_eq!(limit["description"], "Most requests at a time");
    assert_eq!(
        (&limit["current_value"], &limit["default_value"]),
        (&json!("20"), &json!("10"))
    );
    assert_eq!(
        (
            &limit["is_changed"],
            &limit["is_dynamic"],
            &limit["is_json"]
        ),
        (&json!(true), &json!(true), &json!(false))
    );
    assert_eq!(
        (
            &listing["flags"][0]["is_changed"],
            &listing["flags"][0]["is_dynamic"]
        ),
        (&json!(false), &json!(false))
    );
    let policy = &listing["flags"][4];
    assert_eq!(policy["is_json"], true);
    assert_eq!(policy["current_value"], "{\n  \"rate\": 1.0\n}");
}

#[tokio::test]
async fn additional_fields_have_origin_generation_and_pending_restart() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    set.freeze();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("port", "/etc/dflag/port", "9090");
    layer.text("simulate", "/etc/dflag/simulate", "true");
    set.propose(&layer).unwrap();
    args.set("limit", "11").unwrap();

    let listing = get("/debug/flags")
        .send(&open(&args))
        .await
        .assert_status(200)
        .json();
    assert_eq!(listing["generation"], args.generation());
    assert_eq!(listing["clear_url"], "/debug/flags/clear");
    let [port, limit, simulate, level, _, message, ..] =
        listing["flags"].as_array().unwrap().as_slice()
    else {
        panic!("{listing}");
    };
    assert_eq!(port["pending_restart"], json!({"value": "9090"}));
    assert_eq!(
        (&limit["origin"], &limit["is_overridden"]),
        (&json!("override"), &json!(true))
    );
    assert_eq!(
        (&simulate["origin"], &simulate["origin_location"]),
        (&json!("ConfigMap"), &json!("/etc/dflag/simulate"))
    );
    assert_eq!(level["possible_values"], json!(["info", "debug"]));
    assert_eq!(level["environment_variable"], "DFLAG_ENDPOINT_LEVEL");
    assert_eq!(
        [&port["type"], &level["type"], &message["type"]],
        ["u16", "Level", "Option<String>"]
    );
    assert_eq!([&limit["min"], &limit["max"]], ["0", "255"]);
    assert_eq!(limit["unit"], "requests");
    assert_eq!(message["group"], "Texts");
    assert_eq!(message["max_length"], 1 << 24);
    assert_eq!(message["deprecated"], "nothing shows it");
    for field in ["group", "unit", "max", "min_length", "deprecated"] {
        assert_eq!(simulate[field], Value::Null, "{field}");
    }
    assert_eq!(
        (
            &message["is_set"],
            &message["has_default"],
            &message["current_value"]
        ),
        (&json!(false), &json!(false), &json!(""))
    );
}

#[tokio::test]
async fn the_query_selects_flags() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    set.freeze();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("port", "/etc/dflag/port", "9090");
    set.propose(&layer).unwrap();
    args.set("limit", "11").unwrap();
    let router = open(&args);
    let all = 9;
    for (query, expected) in [
        ("only_changed=true", &["limit", "upstream-token"] as &[_]),
        ("only_changed=1&type=dynamic&q=MOST", &["limit"]),
        ("type=static", &["port"]),
        ("pending=true", &["port"]),
        ("pending=true&type=static&type=dynamic", &["port"]),
        (
            "pending=false&only_changed=true",
            &["limit", "upstream-token"],
        ),
        ("only_changed=false&q=PORT", &["port"]),
        ("q=PORT", &["port"]),
        ("q=pretend", &["simulate"]),
        ("q=no+such", &[]),
        ("name=limit&name=log_level", &["limit", "log-level"]),
        ("name=max", &["limit"]),
        ("name=requests", &["limit"]),
        ("name=metrics", &["metrics"]),
        ("name=none", &[]),
    ] {
        let listing = get(&format!("/debug/flags?{query}"))
            .send(&router)
            .await
            .assert_status(200)
            .json();
        assert_eq!(names(&listing), expected, "{query}");
    }
    for query in [
        "",
        "only_changed=",
        "type=",
        "type=other",
        "type=dynamic&type=static",
        "only_changed=false",
        "pending=&q=&name=",
    ] {
        let listing = get(&format!("/debug/flags/?{query}"))
            .send(&router)
            .await
            .assert_status(200)
            .json();
        assert_eq!(names(&listing).len(), all, "{query}");
    }
    let dynamic = get("/debug/flags?type=dynamic").send(&router).await.json();
    assert_eq!(names(&dynamic).len(), all - 1);
}

#[tokio::test]
async fn one_flag_has_its_own_path() {
    let router = open(&args());
    let limit = get("/debug/flags/limit")
        .send(&router)
        .await
        .assert_status(200)
        .json();
    assert_eq!(limit["current_value"], "10");
    let alias = get("/debug/flags/max")
        .send(&router)
        .await
        .assert_status(200)
        .json();
    assert_eq!(alias, limit);
    let level = get("/debug/flags/log_level")
        .send(&router)
        .await
        .assert_status(200)
        .json();
    assert_eq!(level["name"], "log-level");
    let missing = get("/debug/flags/no%20such")
        .send(&router)
        .await
        .assert_status(404)
        .json();
    assert_eq!(missing["problems"][0]["name"], "no such");
    assert_eq!(missing["problems"][0]["kind"], "unknown");
    get("/debug/flags/%ff")
        .send(&router)
        .await
        .assert_status(400);
    get("/debug/flags/limit/more")
        .send(&router)
        .await
        .assert_status(404);
    let fixed = get("/debug/flags/metrics")
        .send(&router)
        .await
        .assert_status(200);
    assert!(fixed.text.starts_with("# HELP"));
}

#[tokio::test]
async fn clients_that_accept_html_get_a_page() {
    let router = open(&args());
    for path in ["/debug/flags", "/debug/flags/", "/debug/flags/limit"] {
        let page = get(path).page().send(&router).await.assert_status(200);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        let json = get(&format!("{path}?format=json"))
            .page()
            .send(&router)
            .await
            .assert_status(200);
        json.json();
    }
    get("/debug/flags/none")
        .page()
        .send(&router)
        .await
        .assert_status(404);
    let page = get("/debug/flags?format=html")
        .send(&router)
        .await
        .assert_status(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn links_contain_the_path_where_the_endpoint_is_mounted() {
    let endpoint = || Endpoint::new(&args()).allow_setting(common::anyone);
    for (router, path, set) in [
        (mounted(endpoint()), "/debug/flags/", "/debug/flags/set"),
        (mounted(endpoint()), "/debug/flags", "/debug/flags/set"),
        (
            Router::new().nest("/f", endpoint().router()),
            "/f",
            "/f/set",
        ),
        (endpoint().router(), "/", "/set"),
    ] {
        let listing = get(path).send(&router).await.assert_status(200).json();
        assert_eq!(listing["set_url"], set);
        post(set)
            .setting("limit", "11")
            .send(&router)
            .await
            .assert_status(200);
    }
}

#[tokio::test]
async fn edit_urls_are_empty_while_setting_is_off() {
    let listing = get("/debug/flags")
        .send(&mounted(Endpoint::new(&args())))
        .await
        .assert_status(200)
        .json();
    assert_eq!(
        (&listing["set_url"], &listing["clear_url"]),
        (&json!(""), &json!(""))
    );
}

#[tokio::test]
async fn a_route_rejects_other_methods() {
    let args = args();
    let router = open(&args);
    for path in [
        "/debug/flags",
        "/debug/flags/limit",
        "/debug/flags/events",
        "/debug/flags/metrics",
    ] {
        post(path)
            .setting("limit", "11")
            .send(&router)
            .await
            .assert_status(405)
            .json();
    }
    let rejected = get("/debug/flags/set?name=limit&value=11")
        .send(&router)
        .await
        .assert_status(405);
    assert_eq!(rejected.header("allow"), "POST");
    get("/debug/flags/clear?name=limit")
        .send(&router)
        .await
        .assert_status(405);
    get("/debug/flags/no/such")
        .send(&router)
        .await
        .assert_status(404)
        .json();
    assert_eq!(args.generation(), 1);
}

#[tokio::test]
async fn a_cached_asset_is_not_sent_again() {
    let router = open(&args());
    for (path, kind) in [("style.css", "text/css"), ("script.js", "text/javascript")] {
        let path = format!("/debug/flags/{path}");
        let asset = get(&path).send(&router).await.assert_status(200);
        assert!(asset.header("content-type").starts_with(kind));
        let tag = asset.header("etag").to_owned();
        let same = get(&path)
            .header("if-none-match", &tag)
            .send(&router)
            .await
            .assert_status(304);
        assert_eq!(same.text, "");
        get(&path)
            .header("if-none-match", "\"other\"")
            .send(&router)
            .await
            .assert_status(200);
    }
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let router = open(&args());
    for ask in [
        get("/debug/flags"),
        get("/debug/flags").page(),
        get("/debug/flags/style.css"),
        get("/debug/flags/none"),
        get("/debug/flags/none/at/all"),
        get("/debug/flags/metrics"),
        post("/debug/flags"),
        get("/debug/flags")
            .without("host")
            .header("host", "evil.example"),
    ] {
        let answer = ask.send(&router).await;
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'; "),
            "{answer}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(
            matches!(answer.header("cache-control"), "no-store" | "no-cache"),
            "{answer}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn an_unchanged_list_is_not_sent_again() {
    let args = args();
    let router = open(&args);
    let ask = async |path: &str, tag: &str, status| {
        let request = get(path).header("if-none-match", tag);
        request.send(&router).await.assert_status(status)
    };
    for path in [
        "/debug/flags",
        "/debug/flags?format=html",
        "/debug/flags?name=limit",
    ] {
        let tag = ask(path, "", 200).await.header("etag").to_owned();
        for _ in 0..2 {
            let same = ask(path, &tag, 304).await;
            assert_eq!((&*same.text, same.header("etag")), ("", &*tag));
        }
        ask(path, &format!("\"other\", W/{tag}"), 304).await;
        ask(path, "\"other\"", 200).await;
        ask(
            &format!("{path}{}q=x", if path.contains('?') { '&' } else { '?' }),
            &tag,
            200,
        )
        .await;

        let mut last = tag;
        for (name, value) in [("limit", "20"), ("limit", "21"), ("message", "hi")] {
            args.set(name, value).unwrap();
            let changed = ask(path, &last, 200).await;
            last = changed.header("etag").to_owned();
            ask(path, &last, 304).await;
        }
        args.clear("limit").unwrap();
        args.clear("message").unwrap();
    }
    // Another process of the program.
    let tag = ask("/debug/flags", "", 200).await.header("etag").to_owned();
    let other = open(&common::args());
    let answer = get("/debug/flags")
        .header("if-none-match", &tag)
        .send(&other)
        .await;
    answer.assert_status(200);
}

#[tokio::test]
async fn a_list_that_is_sent_once_more_is_the_current_one() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let is_on = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let endpoint = || {
        let is_on = Arc::clone(&is_on);
        let endpoint = Endpoint::new(&args).allow_setting(common::anyone);
        mounted(endpoint.setting_while(move || is_on.load(std::sync::atomic::Ordering::SeqCst)))
    };
    let list = async |router: &Router, path: &str| {
        let mut list = get(path).send(router).await.assert_status(200).json();
        list["program"]["start_time"].take();
        list
    };
    let router = endpoint();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    let steps: [&mut dyn FnMut(); 6] = [
        &mut || {},
        &mut || drop(args.set("limit", "20").unwrap()),
        // Neither a value nor the generation changes.
        &mut || {
            layer.text("limit", "/etc/dflag/limit", "5");
            set.propose(&layer).unwrap();
        },
        &mut || is_on.store(false, std::sync::atomic::Ordering::SeqCst),
        &mut || drop(args.clear("limit").unwrap()),
        &mut || set.freeze(),
    ];
    for step in steps {
        step();
        for path in ["/debug/flags", "/debug/flags", "/debug/flags?q=limit"] {
            let current = list(&endpoint(), path).await;
            assert_eq!(list(&router, path).await, current, "{path}");
        }
    }
}

#[tokio::test]
async fn a_list_that_changes_with_the_time_or_its_sources_is_sent_again() {
    struct Scanned(std::sync::atomic::AtomicU64);
    impl dflag::Source for Scanned {
        fn status(&self) -> dflag::SourceStatus {
            let mut status = dflag::SourceStatus::new("ConfigMap", "/etc/dflag");
            status.applied = self.0.load(std::sync::atomic::Ordering::SeqCst);
            status
        }
    }
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let source = Arc::new(Scanned(0.into()));
    let weak = Arc::downgrade(&source);
    set.attach(weak);
    let router = open(&args);
    let tag = async || {
        let answer = get("/debug/flags").send(&router).await.assert_status(200);
        answer.header("etag").to_owned()
    };
    let before = tag().await;
    source.0.store(1, std::sync::atomic::Ordering::SeqCst);
    let request = get("/debug/flags").header("if-none-match", &before);
    request.send(&router).await.assert_status(200);

    // What an override hides is no new generation.
    args.set("limit", "20").unwrap();
    let before = tag().await;
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("limit", "/etc/dflag/limit", "5");
    set.propose(&layer).unwrap();
    let request = get("/debug/flags").header("if-none-match", &before);
    request.send(&router).await.assert_status(200);

    // The time left is another one each time.
    args.set_for("limit", "20", std::time::Duration::from_secs(3600))
        .unwrap();
    assert_eq!(tag().await, "");
    let star = get("/debug/flags")
        .header("if-none-match", "*")
        .send(&router)
        .await;
    star.assert_status(200);
}
