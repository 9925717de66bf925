//! Random requests to a running server get a status below 500 or none, change no flag without
//! permission, and don't affect the next request.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use common::{TOKEN, TokenFile, args, mounted};
use dflag_endpoint::Endpoint;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Time after which a server that does not answer counts as hanging.
const DEADLINE: Duration = Duration::from_secs(30);

/// How long a client keeps its side of the connection open.
const OPEN_TIME: Duration = Duration::from_millis(100);

fn serve(runtime: &Runtime, router: Router) -> SocketAddr {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async { axum::serve(listener, router).await });
    address
}

/// The bytes that the server sends for `request`.
fn send(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    // The server may close the connection before it has read everything.
    let _ = stream.write_all(request);
    // A server that waits for more of the request answers only once the client's side is closed.
    // A server need not answer a client that closes its side too early.
    stream.set_read_timeout(Some(OPEN_TIME)).unwrap();
    let mut response = vec![0; 1 << 16];
    let first = stream.read(&mut response).unwrap_or(0);
    response.truncate(first);
    let _ = stream.shutdown(Shutdown::Write);
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    match stream.read_to_end(&mut response) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            panic!("no answer to {}", request.escape_ascii())
        }
        _ => response,
    }
}

fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let text = select(vec![
        "name=limit&value=1",
        "name=pin",
        "&",
        "=",
        "value=",
        "token=",
        "token=correct",
        "%",
        "%00",
        "%ff",
        r#"{"flags":[{"name":"limit","value":1}]}"#,
        r#"{"flags":["#,
        r#"{"flags":["limit"]}"#,
        "[[[[[[[[",
        "null",
        "\"\\ud800\"",
        "1e999",
        "limit",
        "upstream-token",
        "\r\n",
        "\0",
        "é",
        "<script>",
        "../..",
        "/",
        "?",
        "#",
    ]);
    let piece = prop_oneof![
        4 => text.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
        1 => (any::<u8>(), 0..20_000_usize).prop_map(|(byte, count)| vec![byte; count]),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// A header that a client may send.
fn good_header() -> impl Strategy<Value = Vec<u8>> {
    let line = select(vec![
        "Accept: text/html",
        "Accept: application/json",
        "X-Dflag: 1",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Site: cross-site",
        "Origin: http://localhost",
        "Origin: null",
        "Authorization: Bearer wrong",
        "Authorization: Bearer ",
        "Authorization: Basic x",
        "Content-Type: application/json",
        "Content-Type: application/json",
        "Content-Type: text/plain",
        "Content-Type: application/x-www-form-urlencoded",
        "If-None-Match: *",
        "Connection: close",
        "Cookie: a=b",
    ]);
    line.prop_map(|line| [line.as_bytes(), b"\r\n"].concat())
}

/// A header that is malformed or unsuitable.
fn bad_header() -> impl Strategy<Value = Vec<u8>> {
    let name = select(vec![
        "Accept",
        "Authorization",
        "Content-Type",
        "Content-Length",
        "Transfer-Encoding",
        "Expect",
        "Origin",
        "Sec-Fetch-Site",
        "Host",
        "Upgrade",
        "X Y",
        "",
    ]);
    let value = prop_oneof![
        select(vec![
            "chunked",
            "100-continue",
            "0",
            "5",
            "99999999999999999999",
            "-1",
            "evil.example",
            "websocket"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
        (32..127_u8, 0..20_000_usize).prop_map(|(byte, count)| vec![byte; count]),
    ];
    (name, value).prop_map(|(name, value)| [name.as_bytes(), b": ", &value, b"\r\n"].concat())
}

/// Bytes that are mostly like a request to the endpoint.
fn request() -> impl Strategy<Value = Vec<u8>> {
    let method = select(vec![
        "GET", "GET", "POST", "POST", "POST", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE",
        "CONNECT", "get", "",
    ]);
    let route = select(vec![
        "",
        "/",
        "/set",
        "/set",
        "/set",
        "/clear",
        "/limit",
        "/metrics",
        "/style.css",
        "/none",
        "//",
        "/%ff",
    ]);
    let query = prop_oneof![3 => Just(Vec::new()), 1 => pieces()];
    let path = (route, query).prop_map(|(route, query)| {
        let query: Vec<u8> = query
            .into_iter()
            .filter(u8::is_ascii_graphic)
            .take(9_000)
            .collect();
        let mark: &[u8] = if query.is_empty() { b"" } else { b"?" };
        [b"/debug/flags", route.as_bytes(), mark, &query].concat()
    });
    let version = prop_oneof![8 => Just("HTTP/1.1"), 1 => Just("HTTP/1.0"), 1 => select(vec!["HTTP/2.0", "", "\u{e9}"])];
    let host = prop_oneof![8 => Just("Host: localhost\r\n"), 1 => select(vec!["Host: evil.example\r\n", "Host: a b\r\n", ""])];
    let header = prop_oneof![8 => good_header(), 1 => bad_header()];
    let headers = prop::collection::vec(header, 0..5).prop_map(|headers| headers.concat());
    let sized = prop_oneof![8 => Just(true), 1 => Just(false)];
    let parts = (method, path, version, host, headers, sized, pieces());
    parts.prop_map(|(method, path, version, host, headers, sized, body)| {
        let length = if sized {
            format!("Content-Length: {}\r\n", body.len())
        } else {
            String::new()
        };
        let line = [
            method.as_bytes(),
            b" ",
            &path,
            b" ",
            version.as_bytes(),
            b"\r\n",
        ]
        .concat();
        [
            &line,
            host.as_bytes(),
            &headers,
            length.as_bytes(),
            b"\r\n",
            &body,
        ]
        .concat()
    })
}

#[test]
fn no_request_breaks_the_server_or_changes_a_flag_without_permission() {
    let args = args();
    let file = TokenFile::new();
    let runtime = Runtime::new().unwrap();
    let endpoint = Endpoint::new(&args).allow_setting(file.authorizer());
    let address = serve(&runtime, mounted(endpoint));
    let before = args.listing();
    // A panic in a handler closes the connection, which malformed requests do as well.
    let panics = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&panics);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        count.fetch_add(1, Ordering::SeqCst);
        hook(panic);
    }));
    let cases =
        std::env::var("DFLAG_ENDPOINT_REQUESTS").map_or(1_000, |cases| cases.parse().unwrap());
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let mut statuses = std::collections::BTreeMap::new();
    let counts = std::cell::RefCell::new(&mut statuses);
    TestRunner::new(config)
        .run(&request(), |request| {
            let response = send(address, &request);
            let status = response
                .strip_prefix(b"HTTP/1.")
                .and_then(|rest| rest.get(2..5));
            let status = status
                .map_or("none", |status| std::str::from_utf8(status).unwrap())
                .to_owned();
            prop_assert!(
                status.as_str() < "500" || status == "none",
                "{}",
                response.escape_ascii()
            );
            *counts.borrow_mut().entry(status).or_insert(0) += 1;
            prop_assert_eq!(args.listing(), before.clone());
            Ok(())
        })
        .unwrap();
    assert_eq!(panics.load(Ordering::SeqCst), 0);
    println!("statuses: {statuses:?}");
    for status in ["200", "400", "403", "404", "405", "415"] {
        assert!(
            statuses.contains_key(status),
            "no request reached {status}: {statuses:?}"
        );
    }
    let body = r#"{"flags":[{"name":"limit","value":"20"}]}"#;
    let good = format!(
        "POST /debug/flags/set HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len(),
    );
    let response = send(address, good.as_bytes());
    assert!(
        response.starts_with(b"HTTP/1.1 200 "),
        "{}",
        response.escape_ascii()
    );
    assert_eq!(args.limit.get(), 20);
}
