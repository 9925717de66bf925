//! Turning: setting flags and clearing overrides, all or nothing, for those who may.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{FromRequest, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri};
use dflag::{Applied, Edit, FlagInfo};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::answer::{Outcome, Turned};
use crate::authorize::{Caller, Denied};
use crate::body::{Body, Written};
use crate::limits::BODY_WITHIN;
use crate::query::is_called;
use crate::reject::Reject;
use crate::served::Served;
use crate::{cross_site, host};

/// A request that was read, and that may come from where it comes from.
pub(crate) struct Asked {
    parts: Parts,
    pub(crate) body: Arc<Body>,
}

/// Reads a body that is written in one of the ways.
pub(crate) type ReadBody = fn(Written, &[u8]) -> Result<Body, Reject>;

/// Reads what is asked for. Nothing of a request that can't be allowed is read.
pub(crate) async fn read(
    served: &Served,
    uri: &Uri,
    request: Request,
    read_body: ReadBody,
) -> Result<Asked, Reject> {
    let (parts, body) = request.into_parts();
    let from = peer(&parts);
    let asked = read_parts(served, uri, parts, body, read_body).await;
    asked.inspect_err(|reject| {
        tracing::warn!(?from, reason = ?reject.rejection.error, "setting flags was rejected");
    })
}

async fn read_parts(
    served: &Served,
    uri: &Uri,
    mut parts: Parts,
    body: axum::body::Body,
    read_body: ReadBody,
) -> Result<Asked, Reject> {
    let headers = &parts.headers;
    let host = host::host(uri, headers).ok_or_else(|| Reject::bad("the request names no host"))?;
    if let Some(suspicion) = cross_site::suspicion(headers, &host) {
        return Err(Reject::forbidden(suspicion));
    }
    if served.authorizer().is_none() {
        return Err(off());
    }
    let written = Written::of(headers.get(CONTENT_TYPE))?;
    let body = Request::from_parts(parts.clone(), body);
    let body = timeout(BODY_WITHIN, Bytes::from_request(body, &())).await;
    let body =
        body.map_err(|_| Reject::new(StatusCode::REQUEST_TIMEOUT, "the body took too long"))?;
    let body = body.map_err(|rejection| Reject::new(rejection.status(), rejection.body_text()))?;
    let body = read_body(written, &body)?;
    if let Some(token) = &body.token
        && !parts.headers.contains_key(AUTHORIZATION)
    {
        let token = HeaderValue::try_from(format!("Bearer {token}"));
        let mut token = token.map_err(|_| Reject::forbidden("the token is wrong"))?;
        token.set_sensitive(true);
        parts.headers.insert(AUTHORIZATION, token);
    }
    Ok(Asked {
        parts,
        body: Arc::new(body),
    })
}

/// Does what is asked for, on a thread that may block: it runs the program's checks and subscribers.
/// It is done to its end, also where nobody waits for the answer any more.
pub(crate) async fn turn(served: &Arc<Served>, asked: &Asked) -> Result<Outcome, Reject> {
    let served = Arc::clone(served);
    let (parts, body) = (asked.parts.clone(), Arc::clone(&asked.body));
    let turned = spawn_blocking(move || {
        let caller = authorize(&served, &parts, &body)?;
        let from = peer(&parts);
        let outcome = edit(&served, &body).inspect_err(|reject| {
            tracing::warn!(who = %caller, ?from, reason = ?reject.rejection.error, "setting flags was rejected");
        })?;
        for Turned { name, old, new } in &outcome.flags {
            let generation = outcome.generation;
            tracing::info!(who = %caller, ?from, flag = %name, ?old, ?new, generation, "a flag was set");
        }
        Ok(outcome)
    });
    turned.await.unwrap_or_else(|_| {
        // What it panicked with may quote a value.
        tracing::error!("the program panicked while its flags were set");
        let words = "the program panicked while its flags were set: they may have changed or not";
        Err(Reject::new(StatusCode::INTERNAL_SERVER_ERROR, words))
    })
}

fn authorize(served: &Served, request: &Parts, body: &Body) -> Result<Caller, Reject> {
    let authorizer = served.authorizer().ok_or_else(off)?;
    let decide = || authorizer.authorize(request);
    let decided = catch_unwind(AssertUnwindSafe(decide)).unwrap_or_else(|_| {
        Err(Denied::new("the program could not decide who asks").logging("the authorizer panicked"))
    });
    decided.map_err(|denied| {
        let from = peer(request);
        let flags: Vec<_> = body.flags.iter().map(|(name, _)| name).collect();
        tracing::warn!(?from, ?flags, reason = ?denied.to_string(), detail = denied.logged(), "setting flags was denied");
        Reject::forbidden(denied)
    })
}

fn off() -> Reject {
    Reject::forbidden("setting flags is off in this program")
}

/// Where the request came from, if the program's server tells.
fn peer(request: &Parts) -> Option<SocketAddr> {
    let peer = request.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(peer.0)
}

fn edit(served: &Served, body: &Body) -> Result<Outcome, Reject> {
    let edits = body.flags.iter().map(|(name, value)| match value {
        Some(value) => Edit::set(name, value),
        None => Edit::clear(name),
    });
    let applied = served.set.edit(&edits.collect::<Vec<_>>());
    let applied = applied.map_err(|rejected| Reject::from(&rejected))?;
    let flags = served.set.list();
    let named = body
        .flags
        .iter()
        .filter_map(|(name, _)| flags.iter().find(|flag| is_called(flag, name)));
    let mut outcome = Outcome {
        generation: applied.generation,
        flags: Vec::new(),
    };
    for flag in named {
        if outcome.flags.iter().all(|turned| turned.name != flag.name) {
            outcome.flags.push(turned(&applied, flag));
        }
    }
    Ok(outcome)
}

/// A flag that the change left alone was, and is, what it is now.
fn turned(applied: &Applied, flag: &FlagInfo) -> Turned {
    let change = applied
        .changed
        .iter()
        .find(|change| change.flag == flag.name);
    change.map_or_else(
        || Turned {
            name: flag.name.clone(),
            old: flag.value.clone(),
            new: flag.value.clone(),
        },
        Turned::from,
    )
}
