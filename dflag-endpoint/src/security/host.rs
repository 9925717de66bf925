//! Checks the host that a request is for.
//!
//! The page of another site can make its own name resolve to this machine (DNS rebinding), and is
//! then of the same origin as the endpoint. An IP address and `localhost` can't be rebound; any
//! other name has to be allowed by the program.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

use crate::response::Rejection;

/// The names that the program allows, in lower case.
#[derive(Debug, Default)]
pub(crate) struct AllowedHosts(Vec<String>);

impl AllowedHosts {
    pub(crate) fn add(&mut self, name: &str) {
        self.0.push(normalize(name));
    }

    /// The request's host, if it is allowed.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<Host, Rejection> {
        let host = host(uri, headers).ok_or_else(|| {
            Rejection::bad_request("the request has no valid `Host`, or more than one")
        })?;
        // A request line may contain another host, which has to be allowed as well.
        let is_allowed = |authority: &Authority| self.allow(authority.host());
        if is_allowed(&host) && uri.authority().is_none_or(is_allowed) {
            Ok(Host(host))
        } else {
            Err(Rejection::forbidden(format_args!(
                "flags are not served for the host `{}`: only for IP addresses, localhost, and \
                 names that the program allows",
                host.host()
            )))
        }
    }

    fn allow(&self, host: &str) -> bool {
        let host = normalize(host);
        let is_address = match host.strip_prefix('[') {
            Some(rest) => rest
                .strip_suffix(']')
                .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
            None => host.parse::<Ipv4Addr>().is_ok(),
        };
        let is_localhost = host == "localhost" || host.ends_with(".localhost");
        is_address || is_localhost || self.0.contains(&host)
    }
}

/// The host that the request was sent to, which is allowed. The middleware adds it to the request's
/// extensions.
#[derive(Clone, Debug)]
pub(crate) struct Host(pub(crate) Authority);

impl<S: Send + Sync> FromRequestParts<S> for Host {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let host = parts.extensions.get().cloned();
        host.ok_or_else(|| Rejection::bad_request("the request has no `Host`"))
    }
}

/// The value of `Host`, or of `:authority` with HTTP/2.
fn host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let authority = match (hosts.next(), hosts.next()) {
        (Some(only), None) => only.to_str().ok()?.parse().ok()?,
        (None, None) => uri.authority()?.clone(),
        _ => return None,
    };
    Some(authority).filter(|authority| !authority.as_str().contains('@'))
}

fn normalize(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::AllowedHosts;

    #[test]
    fn addresses_localhost_and_added_names_are_allowed() {
        let mut hosts = AllowedHosts::default();
        hosts.add("Flags.example.com");
        for host in [
            "127.0.0.1",
            "10.1.2.3",
            "[::1]",
            "[fd00::7]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "flags.example.com",
            "FLAGS.example.com.",
        ] {
            assert!(hosts.allow(host), "{host}");
        }
        for host in [
            "",
            "evil.com",
            "127.0.0.1.evil.com",
            "127.0.0.1.nip.io",
            "localhost.evil.com",
            "notlocalhost",
            "example.com",
            "x.flags.example.com",
            "::1",
            "[::1",
            "127.1",
            "2130706433",
            "0x7f.0.0.1",
            "localhost..",
            ".",
        ] {
            assert!(!hosts.allow(host), "{host}");
        }
    }
}
