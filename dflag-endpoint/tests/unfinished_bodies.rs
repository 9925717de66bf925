//! What bodies that never end cost a running server.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use common::{TokenFile, args, get, mounted, open};
use dflag_endpoint::Endpoint;
use dflag_endpoint::limits::{BODY_BYTES, FORM_TOKEN_BYTES};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const CLIENTS: usize = 300;

/// How much the process may grow, in KiB.
const GROWTH: usize = 8 << 10;

fn resident_kib() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

/// Sends as much of a body as the server accepts, and leaves the connection open.
async fn send(stream: &mut TcpStream, content_type: &str, body: &[u8]) {
    let request = format!(
        "POST /debug/flags/set HTTP/1.1\r\nHost: localhost\r\nX-Dflag: 1\r\nContent-Type: {content_type}\r\n\
         Content-Length: {BODY_BYTES}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // Until the server reads no more, or has answered.
    let sent = stream.write_all(body);
    timeout(Duration::from_millis(10), sent).await.ok();
}

/// One test, since it measures the process.
#[tokio::test]
async fn three_hundred_unfinished_bodies_take_little_memory() {
    let args = args();
    let file = TokenFile::new();
    let with_token = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    let all = vec![b'x'; BODY_BYTES - 1];
    let form = "application/x-www-form-urlencoded";
    let json = "application/json";
    for (router, content_type, body) in [
        (&with_token, form, &all[..FORM_TOKEN_BYTES / 2]),
        (&with_token, form, &all),
        (&with_token, json, &all),
        (&open(&args), json, &all[..FORM_TOKEN_BYTES / 2]),
        (&open(&args), json, &all),
    ] {
        let address = serve(router.clone()).await;
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(TcpStream::connect(address).await.unwrap());
        }
        // What the first request allocates once, and connections without a request.
        let mut first = TcpStream::connect(address).await.unwrap();
        send(&mut first, content_type, body).await;
        get("/debug/flags").send(router).await.assert_status(200);
        let before = resident_kib();
        for client in &mut clients {
            send(client, content_type, body).await;
        }
        let growth = resident_kib().saturating_sub(before);
        let sent = body.len();
        assert!(
            growth < GROWTH,
            "{content_type}, {sent} bytes: {growth} KiB"
        );
        get("/debug/flags").send(router).await.assert_status(200);
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}
