//! Bodies with their content type.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // The bodies are structs of text, numbers and lists, which always serialize.
    let body = serde_json::to_vec(body).unwrap_or_default();
    with_content_type(status, "application/json", body)
}

pub(crate) fn html(status: StatusCode, page: String) -> Response {
    with_content_type(status, "text/html; charset=utf-8", page)
}

pub(crate) fn with_content_type(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    let content_type = HeaderValue::from_static(content_type);
    (status, [(CONTENT_TYPE, content_type)], body.into()).into_response()
}
