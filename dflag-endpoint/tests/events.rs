//! A client that follows the events misses nothing and delays no publish.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use common::{SECRET, args, get, mounted};
use dflag::{Edit, FlagSet, Layer, MASK, Source, SourceStatus};
use dflag_endpoint::Endpoint;
use dflag_endpoint::limits::{EVENT_BACKLOG, EVENT_CLIENTS};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt;

/// A client of the event stream.
struct EventClient {
    body: Body,
    buffer: String,
}

#[derive(Debug)]
struct Event {
    kind: String,
    id: Option<u64>,
    data: Value,
}

impl EventClient {
    async fn connect(router: &Router) -> Self {
        let request = Request::get("/debug/flags/events").header("host", "localhost");
        let response = router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            body: response.into_body(),
            buffer: String::new(),
        }
    }

    /// The next event; `None` when the stream ends.
    async fn try_next(&mut self) -> Option<Event> {
        let event = timeout(Duration::from_secs(60), self.read_event()).await;
        event.expect("no event in time")
    }

    async fn read_event(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.map(|text| text.trim_start_matches(": ").to_owned())
                };
                let next = field("event").map(|kind| Event {
                    kind,
                    id: field("id").map(|id| id.parse().unwrap()),
                    data: serde_json::from_str(&field("data").unwrap()).unwrap(),
                });
                let rest = rest.len();
                self.buffer.drain(..self.buffer.len() - rest);
                if next.is_some() {
                    return next;
                }
            } else {
                let frame = self.body.frame().await?.unwrap();
                self.buffer += std::str::from_utf8(frame.data_ref().unwrap()).unwrap();
            }
        }
    }

    async fn next(&mut self) -> Event {
        self.try_next().await.expect("the stream ended")
    }

    async fn next_of(&mut self, kind: &str) -> Event {
        let event = self.next().await;
        assert_eq!(event.kind, kind, "{event:?}");
        event
    }
}

fn router(args: &dflag::Flags<common::Args>) -> Router {
    mounted(Endpoint::new(args))
}

#[tokio::test]
async fn the_stream_begins_with_state_and_has_each_publish_once_in_order() {
    let args = args();
    args.set("limit", "11").unwrap();
    let router = router(&args);
    let mut client = EventClient::connect(&router).await;
    assert_eq!(client.next_of("state").await.data, json!({"generation": 2}));

    for limit in 12..20 {
        args.set("limit", &limit.to_string()).unwrap();
    }
    for generation in 3..11 {
        let publish = client.next_of("publish").await;
        assert_eq!(publish.id, Some(generation));
        let limit = |generation: u64| (generation + 9).to_string();
        let flags =
            json!([{"name": "limit", "old": limit(generation - 1), "new": limit(generation)}]);
        assert_eq!(
            publish.data,
            json!({"generation": generation, "flags": flags})
        );
    }
}

#[tokio::test]
async fn one_publish_is_one_event_with_secrets_masked() {
    let args = args();
    let router = router(&args);
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;
    let set: Arc<dyn FlagSet> = (&args).into();
    let mut layer = Layer::new("ConfigMap", "/etc/dflag");
    layer.text(
        "message",
        "/etc/dflag/message",
        "two\nlines\r\nand </script>",
    );
    layer.text("upstream_token", "/etc/dflag/upstream_token", "hunter3");
    set.propose(&layer).unwrap();
    let publish = client.next_of("publish").await;
    let flags = json!([
        {"name": "message", "old": null, "new": "two\nlines\r\nand </script>"},
        {"name": "upstream-token", "old": MASK, "new": MASK},
    ]);
    assert_eq!(publish.data["flags"], flags);
    assert_ne!(args.upstream_token.get(), SECRET);
}

#[tokio::test]
async fn a_slow_client_gets_state_again_and_delays_no_publish() {
    let args = args();
    let router = router(&args);
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;
    let publishes = u64::try_from(3 * EVENT_BACKLOG).unwrap();
    for index in 0..publishes {
        args.set("limit", &(index % 100).to_string()).unwrap();
    }
    let state = client.next_of("state").await;
    assert_eq!(state.data["generation"], args.generation());
    args.set("limit", "200").unwrap();
    assert_eq!(
        client.next_of("publish").await.data["flags"][0]["new"],
        "200"
    );
}

#[tokio::test(start_paused = true)]
async fn a_publish_that_changes_no_value_is_reported_by_state() {
    let args = args();
    let router = router(&args);
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;
    // The origin changes, the value does not.
    args.set("limit", "10").unwrap();
    assert_eq!(args.generation(), 2);
    assert_eq!(client.next_of("state").await.data, json!({"generation": 2}));
}

struct Remote(Mutex<SourceStatus>);

impl Source for Remote {
    fn status(&self) -> SourceStatus {
        self.0.lock().unwrap().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_event_reports_failures_but_not_successful_scans() {
    let args = args();
    let set: Arc<dyn FlagSet> = (&args).into();
    let remote = Arc::new(Remote(Mutex::new(SourceStatus::new("remote", "there"))));
    let source: Arc<dyn Source> = Arc::clone(&remote) as _;
    set.attach(Arc::downgrade(&source));
    let router = router(&args);
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;

    let now = std::time::SystemTime::UNIX_EPOCH;
    remote.0.lock().unwrap().last_error = Some("no answer".to_owned());
    let event = client.next_of("source").await;
    assert_eq!(event.data["sources"][0]["name"], "remote");
    assert_eq!(event.data["sources"][0]["last_error"], "no answer");

    remote.0.lock().unwrap().last_error = None;
    remote.0.lock().unwrap().last_success = Some(now);
    remote.0.lock().unwrap().last_read = Some(now);
    assert_eq!(
        client.next_of("source").await.data["sources"][0]["last_error"],
        Value::Null
    );

    for seconds in 1..20 {
        let later = Some(now + Duration::from_secs(seconds));
        remote.0.lock().unwrap().last_success = later;
        remote.0.lock().unwrap().last_scan = later;
        remote.0.lock().unwrap().last_read = later;
        // An override may change the flags between two scans.
        remote.0.lock().unwrap().generation = seconds;
        let silence = timeout(Duration::from_millis(1_500), client.read_event()).await;
        assert!(silence.is_err(), "{silence:?}");
    }
    remote.0.lock().unwrap().unknown_keys = vec!["limits".to_owned()];
    let event = client.next_of("source").await;
    assert_eq!(event.data["sources"][0]["unknown_keys"], json!(["limits"]));
    assert_eq!(event.data["sources"][0]["last_success"], 19.0);
}

#[tokio::test(start_paused = true)]
async fn comments_keep_an_idle_connection_alive() {
    let args = args();
    let router = router(&args);
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;
    let frame = client.body.frame().await.unwrap().unwrap();
    assert!(frame.data_ref().unwrap().starts_with(b":"), "{frame:?}");
}

#[tokio::test]
async fn the_number_of_clients_is_limited_and_a_client_that_leaves_makes_room() {
    let args = args();
    let router = router(&args);
    let mut clients = Vec::new();
    for _ in 0..EVENT_CLIENTS {
        clients.push(EventClient::connect(&router).await);
    }
    let one_more = get("/debug/flags/events").send(&router);
    let rejected = timeout(Duration::from_secs(10), one_more).await;
    rejected
        .expect("one client too many was accepted")
        .assert_status(429)
        .error();
    clients.pop();
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;
}

#[tokio::test]
async fn the_stream_ends_on_shutdown() {
    let args = args();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let endpoint = Endpoint::new(&args).events_until(async { drop(stopped.await) });
    let router = mounted(endpoint);
    let mut clients = [
        EventClient::connect(&router).await,
        EventClient::connect(&router).await,
    ];
    for client in &mut clients {
        client.next_of("state").await;
    }
    drop(stop);
    for client in &mut clients {
        assert!(client.try_next().await.is_none());
    }
    let mut late = EventClient::connect(&router).await;
    assert!(late.try_next().await.is_none());
}

#[tokio::test]
async fn the_stream_ends_with_the_router() {
    let args = args();
    let router = router(&args);
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;
    drop(router);
    assert!(client.try_next().await.is_none());
    // The subscription is gone, too.
    args.set("limit", "20").unwrap();
}

#[tokio::test(start_paused = true)]
async fn clients_that_never_read_keep_no_place() {
    let args = args();
    let router = router(&args);
    let mut idle = Vec::new();
    for _ in 0..EVENT_CLIENTS {
        idle.push(EventClient::connect(&router).await);
    }
    let rejected = get("/debug/flags/events")
        .send(&router)
        .await
        .assert_status(429);
    assert_ne!(rejected.header("retry-after"), "");

    tokio::time::sleep(Duration::from_secs(11)).await;
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;
    args.set("limit", "11").unwrap();
    client.next_of("publish").await;
    // The first one has lost its place.
    for (index, client) in idle.iter_mut().enumerate() {
        client.next_of("state").await;
        let next = client.try_next().await;
        assert_eq!(next.is_none(), index == 0, "{index}: {next:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn clients_that_read_keep_their_place_for_a_minute() {
    let args = args();
    let router = router(&args);
    let mut clients = Vec::new();
    for _ in 0..EVENT_CLIENTS {
        let mut client = EventClient::connect(&router).await;
        client.next_of("state").await;
        clients.push(tokio::spawn(async move {
            while client.body.frame().await.is_some() {}
        }));
    }
    tokio::time::sleep(Duration::from_secs(30)).await;
    get("/debug/flags/events")
        .send(&router)
        .await
        .assert_status(429);
    tokio::time::sleep(Duration::from_secs(31)).await;
    EventClient::connect(&router).await.next_of("state").await;
    // It took the place of the one that came first.
    clients.remove(0).await.unwrap();
    assert!(clients.iter().all(|client| !client.is_finished()));
}

#[tokio::test(start_paused = true)]
async fn a_renewed_override_is_a_state() {
    let args = args();
    let hour = Duration::from_secs(3600);
    args.set_for("limit", "11", hour).unwrap();
    let router = router(&args);
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;
    args.set_for("limit", "11", 2 * hour).unwrap();
    assert_eq!(client.next_of("state").await.data, json!({"generation": 2}));
}

#[tokio::test(start_paused = true)]
async fn a_publish_that_changes_more_than_its_values_is_followed_by_state() {
    let args = args();
    let hour = Duration::from_secs(3600);
    args.set_for("metrics", "2", hour).unwrap();
    let router = router(&args);
    let mut clients = [
        EventClient::connect(&router).await,
        EventClient::connect(&router).await,
    ];
    for client in &mut clients {
        client.next_of("state").await;
    }
    let set: Arc<dyn FlagSet> = (&args).into();
    let edits = [
        // Another origin, and another expiry.
        Edit::set("simulate", "false"),
        Edit::set("metrics", "2").expires_in(2 * hour),
    ];
    for edit in edits {
        let limit = args.limit.get() + 1;
        set.edit(&[Edit::set("limit", limit.to_string()), edit])
            .unwrap();
        for client in &mut clients {
            let publish = client.next_of("publish").await;
            assert_eq!(publish.data["flags"].as_array().unwrap().len(), 1);
            let state = client.next_of("state").await;
            assert_eq!(state.data["generation"], args.generation());
        }
    }

    // Values alone are no `state`.
    args.set("limit", "50").unwrap();
    for client in &mut clients {
        client.next_of("publish").await;
        let silence = timeout(Duration::from_secs(10), client.read_event()).await;
        assert!(silence.is_err(), "{silence:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn flags_that_change_all_the_time_do_not_hide_another_origin() {
    let args = args();
    let router = router(&args);
    let mut client = EventClient::connect(&router).await;
    client.next_of("state").await;
    args.set("limit", "11").unwrap();
    client.next_of("publish").await;
    args.set("simulate", "false").unwrap();
    for limit in 12..32 {
        args.set("limit", &limit.to_string()).unwrap();
        let next = timeout(Duration::from_millis(400), client.read_event());
        let mut next = next.await.unwrap().unwrap();
        if next.kind == "publish" {
            // Time for a poll.
            let poll = timeout(Duration::from_millis(400), client.read_event());
            match poll.await {
                Ok(event) => next = event.unwrap(),
                Err(_) => continue,
            }
        }
        assert_eq!(next.kind, "state");
        return;
    }
    panic!("another origin was not reported");
}

#[tokio::test]
async fn a_proxy_is_told_not_to_hold_events_back() {
    let args = args();
    let request = Request::get("/debug/flags/events").header("host", "localhost");
    let request = request.body(Body::empty()).unwrap();
    let response = router(&args).oneshot(request).await.unwrap();
    assert_eq!(response.headers()["x-accel-buffering"], "no");
}
