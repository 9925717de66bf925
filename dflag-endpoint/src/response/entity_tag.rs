//! Entity tags, by which a client asks for what has changed only.

use axum::http::header::{ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// The tag of a response, which has another one if its content differs. It is weak: a response may be compressed or not.
#[derive(Clone, Debug)]
pub(crate) struct EntityTag(String);

impl EntityTag {
    /// `digest` is that of the content, or of all that decides it.
    pub(crate) fn new(digest: u64) -> Self {
        Self(format!("W/\"{digest:016x}\""))
    }

    /// Whether the client has this content already.
    pub(crate) fn matches(&self, request: &HeaderMap) -> bool {
        let mut tags = request.get_all(IF_NONE_MATCH).iter();
        tags.any(|tags| tags.to_str().is_ok_and(|tags| tags.contains(self.opaque())))
    }

    /// What a client compares: whether it repeats that the tag is weak does not count.
    fn opaque(&self) -> &str {
        self.0.strip_prefix("W/").unwrap_or(&self.0)
    }

    /// The response with this tag.
    pub(crate) fn add(&self, mut response: Response) -> Response {
        if let Ok(tag) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }

    /// The response to a client that has the content.
    pub(crate) fn not_modified(&self) -> Response {
        self.add(StatusCode::NOT_MODIFIED.into_response())
    }
}
