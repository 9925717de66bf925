//! The guard: what every request has to pass, and what every answer carries.

use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use crate::host::{self, WrongHost};
use crate::limits::{HEADER_BYTES, URI_BYTES};
use crate::reject::Reject;
use crate::reply;
use crate::served::Served;

pub(crate) async fn guard(
    State(served): State<Arc<Served>>,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match pass(&served, &uri, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(reject) => {
            tracing::warn!(status = reject.status.as_u16(), reason = ?reject.rejection.error, "a request was rejected");
            reject.into_response()
        }
    };
    reply::secure(response.headers_mut());
    response
}

fn pass(served: &Served, uri: &Uri, headers: &HeaderMap) -> Result<(), Reject> {
    if uri.path_and_query().map_or(0, |path| path.as_str().len()) > URI_BYTES {
        let words = format!("the path and query have more than {URI_BYTES} bytes");
        return Err(Reject::new(StatusCode::URI_TOO_LONG, words));
    }
    let bytes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    if bytes.sum::<usize>() > HEADER_BYTES {
        let words = format!("the headers have more than {HEADER_BYTES} bytes");
        return Err(Reject::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            words,
        ));
    }
    host::check(&served.hosts, uri, headers).map_err(|wrong| match wrong {
        WrongHost::Malformed => Reject::bad("the request names no host, or more than one (`Host`)"),
        WrongHost::Foreign => Reject::foreign(host::host(uri, headers).as_ref()),
    })
}
