//! A program with flags of every kind, its endpoint, and requests to it without a server.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unnecessary_wraps,
    reason = "a test fails loudly, and an authorizer may deny"
)]

pub(crate) mod log;

use std::fmt;
use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use clap::{Parser, ValueEnum};
use dflag::validate::{max_len, some};
use dflag::{DynamicFlags, Flags};
use dflag_endpoint::{BearerToken, Caller, Denied, Endpoint};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) const TOKEN: &str = "correct horse";
pub(crate) const SECRET: &str = "hunter2hunter2";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Level {
    Info,
    Debug,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    pub(crate) rate: f64,
}

/// A program.
#[derive(Clone, Debug, Parser, DynamicFlags)]
#[flags(validate = Args::check)]
pub(crate) struct Args {
    /// Port to listen on.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,

    /// Most requests at a time.
    #[arg(long, default_value_t = 10, alias = "max", id = "requests")]
    #[flag(dynamic, unit = "requests")]
    pub(crate) limit: u8,

    /// Whether to pretend.
    #[arg(long)]
    #[flag(dynamic)]
    pub(crate) simulate: bool,

    /// Least severe level.
    #[arg(long, value_enum, default_value_t = Level::Info, env = "DFLAG_ENDPOINT_LEVEL")]
    #[flag(dynamic)]
    pub(crate) log_level: Level,

    /// Rate limits.
    #[arg(long, default_value = r#"{"rate":1.0}"#, value_parser = dflag::value::json::<Policy>())]
    #[flag(dynamic)]
    pub(crate) policy: Policy,

    /// A greeting, <b>bold</b> & "quoted".
    #[arg(long, help_heading = "Texts")]
    #[flag(dynamic, validate = some(max_len(1 << 24)), deprecated = "nothing shows it")]
    pub(crate) message: Option<String>,

    /// Token for the upstream.
    #[arg(long, default_value = "", alias = "password")]
    #[flag(dynamic, secret, validate = |text: &String| if text.contains(' ') { Err(format!("{text} has a space")) } else { Ok(()) })]
    pub(crate) upstream_token: String,

    /// A secret number.
    #[arg(long, default_value_t = 0)]
    #[flag(dynamic, secret)]
    pub(crate) pin: u32,

    /// A flag with the name of a route.
    #[arg(long, default_value_t = 1)]
    #[flag(dynamic)]
    pub(crate) metrics: u8,
}

impl Args {
    fn check(&self) -> Result<(), String> {
        if self.simulate && self.limit > 100 {
            return Err(format!("{} is too much to simulate", self.limit));
        }
        Ok(())
    }
}

pub(crate) fn args() -> Flags<Args> {
    Args::try_parse_dynamic_from(["server", "--upstream-token", SECRET]).unwrap()
}

/// A file with a token.
pub(crate) struct TokenFile {
    pub(crate) path: PathBuf,
    _dir: TempDir,
}

impl TokenFile {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = Self {
            path: dir.path().join("token"),
            _dir: dir,
        };
        file.write(&format!("{TOKEN}\n"));
        file
    }

    pub(crate) fn write(&self, text: &str) {
        std::fs::write(&self.path, text).unwrap();
    }

    pub(crate) fn authorizer(&self) -> BearerToken {
        BearerToken::file(&self.path)
    }
}

/// Allows every caller.
pub(crate) fn anyone(_: &axum::http::request::Parts) -> Result<Caller, Denied> {
    Ok(Caller::new("anyone"))
}

/// The endpoint, mounted as in a program.
pub(crate) fn mounted(endpoint: Endpoint) -> Router {
    Router::new().nest_service("/debug/flags", endpoint.router())
}

/// An endpoint where every caller may set flags.
pub(crate) fn open<A: DynamicFlags>(args: &Flags<A>) -> Router {
    mounted(Endpoint::new(args).title("server").allow_setting(anyone))
}

/// A request. It is not from a browser unless its headers say so.
pub(crate) struct TestRequest {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Body,
}

pub(crate) fn get(path: &str) -> TestRequest {
    TestRequest::new(Method::GET, path).header("host", "localhost:8080")
}

pub(crate) fn post(path: &str) -> TestRequest {
    TestRequest::new(Method::POST, path).header("host", "localhost:8080")
}

impl TestRequest {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Body::empty(),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .append(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn is_read(&self) -> bool {
        self.method == Method::GET
    }

    pub(crate) fn page(self) -> Self {
        self.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// A form as the page itself submits it.
    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let form: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(form)
    }

    pub(crate) fn json(self, json: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(json.to_string())
    }

    /// Sets one flag.
    pub(crate) fn setting(self, name: &str, value: &str) -> Self {
        self.json(&serde_json::json!({"flags": [{"name": name, "value": value}]}))
    }

    pub(crate) async fn send(self, router: &Router) -> TestResponse {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().unwrap();
        *request.headers_mut() = self.headers;
        let response = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        TestResponse {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.collect().await.unwrap().to_bytes().into()).unwrap(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct TestResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl TestResponse {
    #[track_caller]
    pub(crate) fn assert_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{self}");
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The error message of a rejection.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap().to_owned()
    }
}

impl fmt::Display for TestResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}\n{}", self.status, self.headers, self.text)
    }
}
