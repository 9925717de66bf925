//! Authorizes requests that carry the token in a file.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use subtle::ConstantTimeEq;

use super::authorizer::{Authorizer, Caller, Denied};
use crate::limits::TOKEN_FILE_BYTES;

/// Authorizes requests that carry the token in a file, in the header `Authorization: Bearer TOKEN`
/// or in the page's form. A header takes precedence. A caller with the token may set and clear every flag.
///
/// The file is read for each request that edits flags, so that the token may be rotated at any
/// time, as in a mounted Secret. White space around the token is ignored. If the file is empty,
/// unreadable or larger than [`TOKEN_FILE_BYTES`](crate::limits::TOKEN_FILE_BYTES), every request
/// is denied and the log has the reason. The time of a comparison reveals no more than the token's
/// length.
///
/// ```no_run
/// # use clap::Parser;
/// # use dflag::DynamicFlags;
/// use dflag_endpoint::{BearerToken, Endpoint};
///
/// # #[derive(Clone, Parser, DynamicFlags)]
/// # struct Args {
/// #     #[arg(long, default_value_t = 3)]
/// #     #[flag(dynamic)]
/// #     limit: u8,
/// # }
/// # let args = Args::parse_dynamic();
/// let token = BearerToken::file("/var/run/secrets/dflag/token").caller_name("on-call");
/// let router = Endpoint::new(&args).allow_setting(token).router();
/// ```
#[derive(Clone, Debug)]
pub struct BearerToken {
    path: PathBuf,
    caller: Caller,
}

impl BearerToken {
    /// The token in the file at `path`, which need not exist yet.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            caller: Caller::new("bearer token"),
        }
    }

    /// How the log names a caller that has the token. The default is `bearer token`.
    #[must_use]
    pub fn caller_name(mut self, name: impl Into<String>) -> Self {
        self.caller = Caller::new(name);
        self
    }
}

impl Authorizer for BearerToken {
    fn authenticate(&self, request: &Parts) -> Result<Caller, Denied> {
        let sent = sent_token(request)?;
        let token = read_token(&self.path).map_err(|error| {
            let detail = format!("the token file `{}`: {error}", self.path.display());
            Denied::new("the server has no token to compare with, its log says why")
                .with_log_detail(detail)
        })?;
        if token.trim_ascii().ct_eq(sent).into() {
            Ok(self.caller.clone())
        } else {
            Err(Denied::new("the token is wrong"))
        }
    }

    fn wants_token(&self) -> bool {
        true
    }
}

/// The token from the page's form, among the [extensions](Parts::extensions) of the request that
/// an [`Authorizer`] gets.
///
/// ```
/// use axum::http::request::Parts;
/// use dflag_endpoint::FormToken;
///
/// fn token(request: &Parts) -> Option<&str> {
///     request.extensions.get().map(FormToken::as_str)
/// }
/// ```
///
/// Its `Debug` output is masked.
#[derive(Clone)]
pub struct FormToken(String);

impl FormToken {
    pub(crate) fn new(token: String) -> Self {
        Self(token)
    }

    /// The token as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormToken(********)")
    }
}

fn sent_token(request: &Parts) -> Result<&[u8], Denied> {
    let missing = || {
        Denied::new(
            "no token was sent: send it in the header `Authorization: Bearer TOKEN`, or as the first field `token` of a \
             form",
        )
    };
    let mut headers = request.headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else {
        let form = request.extensions.get::<FormToken>().ok_or_else(missing)?;
        return Ok(form.as_str().as_bytes().trim_ascii());
    };
    if headers.next().is_some() {
        return Err(Denied::new("more than one `Authorization` was sent"));
    }
    let (scheme, token) = header.as_bytes().split_at_checked(7).ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return Err(missing());
    }
    Ok(token.trim_ascii())
}

fn read_token(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a FIFO would wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let limit = u64::try_from(TOKEN_FILE_BYTES).unwrap_or(u64::MAX);
    let mut token = Vec::new();
    File::open(path)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut token)?;
    if token.len() > TOKEN_FILE_BYTES {
        return Err(io::Error::other(format!(
            "longer than {TOKEN_FILE_BYTES} bytes"
        )));
    }
    if token.trim_ascii().is_empty() {
        return Err(io::Error::other("empty"));
    }
    Ok(token)
}
