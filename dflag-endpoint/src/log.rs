//! The log of requests that edit or revert flags, and of rejected ones.
//!
//! A client decides what a request contains, but not how much of it a line has: texts are shortened and names counted.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;

use axum::extract::connect_info::ConnectInfo;
use axum::http::request::Parts;
use dflag::Reverted;

use crate::json::FlagChange;
use crate::response::Rejection;
use crate::security::{Caller, Denied};

/// The longest part of a reason that a line has, in bytes.
const REASON_BYTES: usize = 256;

/// The longest part of a name.
const NAME_BYTES: usize = 64;

/// The longest part of a value.
const VALUE_BYTES: usize = 1024;

/// The most names of one request.
const NAMES: usize = 3;

/// A request that is not served.
pub(crate) fn request_rejected(rejection: &Rejection) {
    let (status, reason) = (rejection.status.as_u16(), reason(rejection));
    tracing::warn!(status, ?reason, "request rejected");
}

/// An edit that changed nothing.
pub(crate) fn edit_rejected(request: &Parts, caller: Option<&Caller>, rejection: &Rejection) {
    let (peer, reason) = (peer(request), reason(rejection));
    if let Some(caller) = caller {
        let caller = Short(caller.name(), NAME_BYTES);
        tracing::warn!(%caller, ?peer, ?reason, "edit rejected");
    } else {
        tracing::warn!(?peer, ?reason, "edit rejected");
    }
}

/// A caller that is not authenticated, for which `action` is denied.
pub(crate) fn not_authenticated(request: &Parts, action: &str, denied: &Denied) {
    let (peer, text) = (peer(request), denied.to_string());
    let reason = Short(&text, REASON_BYTES);
    let detail = denied
        .log_detail()
        .map(|detail| Short(detail, REASON_BYTES));
    tracing::warn!(?peer, ?reason, ?detail, "{action} denied");
}

/// Flags that the caller may not edit.
pub(crate) fn edit_denied(request: &Parts, caller: &Caller, denied: &[(String, Denied)]) {
    let Some((_, first)) = denied.first() else {
        return;
    };
    let (peer, caller) = (peer(request), Short(caller.name(), NAME_BYTES));
    let flags: Vec<_> = denied.iter().map(|(flag, _)| &**flag).collect();
    let flags = Names(&flags);
    let text = first.to_string();
    let reason = Short(&text, REASON_BYTES);
    let detail = first.log_detail().map(|detail| Short(detail, REASON_BYTES));
    tracing::warn!(%caller, ?peer, ?flags, ?reason, ?detail, "edit denied");
}

/// A flag that was set or cleared.
pub(crate) fn edited(
    request: &Parts,
    caller: &Caller,
    change: &FlagChange,
    (expires_in, why): (Option<&str>, Option<&str>),
    generation: u64,
) {
    let (peer, caller) = (peer(request), Short(caller.name(), NAME_BYTES));
    let value = |value| Some(Short(value, VALUE_BYTES));
    let old = change.old.as_deref().and_then(value);
    let new = change.new.as_deref().and_then(value);
    let expires_in = given(expires_in).map(|text| Short(text, NAME_BYTES));
    let why = given(why).map(|text| Short(text, REASON_BYTES));
    let flag = &change.name;
    tracing::info!(%caller, ?peer, %flag, ?old, ?new, ?expires_in, ?why, generation, "flag edited");
}

/// Flags that were reverted to an earlier generation.
pub(crate) fn reverted(request: &Parts, caller: &Caller, reverted: &Reverted, why: Option<&str>) {
    let (peer, caller) = (peer(request), Short(caller.name(), NAME_BYTES));
    let (to, generation) = (reverted.to, reverted.generation);
    let overridden: Vec<_> = reverted.overridden.iter().map(String::as_str).collect();
    let overridden = Names(&overridden);
    let why = given(why).map(|text| Short(text, REASON_BYTES));
    tracing::info!(%caller, ?peer, to, ?overridden, ?why, generation, "flags reverted");
}

/// A form has an empty field for what its user leaves out.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// The client's address, if the program's server provides it.
fn peer(request: &Parts) -> Option<SocketAddr> {
    let ConnectInfo(peer) = request.extensions.get()?;
    Some(*peer)
}

fn reason(rejection: &Rejection) -> Short<'_> {
    Short(&rejection.body.error, REASON_BYTES)
}

/// The beginning of a text, with at most this many bytes of which invisible and control characters are escaped.
#[derive(Clone, Copy)]
pub(crate) struct Short<'a>(pub(crate) &'a str, pub(crate) usize);

impl Short<'_> {
    fn write(self, f: &mut impl fmt::Write) -> Result<bool, fmt::Error> {
        let mut rest = self.1;
        for character in self.0.chars() {
            let escaped = character.escape_debug();
            let length: usize = escaped.clone().map(char::len_utf8).sum();
            let Some(left) = rest.checked_sub(length) else {
                return Ok(true);
            };
            rest = left;
            write!(f, "{escaped}")?;
        }
        Ok(false)
    }

    fn write_length(self, is_cut: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_cut {
            write!(f, "… ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let is_cut = self.write(f)?;
        f.write_char('"')?;
        self.write_length(is_cut, f)
    }
}

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_cut = self.write(f)?;
        self.write_length(is_cut, f)
    }
}

/// The first names, and how many there are.
struct Names<'a>(&'a [&'a str]);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().take(NAMES);
        let names = names.map(|name| Short(name, NAME_BYTES));
        f.debug_list().entries(names).finish()?;
        if self.0.len() > NAMES {
            write!(f, "… ({} flags)", self.0.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, Short};

    #[test]
    fn a_long_text_is_cut_after_it_is_escaped() {
        assert_eq!(format!("{:?}", Short("a\nb", 4)), r#""a\nb""#);
        assert_eq!(format!("{:?}", Short("a\nb", 3)), r#""a\n"… (3 bytes)"#);
        assert_eq!(format!("{}", Short("\u{202e}x", 7)), "… (4 bytes)");
        assert_eq!(format!("{}", Short("é", 2)), "é");
        let long = format!("{:?}", Short(&"\u{1}".repeat(10_000), 64));
        assert!(long.len() < 90, "{long}");
    }

    #[test]
    fn many_names_are_counted() {
        assert_eq!(format!("{:?}", Names(&["a", "b"])), r#"["a", "b"]"#);
        let names = ["a"; 1_000];
        assert_eq!(
            format!("{:?}", Names(&names)),
            r#"["a", "a", "a"]… (1000 flags)"#
        );
    }
}
