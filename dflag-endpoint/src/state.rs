//! What all handlers share: the flag set and how the program configured its endpoint.

use std::convert::Infallible;
use std::fmt;
use std::hash::RandomState;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use dflag::FlagSet;
use futures_util::future::{BoxFuture, Shared};

use crate::config_map::ConfigMapName;
use crate::events::Publishes;
use crate::last_list::LastList;
use crate::log;
use crate::metrics::{EditCounts, EndpointMetrics};
use crate::program::Program;
use crate::request::LongBodies;
use crate::response::Rejection;
use crate::security::{
    AllowedHosts, Caller, Denied, EditAccess, ReadAccess, SharedAuthorizer, authenticate,
};

/// Whether setting is on.
pub(crate) type Switch = Box<dyn Fn() -> bool + Send + Sync>;

pub(crate) struct EndpointState {
    pub(crate) set: Arc<dyn FlagSet>,
    pub(crate) publishes: Publishes,
    pub(crate) title: Option<String>,
    pub(crate) program: Program,
    /// The ConfigMap that the flags come from, if the program says.
    pub(crate) config_map: Option<ConfigMapName>,
    pub(crate) hosts: AllowedHosts,
    /// Without it, no caller may edit flags.
    pub(crate) authorizer: Option<SharedAuthorizer>,
    /// Whether callers have to be authorized to read flags, too.
    pub(crate) is_reading_restricted: bool,
    /// Setting is on if there is none.
    pub(crate) switch: Option<Switch>,
    pub(crate) edits: Arc<EditCounts>,
    pub(crate) long_bodies: LongBodies,
    pub(crate) last_list: LastList,
    /// The newest revision of a list in which no override expires.
    pub(crate) steady_revision: AtomicU64,
    /// Makes the tags of this process, which are those of no other.
    pub(crate) process: RandomState,
    /// Ends the event streams when it completes.
    pub(crate) shutdown: Shared<BoxFuture<'static, ()>>,
}

impl EndpointState {
    pub(crate) fn metrics(&self) -> EndpointMetrics {
        EndpointMetrics {
            edits: Arc::clone(&self.edits),
            listeners: Arc::clone(self.publishes.listeners()),
            version: self.program.version.clone(),
        }
    }

    /// What callers may do now. This asks the program's switch.
    pub(crate) fn edit_access(&self) -> EditAccess {
        let Some(authorizer) = &self.authorizer else {
            return EditAccess::OFF;
        };
        // A switch that panics is off.
        let is_on = |switch: &Switch| catch_unwind(AssertUnwindSafe(switch)).unwrap_or(false);
        EditAccess {
            can_set: self.switch.as_ref().is_none_or(is_on),
            can_clear: true,
            needs_token: authorizer.wants_token(),
        }
    }
}

/// The switch is asked once, however many extractors of a request need the answer.
impl FromRequestParts<Arc<EndpointState>> for EditAccess {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<EndpointState>,
    ) -> Result<Self, Infallible> {
        if let Some(access) = parts.extensions.get() {
            return Ok(*access);
        }
        let access = state.edit_access();
        parts.extensions.insert(access);
        Ok(access)
    }
}

/// The caller is authenticated if reading is restricted.
impl FromRequestParts<Arc<EndpointState>> for ReadAccess {
    type Rejection = Rejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<EndpointState>,
    ) -> Result<Self, Rejection> {
        if !state.is_reading_restricted {
            return Ok(Self::All);
        }
        let Some(authorizer) = &state.authorizer else {
            let denied = Denied::new("reading flags is restricted, and no caller may");
            return Err(Rejection::forbidden(denied));
        };
        let caller = authenticate(authorizer, parts).await.map_err(|denied| {
            log::not_authenticated(parts, "read", &denied);
            Rejection::forbidden(denied)
        })?;
        Ok(Self::of_caller(state, &caller))
    }
}

impl ReadAccess {
    /// Of a caller that is not authenticated.
    pub(crate) fn unknown_caller(state: &EndpointState) -> Self {
        if state.is_reading_restricted {
            Self::Nothing
        } else {
            Self::All
        }
    }

    /// Of a caller that is authenticated.
    pub(crate) fn of_caller(state: &EndpointState, caller: &Caller) -> Self {
        match &state.authorizer {
            _ if !state.is_reading_restricted => Self::All,
            Some(authorizer) => {
                Self::Restricted(SharedAuthorizer::clone(authorizer), caller.clone())
            }
            None => Self::Nothing,
        }
    }
}

impl fmt::Debug for EndpointState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointState")
            .field("title", &self.title)
            .field("hosts", &self.hosts)
            .field("setting", &self.authorizer.is_some())
            .finish_non_exhaustive()
    }
}
