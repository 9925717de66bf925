//! Bearer tokens from a file.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use axum::http::request::Parts;
use common::{TOKEN, TestResponse, TokenFile, args, mounted, post};
use dflag_endpoint::limits::TOKEN_FILE_BYTES;
use dflag_endpoint::{Authorizer, BearerToken, Caller, Denied, Endpoint, FormToken};

const SET: &str = "/debug/flags/set";

async fn set_with(router: &axum::Router, authorization: &str) -> TestResponse {
    post(SET)
        .setting("limit", "20")
        .header("authorization", authorization)
        .send(router)
        .await
}

#[tokio::test]
async fn only_the_right_token_is_accepted() {
    let args = args();
    let file = TokenFile::new();
    let router = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    let missing = post(SET)
        .setting("limit", "20")
        .send(&router)
        .await
        .assert_status(403);
    assert!(
        missing
            .error()
            .starts_with("not allowed: no token was sent"),
        "{missing}"
    );
    for wrong in [
        "",
        "correct",
        "correct horses",
        "Correct horse",
        "correct horse\u{e9}",
    ] {
        let rejected = set_with(&router, &format!("Bearer {wrong}"))
            .await
            .assert_status(403);
        assert_eq!(
            rejected.error(),
            "not allowed: the token is wrong",
            "{wrong}"
        );
    }
    for scheme in [
        "Basic correct horse",
        "Bearercorrect horse",
        "correct horse",
        "Bearer",
    ] {
        set_with(&router, scheme).await.assert_status(403);
    }
    let twice = post(SET).setting("limit", "20").token(TOKEN).token(TOKEN);
    twice.send(&router).await.assert_status(403);
    assert_eq!(args.generation(), 1);

    set_with(&router, &format!("Bearer {TOKEN}"))
        .await
        .assert_status(200);
    set_with(&router, &format!("bearer  {TOKEN} "))
        .await
        .assert_status(200);
}

#[tokio::test]
async fn a_form_can_contain_the_token() {
    let args = args();
    let file = TokenFile::new();
    let router = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    let form = |token| post(SET).form(&[("name", "limit"), ("value", "20"), ("token", token)]);
    form("wrong").send(&router).await.assert_status(403);
    form("").send(&router).await.assert_status(403);
    form("a\nb").send(&router).await.assert_status(403);
    // A header takes precedence.
    form(TOKEN)
        .token("wrong")
        .send(&router)
        .await
        .assert_status(403);
    assert_eq!(args.generation(), 1);
    form(TOKEN).send(&router).await.assert_status(200);
}

struct FormOnly;

impl Authorizer for FormOnly {
    fn authenticate(&self, request: &Parts) -> Result<Caller, Denied> {
        assert!(!request.headers.contains_key("authorization"));
        match request.extensions.get().map(FormToken::as_str) {
            Some("a token") => Ok(Caller::new("form")),
            _ => Err(Denied::new("no")),
        }
    }

    fn wants_token(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn an_authorizer_gets_the_forms_token() {
    let args = args();
    let router = mounted(Endpoint::new(&args).allow_setting(FormOnly));
    let form = |token| post(SET).form(&[("name", "limit"), ("value", "20"), ("token", token)]);
    form("another").send(&router).await.assert_status(403);
    assert_eq!(args.generation(), 1);
    form("a token").send(&router).await.assert_status(200);
    assert_eq!(args.limit.get(), 20);
}

#[tokio::test]
async fn the_token_can_be_rotated_and_is_trimmed() {
    let args = args();
    let file = TokenFile::new();
    let router = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    set_with(&router, &format!("Bearer {TOKEN}"))
        .await
        .assert_status(200);
    file.write(" \n new token \r\n");
    set_with(&router, &format!("Bearer {TOKEN}"))
        .await
        .assert_status(403);
    set_with(&router, "Bearer new token")
        .await
        .assert_status(200);
}

#[tokio::test]
async fn a_file_without_a_token_denies_everyone_and_its_path_is_only_logged() {
    let args = args();
    let file = TokenFile::new();
    let dir = file.path.parent().unwrap().to_owned();
    let missing = BearerToken::file(dir.join("none"));
    let folder = BearerToken::file(&dir);
    let too_long = "x".repeat(TOKEN_FILE_BYTES + 1);
    for (authorizer, text) in [
        (file.authorizer(), ""),
        (file.authorizer(), " \n\t"),
        (file.authorizer(), &*too_long),
        (missing, ""),
        (folder, ""),
    ] {
        file.write(text);
        let router = mounted(Endpoint::new(&args).allow_setting(authorizer));
        for sent in ["Bearer ", "Bearer  ", &format!("Bearer {too_long}")] {
            let rejected = set_with(&router, sent).await.assert_status(403);
            assert_eq!(
                rejected.error(),
                "not allowed: the server has no token to compare with, its log says why"
            );
        }
    }
    assert_eq!(args.generation(), 1);
    let longest = "x".repeat(TOKEN_FILE_BYTES);
    file.write(&longest);
    let router = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    set_with(&router, &format!("Bearer {longest}"))
        .await
        .assert_status(200);
}
