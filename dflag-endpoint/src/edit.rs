//! Sets flags and clears overrides: an edit's way from the request to the publish.

use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use dflag::{FlagSet, Key, MASK, Problem, Rejected};

use crate::admission::{Admitted, NotAdmitted, blocking};
use crate::json::{EditResult, FlagChange, mask_unreadable};
use crate::log;
use crate::metrics::EditKind;
use crate::request::{Change, ContentType, EditBody, Edits};
use crate::response::Rejection;
use crate::security::{Act, Caller, ReadAccess};
use crate::state::EndpointState;

/// A request that edits flags, admitted but not yet authorized.
pub(crate) struct EditRequest<B> {
    admitted: Admitted<Edits>,
    body: PhantomData<fn() -> B>,
}

impl<B> EditRequest<B> {
    pub(crate) fn caller(&self) -> &Caller {
        &self.admitted.caller
    }

    pub(crate) fn edits(&self) -> &Edits {
        &self.admitted.body
    }
}

impl<B: EditBody> FromRequest<Arc<EndpointState>> for EditRequest<B> {
    type Rejection = NotAdmitted<Edits>;

    async fn from_request(
        request: Request,
        state: &Arc<EndpointState>,
    ) -> Result<Self, NotAdmitted<Edits>> {
        let parse = |content_type, body: &[u8]| {
            let edits = B::parse(content_type, body)?.with_lists(&*state.set)?;
            match content_type {
                ContentType::Form => edits
                    .with_line_breaks(&*state.set)
                    .check_edited(&*state.set),
                ContentType::Json => Ok(edits),
            }
        };
        Ok(Self {
            admitted: Admitted::new(act_of(B::KIND), request, state, parse).await?,
            body: PhantomData,
        })
    }
}

/// Authorizes the request and applies its edits, all or nothing.
pub(crate) async fn apply<B: EditBody>(
    state: &Arc<EndpointState>,
    request: &Arc<EditRequest<B>>,
) -> Result<EditResult, Rejection> {
    let request = Arc::clone(request);
    let edit = move |state: &EndpointState| authorize_and_apply(state, &request);
    blocking(state, B::KIND, edit).await
}

fn authorize_and_apply<B: EditBody>(
    state: &EndpointState,
    request: &EditRequest<B>,
) -> Result<EditResult, Rejection> {
    let Admitted {
        parts,
        caller,
        body: edits,
        ..
    } = &request.admitted;
    let flags = flags_and_acts(&*state.set, edits);
    let flags = flags.iter().map(|(name, act)| (name.as_str(), *act));
    request.admitted.authorize(state, act_of(B::KIND), flags)?;
    let readable = ReadAccess::of_caller(state, caller);
    let mut result = apply_edits(&*state.set, edits, (caller, &readable))
        .inspect_err(|rejection| log::edit_rejected(parts, Some(caller), rejection))?;
    let expiries = edits.last_expiries(&*state.set);
    for change in &result.flags {
        let expires_in = expiries.get(&change.name).copied();
        let why = edits.reason.as_deref();
        log::edited(parts, caller, change, (expires_in, why), result.generation);
    }
    mask_unreadable(&mut result.flags, |flag| readable.check(flag).is_ok());
    Ok(result)
}

/// The right that a request needs, whatever it names.
fn act_of(kind: EditKind) -> Act {
    match kind {
        EditKind::Clear => Act::Clear,
        EditKind::Set | EditKind::Revert => Act::Set,
    }
}

/// The long names of the flags, each once for each act. A name of no flag is rejected with the edits.
fn flags_and_acts(set: &dyn FlagSet, edits: &Edits) -> Vec<(String, Act)> {
    let mut seen = HashSet::new();
    let flags = edits.flags.iter().filter_map(|(name, change)| {
        let (Key::Flag { name } | Key::Uncovered { name, .. }) = set.lookup(name) else {
            return None;
        };
        let act = match change {
            Change::Set(_) | Change::Unset => Act::Set,
            Change::Clear => Act::Clear,
        };
        let flag = (name, act);
        seen.insert(flag.clone()).then_some(flag)
    });
    flags.collect()
}

/// The rejection without the current values of flags that the caller may not read.
fn readable_rejection(mut rejected: Rejected, readable: &ReadAccess) -> Rejection {
    for problem in &mut rejected.problems {
        if let Problem::Outdated { flag, value, .. } = problem
            && readable.check(flag).is_err()
        {
            *value = Some(MASK.to_owned());
        }
    }
    Rejection::from(&rejected)
}

fn apply_edits(
    set: &dyn FlagSet,
    edits: &Edits,
    (caller, readable): (&Caller, &ReadAccess),
) -> Result<EditResult, Rejection> {
    let applied = set
        .edit(&edits.to_edits(set, caller.name())?)
        .map_err(|rejected| readable_rejection(rejected, readable))?;
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
