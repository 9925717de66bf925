//! Authorizing: who may set flags.
//!
//! Whether a request comes from another site is not asked here: that is rejected before.

use std::fmt;

use axum::http::request::Parts;

/// Decides whether a request may set flags, and who it is that asks.
///
/// A function of the request is one:
///
/// ```
/// use axum::http::request::Parts;
/// use dflag_endpoint::{Authorizer, Caller, Denied};
///
/// // Behind a proxy that has let the user in, and that is the only way to get here.
/// fn by_proxy(request: &Parts) -> Result<Caller, Denied> {
///     let user = request.headers.get("x-forwarded-user").and_then(|user| user.to_str().ok());
///     user.map(Caller::new).ok_or_else(|| Denied::new("no user"))
/// }
/// # fn takes(_: impl Authorizer) {}
/// # takes(by_proxy);
/// ```
///
/// It runs on a thread that may block. One that panics lets nobody in.
pub trait Authorizer: Send + Sync + 'static {
    /// Says who asks.
    ///
    /// # Errors
    /// Why the request may not set flags. The answer has status 403.
    fn authorize(&self, request: &Parts) -> Result<Caller, Denied>;

    /// Whether a token is wanted, for which the page then has a field. What was typed there comes
    /// in the header `Authorization`, after `Bearer`.
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

/// Who sets a flag, as the log names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    name: String,
}

impl Caller {
    /// A caller of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Why a request may not set flags.
///
/// [`Display`](fmt::Display) shows what the caller is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{told}")]
pub struct Denied {
    told: String,
    logged: Option<String>,
}

impl Denied {
    /// Denied for a reason that the caller is told, and that the log shows.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            told: reason.into(),
            logged: None,
        }
    }

    /// What only the log shows beside the reason.
    #[must_use]
    pub fn logging(self, detail: impl Into<String>) -> Self {
        Self {
            logged: Some(detail.into()),
            ..self
        }
    }

    pub(crate) fn logged(&self) -> Option<&str> {
        self.logged.as_deref()
    }
}
