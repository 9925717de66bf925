//! Replies: answers as JSON or as a page, and the headers that all of them have.

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::page::{self, View};
use crate::reject::Reject;

/// What a browser may do with an answer: nothing but what comes from here.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // With `no-referrer` a browser sends `Origin: null` with a form, also to its own site.
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Adds the headers that the answer has not set itself.
pub(crate) fn secure(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}

pub(crate) fn json(status: StatusCode, answer: &impl Serialize) -> Response {
    // Texts, numbers and lists of them: nothing that JSON does not have.
    let body = serde_json::to_vec(answer).unwrap_or_default();
    typed(status, "application/json", body)
}

pub(crate) fn page(status: StatusCode, view: &View<'_>) -> Response {
    typed(status, "text/html; charset=utf-8", page::render(view))
}

pub(crate) fn typed(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let content_type = HeaderValue::from_static(content_type);
    (status, [(header::CONTENT_TYPE, content_type)], body.into()).into_response()
}

impl IntoResponse for Reject {
    fn into_response(self) -> Response {
        json(self.status, &self.rejection)
    }
}
