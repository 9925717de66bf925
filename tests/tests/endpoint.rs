//! The endpoint under load: 64 clients list and set while the ConfigMap changes 1,000 times.
//!
//! The contract: every answer is of one moment, each client sees time go forward and its own
//! changes, whoever follows the events misses nothing, and memory stays flat.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unnecessary_wraps,
    reason = "a test fails loudly, and an authorizer may deny"
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
const FOLLOWERS: usize = 4;

/// The least that each client does, however fast the ConfigMap is.
const ROUNDS: u32 = 10;

/// What memory may grow by: what the allocator keeps of so many answers at a time.
const GROWTH: u64 = 16 << 20;

const PATIENCE: Duration = Duration::from_secs(120);

macro_rules! clients {
    ($($own:ident)*) => {
        #[derive(Clone, Debug, Parser, DynamicFlags)]
        struct Args {
            /// The ConfigMap's turn.
            #[arg(long, default_value_t = 0)]
            #[flag(dynamic)]
            one: u32,
            /// The same.
            #[arg(long, default_value_t = 0)]
            #[flag(dynamic)]
            other: u32,
            /// What ends the events.
            #[arg(long)]
            #[flag(dynamic)]
            done: bool,
            $(
                /// A client's own.
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
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{answer}");
    serde_json::from_str(body).unwrap()
}

/// The flags' values of a listing.
fn values(listing: &Value) -> BTreeMap<&str, &str> {
    let flags = listing["flags"].as_array().unwrap().iter();
    flags
        .map(|flag| {
            let field = |name: &str| flag[name].as_str().unwrap();
            (field("name"), field("current_value"))
        })
        .collect()
}

/// Sets its own flag and lists all, until the ConfigMap is done; gives the last value that it set.
async fn client(address: SocketAddr, own: &'static str, done: Arc<AtomicBool>) -> u32 {
    let mut seen = 0;
    let mut forward = |answer: &Value, what: &str| {
        let generation = answer["generation"].as_u64().unwrap();
        assert!(
            generation >= seen,
            "{own}: {what} of {generation} after {seen}"
        );
        seen = generation;
    };
    let mut round = 0;
    while round < ROUNDS || !done.load(Ordering::SeqCst) {
        let value = (round + 1).to_string();
        let body = json!({"flags": [{"name": own, "value": value}]}).to_string();
        let outcome = request(address, "POST", "/set", &body).await;
        let turned = json!([{"name": own, "old": round.to_string(), "new": value}]);
        assert_eq!(outcome["flags"], turned);
        forward(&outcome, "an outcome");

        let listing = request(address, "GET", "", "").await;
        forward(&listing, "a listing");
        let values = values(&listing);
        assert_eq!(values["one"], values["other"], "a torn answer");
        assert_eq!(values[own], value, "{own} does not see what it set");
        round += 1;
    }
    round
}

/// Follows the events until `done` is set, each change beginning where the one before ended;
/// gives each flag's last value, and how many publishes there were.
async fn follower(address: SocketAddr) -> (BTreeMap<String, String>, u32) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /debug/flags/events HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    let (mut known, mut seen, mut publishes) = (BTreeMap::new(), 0, 0);
    let mut kind = String::new();
    loop {
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
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
            // It fell behind, and reads anew what it will not be told any more.
            "state" => {
                let listing = self::request(address, "GET", "", "").await;
                let values = values(&listing).into_iter();
                known = values
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                seen = listing["generation"].as_u64().unwrap();
            }
            "publish" => {
                publishes += 1;
                let generation = data["generation"].as_u64().unwrap();
                // What the listing contained already.
                if generation > seen {
                    for flag in data["flags"].as_array().unwrap() {
                        let text = |field: &str| flag[field].as_str().unwrap().to_owned();
                        let before = known.insert(text("name"), text("new"));
                        assert_eq!(before, Some(text("old")), "generation {generation}: {data}");
                    }
                    seen = generation;
                }
            }
            _ => {}
        }
        if known.get("done").is_some_and(|done| done == "true") {
            return (known, publishes);
        }
    }
}

fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Changes the ConfigMap, both keys at a time.
fn update(volume: &mut Volume, args: &Flags<Args>, turns: std::ops::RangeInclusive<u32>) {
    for turn in turns {
        let text = turn.to_string();
        let payload: &[(&str, &[u8])] = &[("one", text.as_bytes()), ("other", text.as_bytes())];
        volume.write(payload).unwrap();
        // Now and then every change is seen, else what is written meanwhile may be passed over.
        if turn % 5 == 0 {
            wait::until(PATIENCE, "an update", || args.one.get() == turn);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn sixty_four_clients_and_a_thousand_updates_lose_and_tear_nothing() {
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
    let mut followers = JoinSet::new();
    for _ in 0..FOLLOWERS {
        followers.spawn_on(follower(address), runtime.handle());
    }
    let mut clients = JoinSet::new();
    for own in OWN {
        let client = client(address, own, Arc::clone(&done));
        clients.spawn_on(async move { (own, client.await) }, runtime.handle());
    }
    update(&mut volume, &args, 1..=UPDATES / 5);
    let warm = resident();
    update(&mut volume, &args, UPDATES / 5 + 1..=UPDATES);
    let hot = resident();
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
    for (known, publishes) in runtime.block_on(followers.join_all()) {
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
        warm >> 10,
        hot >> 10
    );
    assert!(hot < warm + GROWTH, "{warm} bytes, then {hot}");
    assert!(updater.status().last_error.is_none());
    updater.stop().unwrap();
}
