//! Hosts: by which names the endpoint may be reached.
//!
//! A page of another site can let its own name lead to this machine (DNS rebinding), and is then
//! of the same origin as what is served here. An IP address and `localhost` can't be taken over
//! that way; any other name has to be given.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

/// Names that were given, in lower case.
#[derive(Debug, Default)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    pub(crate) fn add(&mut self, name: &str) {
        self.0.push(normal(name));
    }

    fn allow(&self, host: &str) -> bool {
        let host = normal(host);
        let address = match host.strip_prefix('[') {
            Some(rest) => rest
                .strip_suffix(']')
                .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
            None => host.parse::<Ipv4Addr>().is_ok(),
        };
        let local = host == "localhost" || host.ends_with(".localhost");
        address || local || self.0.contains(&host)
    }
}

/// What is wrong with the host that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrongHost {
    /// There is none, more than one, or it is no host.
    Malformed,
    /// It is a name that was not given.
    Foreign,
}

/// The host that the request was sent to: `Host`, or `:authority` with HTTP/2.
pub(crate) fn host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let authority = match (hosts.next(), hosts.next()) {
        (Some(only), None) => only.to_str().ok()?.parse().ok()?,
        (None, None) => uri.authority()?.clone(),
        _ => return None,
    };
    Some(authority).filter(|authority| !authority.as_str().contains('@'))
}

pub(crate) fn check(hosts: &Hosts, uri: &Uri, headers: &HeaderMap) -> Result<(), WrongHost> {
    let host = host(uri, headers).ok_or(WrongHost::Malformed)?;
    // A request line may name another one, which counts as well.
    let mut named = uri.authority().into_iter().chain([&host]);
    if named.all(|authority| hosts.allow(authority.host())) {
        Ok(())
    } else {
        Err(WrongHost::Foreign)
    }
}

fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::Hosts;

    #[test]
    fn addresses_localhost_and_the_given_names_are_allowed() {
        let mut hosts = Hosts::default();
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
