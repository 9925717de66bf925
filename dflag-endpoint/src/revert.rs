//! Reverts the flags to an earlier generation: from the request to the publish.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use dflag::{FlagSet, Revert, RevertError, Reverted};

use crate::admission::{Admitted, NotAdmitted, blocking};
use crate::json::{RevertResult, mask_unreadable};
use crate::log;
use crate::metrics::EditKind;
use crate::request::RevertBody;
use crate::response::Rejection;
use crate::security::{Act, Caller, ReadAccess};
use crate::state::EndpointState;

/// How often a revert is tried that names no generation to revert from, while the flags change.
const ATTEMPTS: usize = 5;

/// A request that reverts the flags, admitted but not yet authorized.
pub(crate) struct RevertRequest(Admitted<RevertBody>);

impl RevertRequest {
    pub(crate) fn caller(&self) -> &Caller {
        &self.0.caller
    }
}

impl FromRequest<Arc<EndpointState>> for RevertRequest {
    type Rejection = NotAdmitted<RevertBody>;

    async fn from_request(
        request: Request,
        state: &Arc<EndpointState>,
    ) -> Result<Self, NotAdmitted<RevertBody>> {
        let admitted = Admitted::new(Act::Set, request, state, RevertBody::parse);
        admitted.await.map(Self)
    }
}

/// Authorizes the request and reverts the flags, all or nothing.
pub(crate) async fn apply(
    state: &Arc<EndpointState>,
    request: RevertRequest,
) -> Result<RevertResult, Rejection> {
    let revert = move |state: &EndpointState| authorize_and_revert(state, &request.0);
    blocking(state, EditKind::Revert, revert).await
}

fn authorize_and_revert(
    state: &EndpointState,
    request: &Admitted<RevertBody>,
) -> Result<RevertResult, Rejection> {
    let Admitted {
        parts,
        caller,
        body,
        ..
    } = request;
    let mut attempts = ATTEMPTS;
    let reverted = loop {
        attempts -= 1;
        // The caller is asked about the flags that changed until this generation.
        let generation = state.set.generation();
        if let Some(from) = body.from.filter(|from| *from > generation) {
            let rejection = Rejection::bad_request(format!(
                "`from` is {from}, but the current generation is {generation}"
            ));
            log::edit_rejected(parts, Some(caller), &rejection);
            return Err(rejection);
        }
        let changed = changed_since(&*state.set, body.generation);
        let flags = changed.iter().map(|flag| (flag.as_str(), Act::Set));
        request.authorize(state, Act::Set, flags)?;
        let reverted = revert(&*state.set, request, generation);
        let is_late = matches!(reverted, Err(RevertError::Outdated { .. }));
        if body.from.is_some() || !is_late || attempts == 0 {
            break reverted;
        }
    };
    let reverted = reverted.map_err(|error| {
        let rejection = rejection(&error);
        log::edit_rejected(parts, Some(caller), &rejection);
        rejection
    })?;
    log::reverted(parts, caller, &reverted, body.reason.as_deref());
    let mut result = RevertResult::from(reverted);
    let readable = ReadAccess::of_caller(state, caller);
    mask_unreadable(&mut result.flags, |flag| readable.check(flag).is_ok());
    Ok(result)
}

/// The flags whose value changed after a generation, and perhaps more.
fn changed_since(set: &dyn FlagSet, generation: u64) -> BTreeSet<String> {
    let entries = set.history().entries.into_iter();
    let later = entries.filter(|entry| entry.generation > generation);
    let changes = later.flat_map(|entry| entry.changed);
    changes.map(|change| change.flag).collect()
}

fn revert(
    set: &dyn FlagSet,
    request: &Admitted<RevertBody>,
    generation: u64,
) -> Result<Reverted, RevertError> {
    let body = &request.body;
    let revert = Revert::to(body.generation).by(request.caller.name());
    let revert = revert.if_generation(body.from.unwrap_or(generation));
    set.revert_to(&match &body.reason {
        Some(reason) => revert.reason(reason),
        None => revert,
    })
}

fn rejection(error: &RevertError) -> Rejection {
    let status = match error {
        RevertError::Rejected(rejected) => return rejected.into(),
        RevertError::Outdated { .. } => StatusCode::CONFLICT,
        _ => StatusCode::NOT_FOUND,
    };
    Rejection::new(status, error.to_string())
}
