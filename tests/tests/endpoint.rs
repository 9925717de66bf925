//! The endpoint under load: 64 clients list and set flags while the ConfigMap changes 1,000 times.
//!
//! Every response is a consistent snapshot. The generations that a client gets never decrease, and a listing contains
//! what the client set before. A client of the events misses no change. Memory does not grow.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unnecessary_wraps,
    reason = "a test fails loudly, and an authorizer returns a result"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::request::Parts;
use clap::Parser;
use dflag::{DynamicFlags, Flags};
use dflag_endpoint::{Caller, Denied, Endpoint};
use dflag_tests::kubelet::Volume;
use dflag_tests::wait;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const CLIENTS: usize = 64;
const UPDATES: u32 = 1_000;
const EVENT_CLIENTS: usize = 4;

/// The minimum of each client, however fast the ConfigMap changes.
const ROUNDS: u32 = 10;

/// How much the memory may grow, since the allocator keeps memory of concurrent responses.
const GROWTH: u64 = 16 << 20;

const TIMEOUT: Duration = Duration::from_secs(120);

macro_rules! clients {
    ($($own:ident)*) => {
        #[derive(Clone, Debug, Parser, DynamicFlags)]
        struct Args {
            /// The number of the last update, set by the ConfigMap.
            #[arg(long, default_value_t = 0)]
            #[flag(dynamic)]
            one: u32,
            /// Set by the ConfigMap to the same value.
            #[arg(long, default_value_t = 0)]
            #[flag(dynamic)]
            other: u32,
            /// Set at the end, which stops the clients of the events.
            #[arg(long)]
            #[flag(dynamic)]
            done: bool,
            $(
                /// Set by one client.
                #[arg(long, default_value_t = 0)]
                #[flag(dynamic)]
                $own: u32,
            )*
        }

        const OWN: [&str; CLIENTS] = [$(stringify!($own)),*];
    };
}

clients! {
    c00 c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 c12 c13 c14 c15
    c16 c17 c18 c19 c20 c21 c22 c23 c24 c25 c26 c27 c28 c29 c30 c31
    c32 c33 c34 c35 c36 c37 c38 c39 c40 c41 c42 c43 c44 c45 c46 c47
    c48 c49 c50 c51 c52 c53 c54 c55 c56 c57 c58 c59 c60 c61 c62 c63
}

fn anyone(_: &Parts) -> Result<Caller, Denied> {
    Ok(Caller::new("anyone"))
}

async fn request(address: SocketAddr, method: &str, path: &str, body: &str) -> Value {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} /debug/flags{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len(),
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{response}");
    serde_json::from_str(body).unwrap()
}

/// The values of all flags in a listing.
fn values(listing: &Value) -> BTreeMap<&str, &str> {
    let flags = listing["flags"].as_array().unwrap().iter();
    flags
        .map(|flag| {
            let field = |name: &str| flag[name].as_str().unwrap();
            (field("name"), field("current_value"))
        })
        .collect()
}

/// Sets its own flag and lists all flags until the ConfigMap is done. Returns the last value that it set.
async fn client(address: SocketAddr, own: &'static str, done: Arc<AtomicBool>) -> u32 {
    let mut last = 0;
    let mut check_generation = |response: &Value, what: &str| {
        let generation = response["generation"].as_u64().unwrap();
        assert!(
            generation >= last,
            "{own}: {what} of generation {generation} after {last}"
        );
        last = generation;
    };
    let mut round = 0;
    while round < ROUNDS || !done.load(Ordering::SeqCst) {
        let value = (round + 1).to_string();
        let body = json!({"flags": [{"name": own, "value": value}]}).to_string();
        let outcome = request(address, "POST", "/set", &body).await;
        let changed = json!([{"name": own, "old": round.to_string(), "new": value}]);
        assert_eq!(outcome["flags"], changed);
        check_generation(&outcome, "an edit");

        let listing = request(address, "GET", "", "").await;
        check_generation(&listing, "a listing");
        let values = values(&listing);
        assert_eq!(values["one"], values["other"], "a torn snapshot");
        assert_eq!(values[own], value, "{own} does not get what it set");
        round += 1;
    }
    round
}

/// Reads events until `done` is set, and checks that each change continues from the last value.
/// Returns the last value of each flag and the number of publishes.
async fn event_client(address: SocketAddr) -> (BTreeMap<String, String>, u32) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /debug/flags/events HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    let (mut known, mut last, mut publishes) = (BTreeMap::new(), 0, 0);
    let mut kind = String::new();
    loop {
        let line = tokio::time::timeout(TIMEOUT, lines.next_line()).await;
        let line = line
            .expect("no event came")
            .unwrap()
            .expect("the events ended");
        if let Some(event) = line.strip_prefix("event: ") {
            event.clone_into(&mut kind);
        }
        let Some(data) = line.strip_prefix("data: ") else {
            continue;
        };
        let data: Value = serde_json::from_str(data).unwrap();
        match &*kind {
            // The client fell behind. It lists all flags, since it does not get the missed changes.
            "state" => {
                let listing = self::request(address, "GET", "", "").await;
                let values = values(&listing).into_iter();
                known = values
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                last = listing["generation"].as_u64().unwrap();
            }
            "publish" => {
                publishes += 1;
                let generation = data["generation"].as_u64().unwrap();
                // Otherwise the listing contains the change.
                if generation > last {
                    for flag in data["flags"].as_array().unwrap() {
                        let text = |field: &str| flag[field].as_str().unwrap().to_owned();
                        let before = known.insert(text("name"), text("new"));
                        assert_eq!(before, Some(text("old")), "generation {generation}: {data}");
                    }
                    last = generation;
                }
            }
            _ => {}
        }
        if known.get("done").is_some_and(|done| done == "true") {
            return (known, publishes);
        }
    }
}

/// The resident memory in bytes.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Writes updates of both keys with these numbers.
fn update(volume: &mut Volume, args: &Flags<Args>, updates: std::ops::RangeInclusive<u32>) {
    for update in updates {
        let text = update.to_string();
        let payload: &[(&str, &[u8])] = &[("one", text.as_bytes()), ("other", text.as_bytes())];
        volume.write(payload).unwrap();
        // Without waiting, the updater may skip updates.
        if update % 5 == 0 {
            wait::until(TIMEOUT, "an update", || args.one.get() == update);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn responses_and_events_stay_consistent_under_load() {
    let parent = tempfile::tempdir().unwrap();
    let mut volume = Volume::create(parent.path().join("flags")).unwrap();
    volume.write(&[("one", b"0"), ("other", b"0")]).unwrap();
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let updater = dflag_configmap::setup(&args, volume.root()).unwrap();
    let router = Endpoint::new(&args).allow_setting(anyone).router();
    let app = Router::new().nest_service("/debug/flags", router);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async { axum::serve(listener, app).await });

    let done = Arc::new(AtomicBool::new(false));
    let mut event_clients = JoinSet::new();
    for _ in 0..EVENT_CLIENTS {
        event_clients.spawn_on(event_client(address), runtime.handle());
    }
    let mut clients = JoinSet::new();
    for own in OWN {
        let client = client(address, own, Arc::clone(&done));
        clients.spawn_on(async move { (own, client.await) }, runtime.handle());
    }
    update(&mut volume, &args, 1..=UPDATES / 5);
    let before = resident();
    update(&mut volume, &args, UPDATES / 5 + 1..=UPDATES);
    let after = resident();
    done.store(true, Ordering::SeqCst);
    let last = runtime.block_on(clients.join_all());

    let body = json!({"flags": [{"name": "done", "value": true}]}).to_string();
    runtime.block_on(request(address, "POST", "/set", &body));
    let listing = runtime.block_on(request(address, "GET", "", ""));
    let values = values(&listing);
    assert_eq!((values["one"], values["other"]), ("1000", "1000"));
    for (own, value) in &last {
        assert_eq!(values[own], value.to_string(), "{own}");
    }
    for (known, publishes) in runtime.block_on(event_clients.join_all()) {
        assert!(publishes > 0);
        let known: BTreeMap<_, _> = known
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(known, values);
    }
    let rounds: u32 = last.iter().map(|(_, rounds)| rounds).sum();
    println!(
        "{rounds} rounds, generation {}, {} KiB then {} KiB",
        args.generation(),
        before >> 10,
        after >> 10
    );
    assert!(after < before + GROWTH, "{before} bytes, then {after}");
    assert!(updater.status().last_error.is_none());
    updater.stop().unwrap();
}
