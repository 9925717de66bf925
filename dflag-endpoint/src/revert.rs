//! Reverts the flags to an earlier generation: from the request to the publish.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use dflag::{Revert, RevertError};

use crate::edit::{authorize, blocking, log_rejection, peer, read};
use crate::json::RevertResult;
use crate::request::RevertBody;
use crate::response::Rejection;
use crate::security::FormToken;
use crate::state::EndpointState;

/// A request that reverts the flags. It is not cross-site, and setting was on before its body was read.
/// The authorizer has not been asked yet.
pub(crate) struct RevertRequest {
    parts: Parts,
    body: RevertBody,
}

impl FromRequest<Arc<EndpointState>> for RevertRequest {
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &Arc<EndpointState>) -> Result<Self, Rejection> {
        let (mut parts, body) = request.into_parts();
        let body = read(&mut parts, body, state)
            .await
            .and_then(|(content_type, body)| RevertBody::parse(content_type, &body));
        let mut body = body.inspect_err(|rejection| log_rejection(&parts, rejection))?;
        if let Some(token) = body.token.take() {
            parts.extensions.insert(FormToken::new(token));
        }
        Ok(Self { parts, body })
    }
}

/// Authorizes the request and reverts the flags, all or nothing. It runs on a thread that may block.
pub(crate) async fn apply(
    state: &Arc<EndpointState>,
    request: RevertRequest,
) -> Result<RevertResult, Rejection> {
    let state = Arc::clone(state);
    blocking(move || authorize_and_revert(&state, &request)).await
}

fn authorize_and_revert(
    state: &EndpointState,
    request: &RevertRequest,
) -> Result<RevertResult, Rejection> {
    let RevertRequest { parts, body } = request;
    let caller = authorize(state, parts, &[])?;
    let peer = peer(parts);
    let mut revert = Revert::to(body.generation).by(caller.to_string());
    if let Some(reason) = &body.reason {
        revert = revert.reason(reason);
    }
    let reverted = state.set.revert_to(&revert).map_err(|error| {
        tracing::warn!(%caller, ?peer, reason = ?error.to_string(), "revert rejected");
        rejection(&error)
    })?;
    let (to, generation) = (reverted.to, reverted.generation);
    let (overridden, why) = (&reverted.overridden, &body.reason);
    tracing::info!(%caller, ?peer, to, ?overridden, ?why, generation, "flags reverted");
    Ok(reverted.into())
}

fn rejection(error: &RevertError) -> Rejection {
    match error {
        RevertError::Rejected(rejected) => rejected.into(),
        error => Rejection::new(StatusCode::NOT_FOUND, error.to_string()),
    }
}
