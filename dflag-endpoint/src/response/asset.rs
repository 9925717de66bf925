//! The page's style sheet and script, with an `ETag` so that a browser can keep them.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// The asset, or 304 if the request's `If-None-Match` has its `ETag`.
pub(crate) fn asset(
    request: &HeaderMap,
    content_type: &'static str,
    text: &'static str,
) -> Response {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let is_cached = request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .any(|tags| tags.contains(&tag));
    let headers = [
        (CACHE_CONTROL, "no-cache"),
        (ETAG, &tag),
        (CONTENT_TYPE, content_type),
    ];
    if is_cached {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, text).into_response()
    }
}
