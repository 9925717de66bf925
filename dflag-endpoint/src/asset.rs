//! Assets: the page's style sheet and script, which a browser keeps and asks about.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// The asset, or that it is still the one that the browser has.
pub(crate) fn asset(
    headers: &HeaderMap,
    content_type: &'static str,
    text: &'static str,
) -> Response {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let known = headers.get_all(IF_NONE_MATCH).iter();
    let same = known
        .filter_map(|known| known.to_str().ok())
        .any(|known| known.contains(&tag));
    let head = [
        (CACHE_CONTROL, "no-cache"),
        (ETAG, &tag),
        (CONTENT_TYPE, content_type),
    ];
    if same {
        (StatusCode::NOT_MODIFIED, head).into_response()
    } else {
        (head, text).into_response()
    }
}
