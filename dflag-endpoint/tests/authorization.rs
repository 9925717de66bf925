//! A caller is authenticated before the body of its request is read, and authorized for each flag after it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::request::Parts;
use common::{Args, TOKEN, TestRequest, TokenFile, args, get, mounted, open, post};
use dflag::{DynamicFlags as _, FlagSet, Flags, Layer, MASK};
use dflag_endpoint::limits::{BODY_BYTES, BODY_TIMEOUT, FORM_TOKEN_BYTES, LONG_BODIES};
use dflag_endpoint::{Act, Authorizer, Caller, Denied, Endpoint};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, sleep, timeout};

const SET: &str = "/debug/flags/set";
const CLEAR: &str = "/debug/flags/clear";
const FORM: &str = "application/x-www-form-urlencoded";

/// A body of this beginning and then of `chunks`, each of 1 KiB, which never ends. It counts the chunks that are read.
fn unfinished(beginning: &str, chunks: usize) -> (Body, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let chunk = move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok::<_, io::Error>(vec![b'x'; 1 << 10])
    };
    let beginning = stream::iter([Ok(beginning.as_bytes().to_vec())]);
    let rest = stream::iter(0..chunks).map(chunk);
    (
        Body::from_stream(beginning.chain(rest).chain(stream::pending())),
        count,
    )
}

fn with_token(args: &Flags<Args>) -> (Router, TokenFile) {
    let file = TokenFile::new();
    let endpoint = Endpoint::new(args).allow_setting(file.authorizer());
    (mounted(endpoint), file)
}

#[tokio::test]
async fn nothing_is_read_for_a_caller_that_is_not_authenticated() {
    let args = args();
    let (router, _file) = with_token(&args);
    for (content_type, authorization) in [
        ("application/json", None),
        ("application/json", Some("Bearer wrong")),
        (FORM, Some("Bearer wrong")),
    ] {
        let (body, chunks) = unfinished("", 10);
        let mut request = post(SET).header("content-type", content_type).body(body);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        request
            .header("x-dflag", "1")
            .send(&router)
            .await
            .assert_status(403);
        assert_eq!(chunks.load(Ordering::SeqCst), 0, "{content_type}");
    }
}

#[tokio::test]
async fn a_little_of_a_form_is_read_for_its_token() {
    let args = args();
    let (router, _file) = with_token(&args);
    let form = |body| {
        post(SET)
            .header("content-type", FORM)
            .header("x-dflag", "1")
            .body(body)
    };

    let (body, chunks) = unfinished("name=message&value=", 1_000);
    let denied = form(body).send(&router).await.assert_status(403);
    assert!(denied.error().contains("no token was sent"), "{denied}");
    let read = chunks.load(Ordering::SeqCst);
    assert!(read <= FORM_TOKEN_BYTES / 1024 + 1, "{read} KiB");

    let text = "x".repeat(2 * FORM_TOKEN_BYTES);
    let first = format!("token=correct+horse&name=message&value={text}");
    form(Body::from(first))
        .send(&router)
        .await
        .assert_status(200);
    let last = format!("name=message&value={text}&token=correct+horse");
    form(Body::from(last))
        .send(&router)
        .await
        .assert_status(403);
    // A token that the first part may have only the beginning of.
    let padding = "x".repeat(FORM_TOKEN_BYTES - "value=&token=correct+".len());
    let cut = format!("value={padding}&token=correct+horse&name=limit&value=1");
    form(Body::from(cut)).send(&router).await.assert_status(403);
}

#[tokio::test]
async fn a_declared_length_that_is_too_large_is_rejected_at_once() {
    let args = args();
    for router in [open(&args), with_token(&args).0] {
        for length in [(BODY_BYTES + 1).to_string(), "9".repeat(18)] {
            let (body, chunks) = unfinished("", 10);
            let request = post(SET).header("content-type", "application/json");
            let rejected = request.header("content-length", &length).body(body);
            rejected.send(&router).await.assert_status(413).error();
            assert_eq!(chunks.load(Ordering::SeqCst), 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn further_long_bodies_wait_for_their_turn_and_short_ones_do_not() {
    let args = args();
    let router = open(&args);
    let json = |body| {
        post(SET)
            .header("content-type", "application/json")
            .body(body)
    };
    let mut unfinished_ones: Vec<_> = (0..LONG_BODIES)
        .map(|_| {
            json(unfinished(r#"{"flags":["#, 100).0)
                .send(&router)
                .boxed()
        })
        .collect();
    let all = futures_util::future::join_all(&mut unfinished_ones);
    timeout(Duration::from_secs(1), all).await.unwrap_err();

    let text = "x".repeat(2 * FORM_TOKEN_BYTES);
    let long = || post(SET).setting("message", &text).send(&router);
    assert!(timeout(Duration::from_secs(1), long()).await.is_err());
    post(SET)
        .setting("limit", "20")
        .send(&router)
        .await
        .assert_status(200);

    // The waiting one has its turn when another one ends.
    let (next, slow) = tokio::join!(long(), unfinished_ones.pop().unwrap());
    slow.assert_status(408);
    next.assert_status(200);
    assert_eq!(args.message.load().as_deref(), Some(&*text));
}

#[tokio::test(start_paused = true)]
async fn a_long_body_without_a_turn_is_rejected_with_retry_after() {
    let args = args();
    let router = open(&args);
    let text = "x".repeat(2 * FORM_TOKEN_BYTES);
    // Those of the first half have their turn at once, and those of the second when the first ones are too slow.
    let unfinished_ones = futures_util::future::join_all((0..2 * LONG_BODIES).map(async |index| {
        let is_later = index >= LONG_BODIES;
        sleep(Duration::from_secs(u64::from(is_later))).await;
        let request = post(SET).header("content-type", "application/json");
        request.body(unfinished(&text, 1).0).send(&router).await
    }));
    let long = async {
        sleep(Duration::from_secs(2)).await;
        post(SET).setting("message", &text).send(&router).await
    };
    let (unfinished_ones, rejected) = tokio::join!(unfinished_ones, long);
    let rejected = rejected.assert_status(503);
    let seconds = BODY_TIMEOUT.as_secs().to_string();
    assert_eq!(rejected.header("retry-after"), seconds);
    for response in unfinished_ones {
        response.assert_status(408);
    }
    assert_eq!(args.generation(), 1);
}

/// The answer of a running server to this request, whose body does not follow.
async fn raw(router: Router, headers: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async { axum::serve(listener, router).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("POST {SET} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = timeout(Duration::from_secs(60), stream.read(&mut answer));
    let length = length.await.unwrap().unwrap();
    server.abort();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn only_an_authenticated_caller_is_told_to_continue() {
    let args = args();
    let (router, _file) = with_token(&args);
    let headers =
        "Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n";
    let denied = raw(router.clone(), headers).await;
    assert!(denied.starts_with("HTTP/1.1 403"), "{denied}");
    let allowed = format!("{headers}Authorization: Bearer {TOKEN}\r\n");
    let allowed = raw(router.clone(), &allowed).await;
    assert!(allowed.starts_with("HTTP/1.1 100 Continue"), "{allowed}");
    let too_long =
        format!("{headers}Authorization: Bearer {TOKEN}\r\n").replace("100\r", "9999999\r");
    let too_long = raw(router, &too_long).await;
    assert!(too_long.starts_with("HTTP/1.1 413"), "{too_long}");
}

/// Callers have their rights in a header, such as `read:*,set:limit`.
struct Rights;

impl Authorizer for Rights {
    fn authenticate(&self, request: &Parts) -> Result<Caller, Denied> {
        let rights = request.headers.get("x-rights");
        let rights = rights.ok_or_else(|| Denied::new("who are you?"))?;
        Ok(Caller::new("ann").with_groups(rights.to_str().unwrap().split(',')))
    }

    fn authorize(&self, caller: &Caller, act: Act, flag: &str) -> Result<(), Denied> {
        let act = match act {
            Act::Read => "read",
            Act::Set => "set",
            Act::Clear => "clear",
            other => panic!("{other:?}"),
        };
        let rights = [format!("{act}:{flag}"), format!("{act}:*")];
        if caller
            .groups()
            .any(|right| rights.iter().any(|allowed| allowed == right))
        {
            Ok(())
        } else if flag == "pin" {
            panic!("the pin is not discussed")
        } else {
            Err(Denied::new(format!("{caller} may not")))
        }
    }
}

#[tokio::test]
async fn rights_are_those_of_act_and_flag() {
    let args = args();
    args.set("limit", "20").unwrap();
    let router = mounted(Endpoint::new(&args).allow_setting(Rights));
    let set = |names: &[&str]| {
        let flags: Vec<_> = names
            .iter()
            .map(|name| json!({"name": name, "value": "1"}))
            .collect();
        post(SET).json(&json!({"flags": flags}))
    };
    let send = async |request: TestRequest, rights: &str, status| {
        request
            .header("x-rights", rights)
            .send(&router)
            .await
            .assert_status(status)
    };
    // An alias is another name of the same flag, and a flag is asked for once.
    send(set(&["max", "limit"]), "set:limit", 200).await;
    send(set(&["limit"]), "set:simulate,clear:limit", 403).await;
    send(
        post(CLEAR).json(&json!({"flags": ["limit"]})),
        "set:limit",
        403,
    )
    .await;
    send(set(&["none"]), "set:none", 404).await;
    let denied = send(
        set(&["limit", "message", "metrics", "pin"]),
        "set:limit",
        403,
    )
    .await;
    let expected = "not allowed: `message`: ann may not\n`metrics`: ann may not\n\
                    `pin`: the program could not authorize the request";
    assert_eq!(denied.error(), expected);
    let problems = &denied.json()["problems"];
    assert_eq!(
        (&problems[0]["kind"], &problems[0]["name"]),
        (&json!("denied"), &json!("message"))
    );
    assert_eq!((args.limit.get(), args.generation()), (1, 3));
    send(
        post(CLEAR).json(&json!({"flags": ["limit"]})),
        "clear:limit",
        200,
    )
    .await;

    let page = post(SET)
        .form(&[("name", "message"), ("value", "typed")])
        .page();
    let page = send(page, "set:limit", 403).await;
    assert!(
        page.text
            .contains("id=\"error-message\">`message`: ann may not"),
        "{page}"
    );
}

#[tokio::test]
async fn a_request_that_sets_and_clears_needs_both_rights() {
    let args = args();
    args.set("limit", "20").unwrap();
    let router = mounted(Endpoint::new(&args).allow_setting(Rights));
    let edits = json!({"flags": [
        {"name": "limit", "clear": true},
        {"name": "metrics", "value": 5},
        {"name": "message", "unset": true},
    ]});
    for (rights, status) in [
        ("set:*", 403),
        ("set:metrics,clear:*", 403),
        ("set:metrics,set:message,clear:limit", 200),
    ] {
        let request = post(SET).json(&edits).header("x-rights", rights);
        request.send(&router).await.assert_status(status);
    }
    assert_eq!((args.limit.get(), args.metrics.get()), (10, 5));
}

#[tokio::test]
async fn a_revert_needs_the_right_to_set_every_flag_that_changed() {
    let args = args();
    let router = mounted(Endpoint::new(&args).allow_setting(Rights));
    args.set("limit", "20").unwrap();
    let after_limit = args.generation();
    args.set("message", "hi").unwrap();
    let revert = async |generation: u64, rights: &str, status| {
        let body = json!({"generation": generation});
        let request = post("/debug/flags/revert").json(&body);
        let request = request.header("x-rights", rights);
        request.send(&router).await.assert_status(status)
    };
    let denied = revert(1, "set:message,clear:limit", 403).await;
    assert_eq!(denied.error(), "not allowed: `limit`: ann may not");
    assert_eq!(args.limit.get(), 20);
    // The limit has not changed since.
    revert(after_limit, "set:message", 200).await;
    assert_eq!(args.message.load().as_deref(), None);
    revert(1, "set:message,set:limit", 200).await;
    assert_eq!(args.limit.get(), 10);
}

fn names(listing: &Value) -> Vec<&str> {
    let flags = listing["flags"].as_array().unwrap();
    flags
        .iter()
        .map(|flag| flag["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn reading_can_be_restricted() {
    let args = args();
    let endpoint = Endpoint::new(&args)
        .allow_setting(Rights)
        .restrict_reading();
    let router = mounted(endpoint.setting_while(|| false));
    args.set("limit", "3").unwrap();
    args.set("message", "for others").unwrap();
    for path in [
        "",
        "/limit",
        "/none",
        "/events",
        "/metrics",
        "/history",
        "/configmap.yaml",
    ] {
        let path = format!("/debug/flags{path}");
        for request in [get(&path), get(&path).page()] {
            let denied = request.send(&router).await.assert_status(403);
            assert!(!denied.text.contains("simulate"), "{denied}");
        }
    }
    for path in ["/style.css", "/script.js"] {
        get(&format!("/debug/flags{path}"))
            .send(&router)
            .await
            .assert_status(200);
    }
    let read = async |path: &str, status| {
        let request =
            get(&format!("/debug/flags{path}")).header("x-rights", "read:limit,read:policy");
        request.send(&router).await.assert_status(status)
    };
    let list = read("", 200).await;
    assert_eq!(names(&list.json()), ["limit", "policy"]);
    assert_eq!(list.header("etag"), "");
    assert_eq!(
        names(&read("?name=limit&name=message", 200).await.json()),
        ["limit"]
    );
    read("/limit", 200).await;
    assert_eq!(
        read("/message", 403).await.error(),
        "not allowed: ann may not"
    );
    assert!(
        !read("/message?format=html", 403)
            .await
            .text
            .contains("A greeting")
    );
    read("/none", 404).await;
    let page = read("?format=html", 200).await;
    assert!(page.text.contains("id=\"flag-limit\"") && !page.text.contains("id=\"flag-message\""));
    assert!(page.text.contains("2 of 2 shown"), "{page}");
    read("/metrics", 200).await;
    for path in [
        "/history",
        "/history?format=html",
        "/configmap.yaml",
        "?format=html",
    ] {
        let page = read(path, 200).await;
        assert!(page.text.contains("limit"), "{path}: {page}");
        assert!(!page.text.contains("message"), "{path}: {page}");
    }
}

#[tokio::test]
async fn an_edit_under_restricted_reading_shows_what_the_caller_may_read() {
    let args = args();
    let file = TokenFile::new();
    let endpoint = || Endpoint::new(&args).restrict_reading();
    let by_token = mounted(endpoint().allow_setting(file.authorizer()));
    let form = |token| {
        post(SET)
            .form(&[("token", token), ("name", "limit"), ("value", "x")])
            .page()
    };
    let denied = form("wrong").send(&by_token).await.assert_status(403);
    assert!(!denied.text.contains("simulate"), "{denied}");
    let rejected = form(TOKEN).send(&by_token).await.assert_status(422);
    assert!(rejected.text.contains("id=\"flag-simulate\""), "{rejected}");

    let by_rights = mounted(endpoint().allow_setting(Rights));
    let form = post(SET).form(&[("name", "limit"), ("value", "x")]).page();
    let rejected = form
        .header("x-rights", "set:limit,read:limit")
        .send(&by_rights)
        .await;
    let rejected = rejected.assert_status(422);
    assert!(rejected.text.contains("id=\"flag-limit\""), "{rejected}");
    assert!(
        !rejected.text.contains("id=\"flag-simulate\""),
        "{rejected}"
    );

    let nobody = mounted(endpoint());
    get("/debug/flags").send(&nobody).await.assert_status(403);
}

#[tokio::test]
async fn an_answer_to_an_edit_masks_what_the_caller_may_not_read() {
    let args = args();
    let endpoint = Endpoint::new(&args)
        .allow_setting(Rights)
        .restrict_reading();
    let router = mounted(endpoint);
    args.set("message", "for others").unwrap();
    let generation = args.generation();
    let send = async |path: &str, body: Value, status| {
        let request = post(&format!("/debug/flags/{path}")).json(&body);
        let request = request.header("x-rights", "read:limit,set:*,clear:*");
        let answer = request.send(&router).await.assert_status(status);
        assert!(!answer.text.contains("for others"), "{answer}");
        answer.json()
    };
    let edit = |revision: u64| {
        json!({"flags": [
            {"name": "message", "value": "mine", "revision": revision},
            {"name": "limit", "value": 20},
        ]})
    };
    let outdated = send("set", edit(1), 409).await;
    assert_eq!(outdated["problems"][0]["current_value"], MASK);
    let revision = args.flag("message").unwrap().revision;
    let result = send("set", edit(revision), 200).await;
    let flags = json!([
        {"name": "message", "old": MASK, "new": MASK},
        {"name": "limit", "old": "10", "new": "20"},
    ]);
    assert_eq!(result["flags"], flags);
    let reverted = send("revert", json!({"generation": generation}), 200).await;
    let flags = json!([
        {"name": "limit", "old": "20", "new": "10"},
        {"name": "message", "old": MASK, "new": MASK},
    ]);
    assert_eq!(reverted["flags"], flags);
    let clear = json!({"flags": ["message"]});
    send("clear", clear, 200).await;
}

#[tokio::test]
async fn events_have_the_flags_that_the_caller_may_read() {
    let args = Args::try_parse_dynamic_from(["server"]).unwrap();
    let set: Arc<dyn FlagSet> = (&args).into();
    let router = mounted(
        Endpoint::new(&args)
            .allow_setting(Rights)
            .restrict_reading(),
    );
    let request = axum::http::Request::get("/debug/flags/events")
        .header("host", "localhost")
        .header("x-rights", "read:limit");
    let request = request.body(Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(router.clone(), request)
        .await
        .unwrap();
    let mut events = response.into_body().into_data_stream();
    events.next().await.unwrap().unwrap();
    let mut layer = Layer::new("file", "flags.txt");
    layer.text("limit", "1", "5");
    layer.text("message", "2", "for others");
    set.propose(&layer).unwrap();
    let publish = events.next().await.unwrap().unwrap();
    let publish = String::from_utf8(publish.to_vec()).unwrap();
    assert!(
        publish.contains("\"limit\"") && !publish.contains("for others"),
        "{publish}"
    );
}
