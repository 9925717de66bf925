//! What all handlers share: the flag set and how the program configured its endpoint.

use std::convert::Infallible;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use dflag::FlagSet;
use futures_util::future::{BoxFuture, Shared};

use crate::events::Publishes;
use crate::security::{AllowedHosts, Authorizer, EditAccess};

/// Whether setting is on.
pub(crate) type Switch = Box<dyn Fn() -> bool + Send + Sync>;

pub(crate) struct EndpointState {
    pub(crate) set: Arc<dyn FlagSet>,
    pub(crate) publishes: Publishes,
    pub(crate) title: Option<String>,
    pub(crate) hosts: AllowedHosts,
    /// Without it, no caller may edit flags.
    pub(crate) authorizer: Option<Box<dyn Authorizer>>,
    /// Setting is on if there is none.
    pub(crate) switch: Option<Switch>,
    /// Ends the event streams when it completes.
    pub(crate) shutdown: Shared<BoxFuture<'static, ()>>,
}

impl EndpointState {
    /// The authorizer; `None` while setting is off. This asks the program's switch.
    pub(crate) fn authorizer(&self) -> Option<&dyn Authorizer> {
        let authorizer = self.authorizer.as_deref()?;
        // A switch that panics is off.
        let is_on = |switch: &Switch| catch_unwind(AssertUnwindSafe(switch)).unwrap_or(false);
        self.switch.as_ref().is_none_or(is_on).then_some(authorizer)
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
        let access = match state.authorizer() {
            None => Self::Off,
            Some(authorizer) if authorizer.wants_token() => Self::Token,
            Some(_) => Self::Open,
        };
        parts.extensions.insert(access);
        Ok(access)
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
