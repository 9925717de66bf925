//! Responses that are compressed once and sent several times.

use std::io::Write as _;

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, VARY};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The content with gzip; `None` if that is no shorter.
pub(crate) fn gzip(content: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).ok()?;
    let gzip = encoder.finish().ok()?;
    (gzip.len() < content.len()).then(|| gzip.into())
}

/// The response with the headers of one whose body is gzip. The router's layer leaves it as it is.
pub(crate) fn compressed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.append(VARY, ACCEPT_ENCODING.into());
    response
}
