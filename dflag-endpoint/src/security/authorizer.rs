//! Decides who may read and edit flags.
//!
//! Cross-site requests are rejected before an authorizer is asked.

use std::fmt;

use axum::http::request::Parts;

/// Decides in two steps who may set flags and clear overrides: it names the caller of a request before the request's
/// body is read, and then judges each flag that the body names.
///
/// A function of the request is an authorizer whose callers may do everything:
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
/// One that grants rights by flag and act:
///
/// ```
/// # use axum::http::request::Parts;
/// use dflag_endpoint::{Act, Authorizer, Caller, Denied};
///
/// struct Groups;
///
/// impl Authorizer for Groups {
///     fn authenticate(&self, request: &Parts) -> Result<Caller, Denied> {
///         let header = |name| request.headers.get(name).and_then(|value| value.to_str().ok());
///         let user = header("x-forwarded-user").ok_or_else(|| Denied::new("no user"))?;
///         let groups = header("x-forwarded-groups").unwrap_or_default();
///         Ok(Caller::new(user).with_groups(groups.split(',')))
///     }
///
///     fn authorize(&self, caller: &Caller, act: Act, flag: &str) -> Result<(), Denied> {
///         let is_on_call = caller.groups().any(|group| group == "on-call");
///         match act {
///             Act::Read | Act::Clear => Ok(()),
///             Act::Set if is_on_call || flag == "log-level" => Ok(()),
///             _ => Err(Denied::new("only the group `on-call` may set it")),
///         }
///     }
/// }
/// ```
///
/// Both methods run on a thread that may block. If one panics, the request is denied.
pub trait Authorizer: Send + Sync + 'static {
    /// Names the caller of a request, whose body has not been read.
    ///
    /// # Errors
    /// Why the endpoint does not serve this caller. The response has status 403.
    fn authenticate(&self, request: &Parts) -> Result<Caller, Denied>;

    /// Judges what the caller is about to do with a flag, which is given by its long name. By default a caller that is
    /// authenticated may do everything.
    ///
    /// It is called once for each flag of a request that edits flags, and for each flag that a response would have if
    /// [reading is restricted](crate::Endpoint::restrict_reading).
    ///
    /// # Errors
    /// Why the caller may not do that. A request that edits flags is then rejected as a whole, with status 403. A flag
    /// that the caller may not read is left out.
    fn authorize(&self, caller: &Caller, act: Act, flag: &str) -> Result<(), Denied> {
        let _ = (caller, act, flag);
        Ok(())
    }

    /// Whether the page asks for a token. With a script it sends the token in the header
    /// `Authorization`, after `Bearer`; without one, in the form field `token`. A request to
    /// [`authenticate`](Self::authenticate) then has it as a [`FormToken`](crate::FormToken) among its extensions, if it
    /// has no `Authorization` and the field is within the first [`FORM_TOKEN_BYTES`](crate::limits::FORM_TOKEN_BYTES)
    /// of the form: no more of a body is read for a caller that is not authenticated.
    fn wants_token(&self) -> bool {
        false
    }
}

impl<F> Authorizer for F
where
    F: Fn(&Parts) -> Result<Caller, Denied> + Send + Sync + 'static,
{
    fn authenticate(&self, request: &Parts) -> Result<Caller, Denied> {
        self(request)
    }
}

/// What a caller does with a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Act {
    /// Reads its value and its description.
    Read,
    /// Sets an override.
    Set,
    /// Clears its override.
    Clear,
}

/// Who reads or edits flags, as the log names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    name: String,
    groups: Vec<String>,
}

impl Caller {
    /// A caller with this name, in no group.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            groups: Vec::new(),
        }
    }

    /// The same caller in these groups, for [`Authorizer::authorize`].
    #[must_use]
    pub fn with_groups<T: Into<String>>(self, groups: impl IntoIterator<Item = T>) -> Self {
        Self {
            groups: groups.into_iter().map(Into::into).collect(),
            ..self
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The groups, in the order in which they were given.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(String::as_str)
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Why a request is not allowed.
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
