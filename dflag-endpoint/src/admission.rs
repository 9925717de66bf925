//! Admits a request that edits flags, and reads its body.
//!
//! All that can be judged without the body is judged first. The flags that the body names are judged after it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;

use crate::log;
use crate::metrics::{EditKind, EditOutcome};
use crate::request::{ContentType, PartialBody, check_declared_length, form_token};
use crate::response::Rejection;
use crate::security::{
    Act, Caller, Denied, EditAccess, FormToken, Host, authenticate, authorize, reject_cross_site,
};
use crate::state::EndpointState;

/// Why a request is not admitted, and what its body says if it was short enough to be read anyway, for a page to
/// show again.
pub(crate) struct NotAdmitted<B> {
    pub(crate) rejection: Rejection,
    pub(crate) body: Option<B>,
}

impl<B> From<Rejection> for NotAdmitted<B> {
    fn from(rejection: Rejection) -> Self {
        Self {
            rejection,
            body: None,
        }
    }
}

impl<B> IntoResponse for NotAdmitted<B> {
    fn into_response(self) -> Response {
        self.rejection.into_response()
    }
}

/// A request whose body was read. It is not cross-site, and before its body was read, the act was on and the caller was
/// authenticated. The authorizer has not been asked about the flags yet.
pub(crate) struct Admitted<B> {
    pub(crate) parts: Parts,
    pub(crate) caller: Caller,
    pub(crate) body: B,
    /// Held as long as the body, of which what was parsed is as large.
    _permit: Option<OwnedSemaphorePermit>,
}

impl<B> Admitted<B> {
    /// Admits a request that does `act`, and parses its body.
    pub(crate) async fn new(
        act: Act,
        request: Request,
        state: &Arc<EndpointState>,
        parse: impl FnOnce(ContentType, &[u8]) -> Result<B, Rejection>,
    ) -> Result<Self, NotAdmitted<B>> {
        let (mut parts, body) = request.into_parts();
        let admitted = admit(act, &mut parts, body, state).await;
        let (body, content_type) =
            admitted.inspect_err(|rejection| log::edit_rejected(&parts, None, rejection))?;
        let authorizer = state.authorizer.as_ref().ok_or_else(EditAccess::off)?;
        let caller = match authenticate(authorizer, &parts).await {
            Ok(caller) => caller,
            Err(denied) => {
                log::not_authenticated(&parts, "edit", &denied);
                return Err(NotAdmitted {
                    rejection: Rejection::forbidden(denied),
                    body: body
                        .complete()
                        .and_then(|body| parse(content_type, body).ok()),
                });
            }
        };
        let body = body.whole(&state.long_bodies).await;
        let body = body.and_then(|body| Ok((parse(content_type, &body.bytes)?, body.permit)));
        let (body, permit) =
            body.inspect_err(|rejection| log::edit_rejected(&parts, Some(&caller), rejection))?;
        Ok(Self {
            parts,
            caller,
            body,
            _permit: permit,
        })
    }

    /// Asks the authorizer whether the caller may do this to each of `flags`. The request as a whole does `act`. To be
    /// called on a thread that may block.
    pub(crate) fn authorize<'f>(
        &self,
        state: &EndpointState,
        act: Act,
        flags: impl IntoIterator<Item = (&'f str, Act)>,
    ) -> Result<(), Rejection> {
        // Asked again: the body may have taken seconds, and setting may have been switched off.
        let access = state.edit_access().check(act);
        access.inspect_err(|rejection| {
            log::edit_rejected(&self.parts, Some(&self.caller), rejection);
        })?;
        let authorizer = state.authorizer.as_ref().ok_or_else(EditAccess::off)?;
        let mut denied: Vec<(String, Denied)> = Vec::new();
        for (flag, act) in flags {
            if let Err(reason) = authorize(&**authorizer, &self.caller, act, flag) {
                denied.push((flag.to_owned(), reason));
            }
        }
        if denied.is_empty() {
            return Ok(());
        }
        log::edit_denied(&self.parts, &self.caller, &denied);
        Err(Rejection::denied_flags(&denied))
    }
}

/// Checks all that can be judged before the caller is authenticated. Nothing of the body is read but what may have the
/// token.
async fn admit(
    act: Act,
    parts: &mut Parts,
    body: Body,
    state: &Arc<EndpointState>,
) -> Result<(PartialBody, ContentType), Rejection> {
    let host = Host::from_request_parts(parts, state).await?;
    reject_cross_site(&parts.headers, &host)?;
    let Ok(access) = EditAccess::from_request_parts(parts, state).await;
    access.check(act)?;
    let content_type = ContentType::of(&parts.headers).ok_or_else(|| {
        Rejection::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the content type has to be `application/json` or `application/x-www-form-urlencoded`",
        )
    })?;
    check_declared_length(&parts.headers)?;
    let mut body = PartialBody::new(body);
    let may_have_token = access.needs_token
        && content_type == ContentType::Form
        && !parts.headers.contains_key(AUTHORIZATION);
    if may_have_token {
        let (part, is_all) = body.head().await?;
        if let Some(token) = form_token(part, is_all) {
            parts.extensions.insert(FormToken::new(token));
        }
    }
    Ok((body, content_type))
}

/// Counts a request that edits flags.
pub(crate) fn count(state: &EndpointState, kind: EditKind, rejection: Option<&Rejection>) {
    let outcome = match rejection.map(|rejection| rejection.status) {
        None => EditOutcome::Applied,
        Some(StatusCode::FORBIDDEN) => EditOutcome::Denied,
        Some(_) => EditOutcome::Rejected,
    };
    state.edits.add(kind, outcome);
}

/// Runs an edit on a thread that may block, since it calls the program's authorizer, checks and callbacks. It completes
/// and is counted even if the client has disconnected.
pub(crate) async fn blocking<T: Send + 'static>(
    state: &Arc<EndpointState>,
    kind: EditKind,
    edit: impl FnOnce(&EndpointState) -> Result<T, Rejection> + Send + 'static,
) -> Result<T, Rejection> {
    let state = Arc::clone(state);
    let task = spawn_blocking(move || {
        let result = catch_unwind(AssertUnwindSafe(|| edit(&state)));
        let result = result.unwrap_or_else(|_| Err(panicked()));
        count(&state, kind, result.as_ref().err());
        result
    });
    task.await.unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> Rejection {
    // The panic's message is not logged: it may contain a secret.
    tracing::error!("the program panicked while flags were edited");
    Rejection::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the program panicked while flags were edited: they may or may not have changed",
    )
}
