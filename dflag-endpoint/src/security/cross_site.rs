//! Rejects edits that a page of another site makes a browser send (CSRF).
//!
//! A browser says which site a request comes from, in one header or in two, and each has to agree. Before it sends what
//! no form can send, it asks for permission (CORS), which the endpoint never gives. A request that says nothing about
//! its origin and could be a form's is rejected.

use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderMap, HeaderValue, Uri, header};

use super::host::Host;
use crate::request::ContentType;
use crate::response::Rejection;

/// A header that scripts set to show that they are no form: no other site can make a browser send it.
const CUSTOM_HEADER: &str = "x-dflag";

const SITE: &str = "sec-fetch-site";

/// # Errors
/// The request may come from another site.
pub(crate) fn reject_cross_site(headers: &HeaderMap, host: &Host) -> Result<(), Rejection> {
    let is_same_site = |value: &HeaderValue| matches!(value.as_bytes(), b"same-origin" | b"none");
    if !headers.get_all(SITE).iter().all(is_same_site) {
        return Err(Rejection::forbidden(
            "`Sec-Fetch-Site` says that the request comes from another site",
        ));
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if !origins.all(|origin| is_same_origin(origin, &host.0)) {
        return Err(Rejection::forbidden("`Origin` and `Host` differ"));
    }
    let is_proven = headers.contains_key(SITE)
        || headers.contains_key(header::ORIGIN)
        || headers.contains_key(CUSTOM_HEADER)
        || has_bearer_token(headers)
        || ContentType::of(headers) == Some(ContentType::Json);
    if is_proven {
        Ok(())
    } else {
        Err(Rejection::forbidden(
            "a form without `Origin` and `Sec-Fetch-Site` may come from another site: \
             send `Authorization: Bearer TOKEN` or `X-Dflag: 1` from a script",
        ))
    }
}

/// A browser adds the header with another scheme, such as `Basic`, to the requests that other sites make it send.
fn has_bearer_token(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    values.next().is_some_and(is_bearer) && values.all(is_bearer)
}

fn is_bearer(value: &HeaderValue) -> bool {
    let scheme = value.as_bytes().get(..7);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "))
}

fn is_same_origin(origin: &HeaderValue, host: &Authority) -> bool {
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.parse::<Uri>().ok());
    let Some((scheme, authority)) = origin
        .as_ref()
        .and_then(|origin| Some((origin.scheme()?, origin.authority()?)))
    else {
        return false;
    };
    // A request does not contain its own scheme, so a missing port is the default of the origin's.
    let default_port = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    let port = |of: &Authority| of.port_u16().unwrap_or(default_port);
    authority.host().eq_ignore_ascii_case(host.host()) && port(authority) == port(host)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{Host, reject_cross_site};

    fn is_rejected(host: &'static str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        reject_cross_site(&headers, &Host(host.parse().unwrap())).is_err()
    }

    #[test]
    fn sec_fetch_site_has_to_be_the_same() {
        for (site, rejected) in [
            ("same-origin", false),
            ("none", false),
            ("same-site", true),
            ("cross-site", true),
            ("Same-Origin", true),
            ("", true),
        ] {
            let headers = [
                ("sec-fetch-site", site),
                ("origin", "http://localhost:80"),
                ("x-dflag", "1"),
            ];
            assert_eq!(is_rejected("localhost", &headers), rejected, "{site}");
        }
        assert!(is_rejected(
            "localhost",
            &[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")]
        ));
    }

    #[test]
    fn either_header_alone_rejects() {
        for site in ["same-origin", "none"] {
            let headers = [("sec-fetch-site", site), ("origin", "http://evil.example")];
            assert!(is_rejected("localhost", &headers), "{site}");
        }
    }

    #[test]
    fn origin_and_host_have_to_agree() {
        for (host, origin, rejected) in [
            ("localhost:8080", "http://localhost:8080", false),
            ("LOCALHOST:8080", "http://localhost:8080", false),
            ("flags.example.com", "https://flags.example.com", false),
            ("flags.example.com:443", "https://flags.example.com", false),
            ("flags.example.com", "https://flags.example.com:443", false),
            ("[::1]:8080", "http://[::1]:8080", false),
            ("localhost:8080", "http://localhost:9090", true),
            ("localhost:8080", "http://localhost", true),
            ("localhost", "http://localhost:8080", true),
            ("flags.example.com:80", "https://flags.example.com", true),
            ("localhost:8080", "http://evil.example", true),
            ("localhost:8080", "http://localhost:8080.evil.example", true),
            ("localhost:8080", "http://localhost:8080@evil.example", true),
            ("localhost:8080", "null", true),
            ("localhost:8080", "", true),
            ("localhost:8080", "localhost:8080", true),
        ] {
            let headers = [
                ("origin", origin),
                ("authorization", "Bearer x"),
                ("x-dflag", "1"),
            ];
            assert_eq!(is_rejected(host, &headers), rejected, "{host} {origin}");
        }
    }

    #[test]
    fn without_either_header_the_request_must_not_be_a_forms() {
        for (headers, rejected) in [
            (&[] as &[_], true),
            (
                &[("content-type", "application/x-www-form-urlencoded")],
                true,
            ),
            (&[("content-type", "text/plain")], true),
            (&[("content-type", "text/plain; application/json")], true),
            (
                &[("content-type", "application/json; charset=utf-8")],
                false,
            ),
            (&[("authorization", "Bearer x")], false),
            (&[("authorization", "bearer x")], false),
            (&[("authorization", "Basic eDp5")], true),
            (&[("authorization", "Negotiate x")], true),
            (&[("authorization", "Bearer")], true),
            (
                &[("authorization", "Bearer x"), ("authorization", "Basic x")],
                true,
            ),
            (&[("x-dflag", "1")], false),
        ] {
            assert_eq!(is_rejected("localhost", headers), rejected, "{headers:?}");
        }
    }
}
