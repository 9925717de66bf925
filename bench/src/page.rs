//! Requests to the debug page, without a server.

use std::error::Error;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response};
use tower::ServiceExt as _;

/// Requests all flags as JSON, and returns the number of bytes of the response.
///
/// # Errors
/// If the response is not successful.
pub async fn get(router: &Router) -> Result<usize, Box<dyn Error>> {
    let response = respond(router, "/", &[]).await?;
    if !response.status().is_success() {
        return Err(response.status().to_string().into());
    }
    Ok(response.body().len())
}

/// The response to a request with these headers.
///
/// # Errors
/// If the request is not valid, or the response ends early.
pub async fn respond(
    router: &Router,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Response<Bytes>, Box<dyn Error>> {
    let mut request = Request::get(path).header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(Body::empty())?).await?;
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await?;
    Ok(Response::from_parts(parts, body))
}
