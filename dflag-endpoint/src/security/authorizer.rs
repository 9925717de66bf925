//! Decides who may edit flags.
//!
//! Cross-site requests are rejected before an authorizer is asked.

use std::fmt;

use axum::http::request::Parts;

/// Decides whether a request may set flags and clear overrides, and names the caller.
///
/// A function of the request is an authorizer:
///
/// ```
/// use axum::http::request::Parts;
/// use dflag_endpoint::{Authorizer, Caller, Denied};
///
/// // Behind a proxy that authenticates users, if the endpoint can be reached through it only.
/// fn by_proxy(request: &Parts) -> Result<Caller, Denied> {
///     let user = request.headers.get("x-forwarded-user").and_then(|user| user.to_str().ok());
///     user.map(Caller::new).ok_or_else(|| Denied::new("no user"))
/// }
/// # fn takes(_: impl Authorizer) {}
/// # takes(by_proxy);
/// ```
///
/// It runs on a thread that may block. If it panics, the request is denied.
pub trait Authorizer: Send + Sync + 'static {
    /// Names the caller of a request that may edit flags.
    ///
    /// # Errors
    /// Why the request may not edit flags. The response has status 403.
    fn authorize(&self, request: &Parts) -> Result<Caller, Denied>;

    /// Whether the page asks for a token. With a script it sends the token in the header
    /// `Authorization`, after `Bearer`; without one, in a form field, which the request has as a
    /// [`FormToken`](crate::FormToken) among its extensions.
    fn wants_token(&self) -> bool {
        false
    }
}

impl<F> Authorizer for F
where
    F: Fn(&Parts) -> Result<Caller, Denied> + Send + Sync + 'static,
{
    fn authorize(&self, request: &Parts) -> Result<Caller, Denied> {
        self(request)
    }
}

/// Who edits flags, as the log names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    name: String,
}

impl Caller {
    /// A caller with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Why a request may not edit flags.
///
/// [`Display`](fmt::Display) shows the reason that the response has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Denied {
    reason: String,
    log_detail: Option<String>,
}

impl Denied {
    /// Denied for a reason that the response and the log have.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            log_detail: None,
        }
    }

    /// Adds a detail that only the log has, such as a path.
    #[must_use]
    pub fn with_log_detail(self, detail: impl Into<String>) -> Self {
        Self {
            log_detail: Some(detail.into()),
            ..self
        }
    }

    pub(crate) fn log_detail(&self) -> Option<&str> {
        self.log_detail.as_deref()
    }
}
