//! The page's style sheet and script, with an `ETag` so that a browser can keep them.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::entity_tag::EntityTag;

/// The asset, or 304 if the request's `If-None-Match` has its `ETag`.
pub(crate) fn asset(
    request: &HeaderMap,
    content_type: &'static str,
    text: &'static str,
) -> Response {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let tag = EntityTag::new(hasher.finish());
    let headers = [(CACHE_CONTROL, "no-cache"), (CONTENT_TYPE, content_type)];
    if tag.matches(request) {
        (headers, tag.not_modified()).into_response()
    } else {
        tag.add((headers, text).into_response())
    }
}
