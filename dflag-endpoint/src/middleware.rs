//! Checks every request before its handler, and adds the security headers to every response.

use std::sync::Arc;

use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::limits::{HEADER_BYTES, URI_BYTES};
use crate::log;
use crate::response::Rejection;
use crate::security::{Host, add_security_headers};
use crate::state::EndpointState;

pub(crate) async fn check_request(
    State(state): State<Arc<EndpointState>>,
    OriginalUri(uri): OriginalUri,
    mut request: Request,
    next: Next,
) -> Response {
    let mut response = match check(&state, &uri, request.headers()) {
        Ok(host) => {
            request.extensions_mut().insert(host);
            next.run(request).await
        }
        Err(rejection) => {
            log::request_rejected(&rejection);
            rejection.into_response()
        }
    };
    add_security_headers(response.headers_mut());
    response
}

fn check(state: &EndpointState, uri: &Uri, headers: &HeaderMap) -> Result<Host, Rejection> {
    if uri.path_and_query().map_or(0, |path| path.as_str().len()) > URI_BYTES {
        return Err(Rejection::new(
            StatusCode::URI_TOO_LONG,
            format!("the path and query have more than {URI_BYTES} bytes"),
        ));
    }
    let bytes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    if bytes.sum::<usize>() > HEADER_BYTES {
        return Err(Rejection::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            format!("the headers have more than {HEADER_BYTES} bytes"),
        ));
    }
    state.hosts.check(uri, headers)
}
