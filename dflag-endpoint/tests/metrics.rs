//! The metrics for Prometheus have the right format and numbers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a test fails loudly, and the numbers are exact"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::http::request::Parts;
use common::{TOKEN, TokenFile, args, get, mounted, post};
use dflag::{Edit, FlagKind, FlagSet, Layer, Source, SourceObject, SourceStatus};
use dflag_endpoint::{Act, Authorizer, Caller, Denied, Endpoint};
use serde_json::{Value, json};

type Labels = BTreeMap<String, String>;

/// Metrics, parsed strictly by version 0.0.4 of the format.
#[derive(Debug, Default)]
struct Metrics {
    kinds: BTreeMap<String, String>,
    samples: BTreeMap<(String, Labels), f64>,
}

impl Metrics {
    fn parse(text: &str) -> Self {
        let mut metrics = Self::default();
        let mut helps = BTreeSet::new();
        let mut last = String::new();
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').unwrap();
                assert!(helps.insert(name.to_owned()), "a second HELP: {line}");
                assert!(!words.is_empty() && !words.contains('\\'), "{line}");
                name.clone_into(&mut last);
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert!(matches!(kind, "gauge" | "counter"), "{line}");
                assert_eq!(name, last, "TYPE follows HELP");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                assert!(
                    metrics
                        .kinds
                        .insert(name.to_owned(), kind.to_owned())
                        .is_none(),
                    "{line}"
                );
            } else {
                let (name, labels, value) = sample(line);
                assert_eq!(name, last, "a sample follows its TYPE");
                assert!(is_name(&name, true), "{line}");
                let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
                assert!(
                    metrics.samples.insert((name, labels), value).is_none(),
                    "twice: {line}"
                );
            }
        }
        metrics
    }

    async fn get(router: &Router) -> Self {
        let answer = get("/debug/flags/metrics")
            .send(router)
            .await
            .assert_status(200);
        assert_eq!(
            answer.header("content-type"),
            "text/plain; version=0.0.4; charset=utf-8"
        );
        Self::parse(&answer.text)
    }

    /// The only sample of `name` whose labels contain `labels`.
    #[track_caller]
    fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |of: &Labels| {
            labels
                .iter()
                .all(|(label, text)| of.get(*label).is_some_and(|of| of == text))
        };
        let mut samples = self
            .samples
            .iter()
            .filter(|((of, labels), _)| of == name && has(labels));
        let (_, value) = samples
            .next()
            .unwrap_or_else(|| panic!("no {name} {labels:?} in {self:?}"));
        assert!(samples.next().is_none(), "more than one {name} {labels:?}");
        *value
    }
}

fn is_name(name: &str, colons: bool) -> bool {
    let letter =
        |letter: char| letter.is_ascii_alphabetic() || letter == '_' || colons && letter == ':';
    name.starts_with(letter)
        && name
            .chars()
            .all(|next| letter(next) || next.is_ascii_digit())
}

/// `name{label="text",…} value`.
fn sample(line: &str) -> (String, Labels, &str) {
    let Some((name, rest)) = line.split_once('{') else {
        let (name, value) = line.split_once(' ').unwrap();
        return (name.to_owned(), Labels::new(), value);
    };
    let mut labels = Labels::new();
    let mut rest = rest;
    loop {
        let (label, after) = rest.split_once("=\"").unwrap();
        assert!(is_name(label, false), "{line}");
        let mut text = String::new();
        let mut letters = after.char_indices();
        let end = loop {
            match letters.next().unwrap() {
                (end, '"') => break end,
                (_, '\\') => text.push(match letters.next().unwrap().1 {
                    'n' => '\n',
                    escaped @ ('\\' | '"') => escaped,
                    other => panic!("\\{other} in {line}"),
                }),
                (_, letter) => text.push(letter),
            }
        };
        assert!(labels.insert(label.to_owned(), text).is_none(), "{line}");
        rest = &after[end + 1..];
        if let Some(value) = rest.strip_prefix("} ") {
            return (name.to_owned(), labels, value);
        }
        rest = rest.strip_prefix(',').unwrap_or_else(|| panic!("{line}"));
    }
}

struct Remote(SourceStatus);

/// The object of a source that knows it.
fn object() -> SourceObject {
    let mut object = SourceObject::new("default", "flags");
    object.resource_version = Some("4711".to_owned());
    object.manager = Some("kubectl-edit".to_owned());
    object.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000));
    object.delay = Some(Duration::from_millis(250));
    object
}

impl Source for Remote {
    fn status(&self) -> SourceStatus {
        self.0.clone()
    }
}

#[tokio::test]
async fn a_program_without_sources_has_metrics_of_its_flags() {
    let args = args();
    let router = mounted(Endpoint::new(&args));
    let metrics = Metrics::get(&router).await;
    assert!(
        metrics
            .samples
            .keys()
            .all(|(name, _)| !name.starts_with("dflag_config_")),
        "{metrics:?}"
    );
    assert_eq!(metrics.value("dflag_generation", &[]), 1.0);
    assert_eq!(metrics.value("dflag_overrides", &[]), 0.0);
    assert_eq!(metrics.value("dflag_pending_restarts", &[]), 0.0);

    args.set("limit", "20").unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    set.freeze();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text("port", "/etc/dflag/port", "9090");
    set.propose(&layer).unwrap();
    let metrics = Metrics::get(&router).await;
    assert_eq!(metrics.value("dflag_generation", &[]), 3.0);
    assert_eq!(metrics.value("dflag_overrides", &[]), 1.0);
    assert_eq!(metrics.value("dflag_pending_restarts", &[]), 1.0);
    for (kind, name) in [(FlagKind::Static, "static"), (FlagKind::Dynamic, "dynamic")] {
        let checksum = args.checksum(kind).to_string();
        assert_eq!(
            metrics.value(
                "dflag_checksum_info",
                &[("kind", name), ("checksum", &checksum)]
            ),
            1.0
        );
    }
}

#[tokio::test]
async fn requests_that_edit_are_counted_by_what_became_of_them() {
    let args = args();
    let file = TokenFile::new();
    let endpoint = Endpoint::new(&args).version("1.2.3");
    let router = mounted(endpoint.allow_setting(file.authorizer()));
    let send = async |path: &str, body: Value, token: &str, status| {
        let request = post(&format!("/debug/flags/{path}")).json(&body);
        let response = request.token(token).send(&router).await;
        response.assert_status(status);
    };
    let set = |value: &str| json!({"flags": [{"name": "limit", "value": value}]});
    send("set", set("20"), TOKEN, 200).await;
    send("set", set("30"), TOKEN, 200).await;
    send("set", set("many"), TOKEN, 422).await;
    send("set", json!({}), TOKEN, 400).await;
    send("set", set("30"), "wrong", 403).await;
    send("clear", json!({"flags": ["limit"]}), TOKEN, 200).await;
    send("clear", json!({"flags": ["limit"]}), "wrong", 403).await;
    send("revert", json!({"generation": 9}), TOKEN, 404).await;

    let metrics = Metrics::get(&router).await;
    for (act, counts) in [
        ("set", [2.0, 2.0, 1.0]),
        ("clear", [1.0, 0.0, 1.0]),
        ("revert", [0.0, 1.0, 0.0]),
    ] {
        for (outcome, count) in ["applied", "rejected", "denied"].into_iter().zip(counts) {
            let labels = [("act", act), ("outcome", outcome)];
            assert_eq!(
                metrics.value("dflag_edits_total", &labels),
                count,
                "{labels:?}"
            );
        }
    }
    assert_eq!(metrics.value("dflag_event_listeners", &[]), 0.0);
    assert_eq!(
        metrics.value("dflag_build_info", &[("version", "1.2.3")]),
        1.0
    );
}

#[tokio::test]
async fn clients_of_the_events_and_the_last_change_have_metrics() {
    let args = args();
    let router = mounted(Endpoint::new(&args));
    let last_change = "dflag_last_change_timestamp_seconds";
    let metrics = Metrics::get(&router).await;
    assert!(metrics.samples.keys().all(|(name, _)| name != last_change));

    let request = axum::http::Request::get("/debug/flags/events").header("host", "localhost");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let events = tower::ServiceExt::oneshot(router.clone(), request)
        .await
        .unwrap();
    args.set("limit", "20").unwrap();
    let metrics = Metrics::get(&router).await;
    assert_eq!(metrics.value("dflag_event_listeners", &[]), 1.0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    let ago = now - metrics.value(last_change, &[]);
    assert!((0.0..600.0).contains(&ago), "{ago}");
    drop(events);
    let metrics = Metrics::get(&router).await;
    assert_eq!(metrics.value("dflag_event_listeners", &[]), 0.0);
}

#[tokio::test]
async fn each_override_has_metrics_of_its_name_and_expiry_and_not_of_its_value() {
    let args = args();
    let router = mounted(Endpoint::new(&args));
    let set: Arc<dyn FlagSet> = (&args).into();
    let hour = Duration::from_secs(3600);
    let now = || {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.unwrap().as_secs_f64()
    };
    let before = now();
    set.edit(&[
        Edit::set("limit", "7").expires_in(hour),
        Edit::set("pin", "1234567"),
    ])
    .unwrap();
    let metrics = Metrics::get(&router).await;
    let of = |name: &str, flag: &str| metrics.value(name, &[("flag", flag)]);
    let has = |name: &str, flag: &str| {
        let is = |of: &(String, Labels)| of.0 == name && of.1["flag"] == flag;
        metrics.samples.keys().any(is)
    };
    assert_eq!(of("dflag_override_info", "limit"), 1.0);
    assert_eq!(of("dflag_override_info", "pin"), 1.0);
    let expiry = "dflag_override_expiry_timestamp_seconds";
    let at = of(expiry, "limit");
    assert!(at > before + 3590.0 && at < now() + 3610.0, "{at}");
    assert_eq!(of("dflag_override_overdue", "limit"), 0.0);
    assert!(!has(expiry, "pin") && !has("dflag_override_overdue", "pin"));
    assert!(!format!("{metrics:?}").contains("1234567"));

    args.clear("limit").unwrap();
    args.clear("pin").unwrap();
    let metrics = Metrics::get(&router).await;
    assert!(
        metrics
            .samples
            .keys()
            .all(|(name, _)| !name.starts_with("dflag_override_"))
    );
}

/// Metrics of a set with these sources.
async fn metrics_of(sources: &[Arc<dyn Source>], title: &str) -> Metrics {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    for source in sources {
        set.attach(Arc::downgrade(source));
    }
    Metrics::get(&mounted(Endpoint::new(&args).title(title))).await
}

#[tokio::test]
async fn a_source_that_follows_an_object_has_metrics_of_its_version() {
    let mut follows = SourceStatus::new("ConfigMap", "/etc/dflag");
    follows.object = Some(object());
    let sources: [Arc<dyn Source>; 2] = [
        Arc::new(Remote(follows)),
        Arc::new(Remote(SourceStatus::new("ConfigMap", "elsewhere"))),
    ];
    let metrics = metrics_of(&sources, "server").await;
    for (name, value) in [
        (
            "dflag_config_object_modified_timestamp_seconds",
            1_600_000_000.0,
        ),
        ("dflag_config_propagation_delay_seconds", 0.25),
    ] {
        assert_eq!(metrics.value(name, &[("location", "/etc/dflag")]), value);
    }
    let versions: Vec<_> = metrics
        .samples
        .iter()
        .filter(|((name, _), _)| name == "dflag_config_object_info")
        .map(|((_, labels), value)| {
            let label = |name| &*labels[name];
            let version = (label("resource_version"), label("manager"));
            (label("location"), version, *value)
        })
        .collect();
    assert_eq!(
        versions,
        [("/etc/dflag", ("4711", "kubectl-edit"), 1.0)],
        "only where it is known"
    );
}

#[tokio::test]
async fn each_source_has_metrics_of_its_last_reload() {
    let mut good = SourceStatus::new("ConfigMap", "/etc/dflag");
    good.applied = 7;
    good.rejected = 2;
    good.last_success = Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250));
    good.last_read = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_001));
    good.last_scan = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_002));
    good.rollbacks = 3;
    good.unknown_keys = vec!["a".to_owned(), "b".to_owned()];
    let mut bad = good.clone();
    bad.location = "/etc/\"other\"\\\n".to_owned();
    bad.last_error = Some("a\nb".to_owned());
    bad.last_read = None;
    bad.degraded = vec!["it was rejected".to_owned()];
    let sources: Vec<Arc<dyn Source>> = vec![
        Arc::new(Remote(SourceStatus::new("ConfigMap", "/etc/dflag"))),
        Arc::new(Remote(good)),
        Arc::new(Remote(bad)),
        Arc::new(Remote(SourceStatus::new("new", "nowhere"))),
    ];
    let metrics = metrics_of(&sources, "a \"b\"\\").await;
    assert!(
        metrics
            .samples
            .keys()
            .all(|(_, labels)| labels["set"] == "a \"b\"\\")
    );
    let of = |location| [("location", location)];
    for (location, successful) in [
        ("/etc/dflag", 1.0),
        ("/etc/\"other\"\\\n", 0.0),
        ("nowhere", 0.0),
    ] {
        assert_eq!(
            metrics.value("dflag_config_last_reload_successful", &of(location)),
            successful,
            "{location}"
        );
    }
    let time = "dflag_config_last_reload_success_timestamp_seconds";
    assert_eq!(metrics.value(time, &of("/etc/dflag")), 1_700_000_000.25);
    assert!(
        !metrics
            .samples
            .keys()
            .any(|(name, labels)| name == time && labels["location"] == "nowhere")
    );
    for (name, expected) in [
        ("last_scan", 1_700_000_002.0),
        ("last_read", 1_700_000_001.0),
    ] {
        let name = format!("dflag_config_{name}_timestamp_seconds");
        assert_eq!(metrics.value(&name, &of("/etc/dflag")), expected);
    }
    let read = "dflag_config_last_read_timestamp_seconds";
    assert_eq!(
        metrics.value(read, &of("/etc/\"other\"\\\n")),
        1_700_000_000.25,
        "a source that knows no more was read at its last success"
    );
    for (location, degraded) in [
        ("/etc/dflag", 0.0),
        ("/etc/\"other\"\\\n", 1.0),
        ("nowhere", 0.0),
    ] {
        assert_eq!(
            metrics.value("dflag_config_degraded", &of(location)),
            degraded
        );
    }
    let rollbacks = "dflag_config_rollbacks_total";
    assert_eq!(metrics.value(rollbacks, &of("/etc/dflag")), 3.0);
    assert_eq!(metrics.value(rollbacks, &of("nowhere")), 0.0);
    let total = |outcome| {
        metrics.value(
            "dflag_config_reloads_total",
            &[("location", "/etc/dflag"), ("outcome", outcome)],
        )
    };
    assert_eq!((total("applied"), total("rejected")), (7.0, 2.0));
    assert_eq!(
        metrics.value("dflag_config_unknown_keys", &of("/etc/dflag")),
        2.0
    );
    assert_eq!(metrics.kinds["dflag_config_reloads_total"], "counter");
}

/// Lets each edit go on when it is told to.
struct Waiting {
    started: mpsc::Sender<()>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl Authorizer for Waiting {
    fn authenticate(&self, _: &Parts) -> Result<Caller, Denied> {
        Ok(Caller::new("ann"))
    }

    fn authorize(&self, _: &Caller, _: Act, _: &str) -> Result<(), Denied> {
        self.started.send(()).unwrap();
        self.go_on.lock().unwrap().recv().unwrap();
        Ok(())
    }
}

#[tokio::test]
async fn an_edit_whose_client_has_left_is_counted() {
    let args = args();
    let (started, is_started) = mpsc::channel();
    let (tell, told) = mpsc::channel();
    let waiting = Waiting {
        started,
        go_on: Mutex::new(told),
    };
    let router = mounted(Endpoint::new(&args).allow_setting(waiting));
    let edit = Box::pin(
        post("/debug/flags/set")
            .setting("limit", "20")
            .send(&router),
    );
    let start = tokio::task::spawn_blocking(move || is_started.recv());
    tokio::select! {
        answer = edit => panic!("{answer}"),
        start = start => start.unwrap().unwrap(),
    }
    // The client has left.
    tell.send(()).unwrap();
    let applied = [("act", "set"), ("outcome", "applied")];
    for _ in 0..1_000 {
        let metrics = Metrics::get(&router).await;
        if metrics.value("dflag_edits_total", &applied) == 1.0 {
            assert_eq!(args.limit.get(), 20);
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!(
        "the edit was not counted, and the limit is {}",
        args.limit.get()
    );
}
