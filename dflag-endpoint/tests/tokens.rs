//! Tokens: the file's, and no other.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

mod common;

use common::{Answer, TOKEN, TokenFile, args, mounted, post};
use dflag_endpoint::{BearerToken, Endpoint, limits::TOKEN_BYTES};

const SET: &str = "/debug/flags/set";

async fn set_with(router: &axum::Router, authorization: &str) -> Answer {
    post(SET)
        .setting("limit", "20")
        .header("authorization", authorization)
        .of(router)
        .await
}

#[tokio::test]
async fn who_knows_it_is_let_in() {
    let args = args();
    let file = TokenFile::new();
    let router = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    let missing = post(SET).setting("limit", "20").of(&router).await.is(403);
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
        let rejected = set_with(&router, &format!("Bearer {wrong}")).await.is(403);
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
        set_with(&router, scheme).await.is(403);
    }
    let twice = post(SET).setting("limit", "20").token(TOKEN).token(TOKEN);
    twice.of(&router).await.is(403);
    assert_eq!(args.generation(), 1);

    set_with(&router, &format!("Bearer {TOKEN}")).await.is(200);
    set_with(&router, &format!("bearer  {TOKEN} "))
        .await
        .is(200);
}

#[tokio::test]
async fn the_page_has_a_field_for_it() {
    let args = args();
    let file = TokenFile::new();
    let router = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    let form = |token| post(SET).form(&[("name", "limit"), ("value", "20"), ("token", token)]);
    form("wrong").of(&router).await.is(403);
    form("").of(&router).await.is(403);
    form("a\nb").of(&router).await.is(403);
    // What the header says counts, where there is one.
    form(TOKEN).token("wrong").of(&router).await.is(403);
    assert_eq!(args.generation(), 1);
    form(TOKEN).of(&router).await.is(200);
}

#[tokio::test]
async fn the_file_may_be_rotated_and_is_trimmed() {
    let args = args();
    let file = TokenFile::new();
    let router = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    set_with(&router, &format!("Bearer {TOKEN}")).await.is(200);
    file.write(" \n new token \r\n");
    set_with(&router, &format!("Bearer {TOKEN}")).await.is(403);
    set_with(&router, "Bearer new token").await.is(200);
}

#[tokio::test]
async fn a_file_without_a_token_lets_nobody_in_and_its_path_stays_in_the_log() {
    let args = args();
    let file = TokenFile::new();
    let dir = file.path.parent().unwrap().to_owned();
    let missing = BearerToken::file(dir.join("none"));
    let folder = BearerToken::file(&dir);
    let too_long = "x".repeat(TOKEN_BYTES + 1);
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
            let rejected = set_with(&router, sent).await.is(403);
            assert_eq!(
                rejected.error(),
                "not allowed: the server has no token to compare with, its log says why"
            );
        }
    }
    assert_eq!(args.generation(), 1);
    let longest = "x".repeat(TOKEN_BYTES);
    file.write(&longest);
    let router = mounted(Endpoint::new(&args).allow_setting(file.authorizer()));
    set_with(&router, &format!("Bearer {longest}"))
        .await
        .is(200);
}
