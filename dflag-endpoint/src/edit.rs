//! Sets flags and clears overrides: an edit's way from the request to the publish.

use std::collections::HashSet;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use dflag::{Edit, FlagSet};
use tokio::task::spawn_blocking;

use crate::json::{EditResult, FlagChange};
use crate::request::{ContentType, EditBody, Edits, read_body};
use crate::response::Rejection;
use crate::security::{Caller, Denied, EditAccess, FormToken, Host, reject_cross_site};
use crate::state::EndpointState;

/// A request that edits flags. It is not cross-site, and setting was on before its body was read.
/// The authorizer has not been asked yet.
pub(crate) struct EditRequest<B> {
    parts: Parts,
    pub(crate) edits: Edits,
    body: PhantomData<fn() -> B>,
}

impl<B: EditBody> FromRequest<Arc<EndpointState>> for EditRequest<B> {
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &Arc<EndpointState>) -> Result<Self, Rejection> {
        let (mut parts, body) = request.into_parts();
        let edits = read(&mut parts, body, state)
            .await
            .and_then(|(content_type, body)| B::parse(content_type, &body))
            .and_then(|edits| edits.with_lists(&*state.set));
        let mut edits = edits.inspect_err(|rejection| log_rejection(&parts, rejection))?;
        if let Some(token) = edits.token.take() {
            parts.extensions.insert(FormToken::new(token));
        }
        Ok(Self {
            parts,
            edits,
            body: PhantomData,
        })
    }
}

/// Logs why a request is rejected before the authorizer is asked.
pub(crate) fn log_rejection(request: &Parts, rejection: &Rejection) {
    let reason = &rejection.body.error;
    tracing::warn!(peer = ?peer(request), ?reason, "edit rejected");
}

/// Reads the body, but only of a request that may be allowed.
pub(crate) async fn read(
    parts: &mut Parts,
    body: Body,
    state: &Arc<EndpointState>,
) -> Result<(ContentType, Bytes), Rejection> {
    let host = Host::from_request_parts(parts, state).await?;
    reject_cross_site(&parts.headers, &host)?;
    let Ok(access) = EditAccess::from_request_parts(parts, state).await;
    if !access.is_on() {
        return Err(EditAccess::off());
    }
    read_body(Request::from_parts(parts.clone(), body)).await
}

/// Authorizes the request and applies its edits, all or nothing.
///
/// It runs on a thread that may block, since it calls the program's authorizer, checks and
/// callbacks, and completes even if the client has disconnected.
pub(crate) async fn apply<B: EditBody>(
    state: &Arc<EndpointState>,
    request: &Arc<EditRequest<B>>,
) -> Result<EditResult, Rejection> {
    let (state, request) = (Arc::clone(state), Arc::clone(request));
    blocking(move || authorize_and_apply(&state, &request.parts, &request.edits)).await
}

/// Runs an edit on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    edit: impl FnOnce() -> Result<T, Rejection> + Send + 'static,
) -> Result<T, Rejection> {
    spawn_blocking(edit).await.unwrap_or_else(|_| {
        // The panic's message is not logged: it may contain a secret.
        tracing::error!("the program panicked while flags were edited");
        Err(Rejection::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the program panicked while flags were edited: they may or may not have changed",
        ))
    })
}

fn authorize_and_apply(
    state: &EndpointState,
    request: &Parts,
    edits: &Edits,
) -> Result<EditResult, Rejection> {
    let flags: Vec<_> = edits.flags.iter().map(|(name, _)| name.as_str()).collect();
    let caller = authorize(state, request, &flags)?;
    let peer = peer(request);
    let result = apply_edits(&*state.set, edits, &caller).inspect_err(|rejection| {
        let reason = &rejection.body.error;
        tracing::warn!(%caller, ?peer, ?reason, "edit rejected");
    })?;
    let generation = result.generation;
    let expiries = edits.expiries_to_show(&*state.set);
    for FlagChange { name, old, new } in &result.flags {
        let expiry = expiries.iter().rfind(|(flag, _)| flag == name);
        let expires_in = expiry.map(|(_, text)| text);
        let why = &edits.reason;
        tracing::info!(%caller, ?peer, flag = %name, ?old, ?new, ?expires_in, ?why, generation, "flag edited");
    }
    Ok(result)
}

/// Asks the authorizer. The log names the `flags` of a request that is denied.
pub(crate) fn authorize(
    state: &EndpointState,
    request: &Parts,
    flags: &[&str],
) -> Result<Caller, Rejection> {
    // Asked again: the body may have taken seconds, and setting may have been switched off.
    let authorizer = state.authorizer().ok_or_else(EditAccess::off)?;
    let authorize = AssertUnwindSafe(|| authorizer.authorize(request));
    let decision = catch_unwind(authorize).unwrap_or_else(|_| {
        Err(Denied::new("the program could not authorize the request")
            .with_log_detail("the authorizer panicked"))
    });
    decision.map_err(|denied| {
        let (reason, detail) = (denied.to_string(), denied.log_detail());
        tracing::warn!(peer = ?peer(request), ?flags, ?reason, detail, "edit denied");
        Rejection::forbidden(denied)
    })
}

/// The client's address, if the program's server provides it.
pub(crate) fn peer(request: &Parts) -> Option<SocketAddr> {
    let ConnectInfo(peer) = request.extensions.get()?;
    Some(*peer)
}

fn apply_edits(set: &dyn FlagSet, edits: &Edits, caller: &Caller) -> Result<EditResult, Rejection> {
    let durations = edits.durations(set)?;
    let edits_of_set: Vec<_> = edits
        .flags
        .iter()
        .zip(durations)
        .map(|(edit, duration)| match (edit, duration) {
            ((name, Some(value)), None) => Edit::set(name, value),
            ((name, Some(value)), Some(duration)) => Edit::set(name, value).expires_in(duration),
            ((name, None), _) => Edit::clear(name),
        })
        .map(|edit| edit.by(caller.to_string()))
        .map(|edit| match &edits.reason {
            Some(reason) => edit.reason(reason),
            None => edit,
        })
        .collect();
    let applied = set
        .edit(&edits_of_set)
        .map_err(|rejected| Rejection::from(&rejected))?;
    let mut names = HashSet::new();
    let flags = edits
        .flags
        .iter()
        .filter_map(|(name, _)| set.flag(name))
        .filter(|flag| names.insert(flag.name.clone()))
        .map(|flag| {
            let change = applied
                .changed
                .iter()
                .find(|change| change.flag == flag.name);
            change.map_or_else(
                // The edit left the value as it is.
                || FlagChange {
                    name: flag.name,
                    old: flag.value.clone(),
                    new: flag.value,
                },
                FlagChange::from,
            )
        });
    Ok(EditResult {
        generation: applied.generation,
        flags: flags.collect(),
    })
}
