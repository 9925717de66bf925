//! Requests to the debug page, without a server.

use std::error::Error;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use tower::ServiceExt as _;

/// Requests all flags as JSON, and returns the number of bytes of the response.
///
/// # Errors
/// If the response is not successful.
pub async fn get(router: &Router) -> Result<usize, Box<dyn Error>> {
    let request = Request::get("/").header("host", "localhost");
    let response = router.clone().oneshot(request.body(Body::empty())?).await?;
    if !response.status().is_success() {
        return Err(response.status().to_string().into());
    }
    Ok(to_bytes(response.into_body(), usize::MAX).await?.len())
}
