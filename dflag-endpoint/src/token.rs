//! A bearer token: whoever knows it may set flags.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use subtle::ConstantTimeEq;

use crate::authorize::{Authorizer, Caller, Denied};
use crate::limits::TOKEN_BYTES;

/// Lets in who sends the token that a file holds, in the header `Authorization: Bearer TOKEN`
/// or in the page's field for it.
///
/// The file is read for each request that would set a flag, so it may be rotated at any time, as
/// a mounted Secret is. White space around the token does not count. A file that is empty, can't
/// be read, or has more than [`TOKEN_BYTES`](crate::limits::TOKEN_BYTES) lets nobody in; why is
/// in the log. How long a comparison takes tells nothing of the token but its length.
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
/// let token = BearerToken::file("/var/run/secrets/dflag/token").called("on-call");
/// let router = Endpoint::new(&args).allow_setting(token).router();
/// ```
#[derive(Clone, Debug)]
pub struct BearerToken {
    path: PathBuf,
    name: String,
}

impl BearerToken {
    /// The token that stands in the file at `path`, which need not exist yet.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            name: "bearer token".to_owned(),
        }
    }

    /// What the log calls those who know the token; `bearer token` unless this says otherwise.
    #[must_use]
    pub fn called(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

impl Authorizer for BearerToken {
    fn authorize(&self, request: &Parts) -> Result<Caller, Denied> {
        let sent = sent(&request.headers)?;
        let token = token(&self.path).map_err(|error| {
            let detail = format!("the token's file `{}`: {error}", self.path.display());
            Denied::new("the server has no token to compare with, its log says why").logging(detail)
        })?;
        if token.trim_ascii().ct_eq(sent).into() {
            Ok(Caller::new(&*self.name))
        } else {
            Err(Denied::new("the token is wrong"))
        }
    }

    fn wants_token(&self) -> bool {
        true
    }
}

fn sent(headers: &HeaderMap) -> Result<&[u8], Denied> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let none =
        || Denied::new("no token was sent: it goes into the header `Authorization: Bearer TOKEN`");
    let only = all.next().ok_or_else(none)?;
    if all.next().is_some() {
        return Err(Denied::new("more than one `Authorization` was sent"));
    }
    let (scheme, token) = only.as_bytes().split_at_checked(7).ok_or_else(none)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return Err(none());
    }
    Ok(token.trim_ascii())
}

fn token(path: &Path) -> io::Result<Vec<u8>> {
    // To open a FIFO would wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let limit = u64::try_from(TOKEN_BYTES).unwrap_or(u64::MAX);
    let mut token = Vec::new();
    File::open(path)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut token)?;
    if token.len() > TOKEN_BYTES {
        return Err(io::Error::other(format!("longer than {TOKEN_BYTES} bytes")));
    }
    if token.trim_ascii().is_empty() {
        return Err(io::Error::other("empty"));
    }
    Ok(token)
}
