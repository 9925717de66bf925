//! Bodies with their content type.

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A content type and a body.
type Content = (&'static str, Bytes);

pub(crate) fn json_body(body: &impl Serialize) -> Content {
    // The bodies are structs of text, numbers and lists, which always serialize.
    let body = serde_json::to_vec(body).unwrap_or_default();
    ("application/json", body.into())
}

pub(crate) fn html_body(page: String) -> Content {
    ("text/html; charset=utf-8", page.into())
}

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let (content_type, body) = json_body(body);
    with_content_type(status, content_type, body)
}

pub(crate) fn html(status: StatusCode, page: String) -> Response {
    let (content_type, body) = html_body(page);
    with_content_type(status, content_type, body)
}

pub(crate) fn with_content_type(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let content_type = HeaderValue::from_static(content_type);
    (status, [(CONTENT_TYPE, content_type)], body.into()).into_response()
}
