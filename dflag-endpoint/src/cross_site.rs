//! Cross-site requests: what a page of another site lets a browser send.
//!
//! A browser says where a request comes from, or asks first whether it may send what no form can
//! send, and is never told that it may. What says neither and looks like a form is rejected.

use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderMap, HeaderValue, Uri, header};

/// A header that a script sets to say that it is no form: no other site can let a browser send it.
const CUSTOM: &str = "x-dflag";

const SITE: &str = "sec-fetch-site";

/// Why the request may come from another site; `None` if it can't.
pub(crate) fn suspicion(headers: &HeaderMap, host: &Authority) -> Option<&'static str> {
    if headers.contains_key(SITE) {
        let is_own = |value: &HeaderValue| matches!(value.as_bytes(), b"same-origin" | b"none");
        let own = headers.get_all(SITE).iter().all(is_own);
        return (!own).then_some("its `Sec-Fetch-Site` says that another site sends it");
    }
    if headers.contains_key(header::ORIGIN) {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let own = origins.all(|origin| is_origin_of(origin, host));
        return (!own).then_some("its `Origin` is another than its `Host`");
    }
    let is_no_form = headers.contains_key(header::AUTHORIZATION)
        || headers.contains_key(CUSTOM)
        || headers.get(header::CONTENT_TYPE).is_some_and(is_json);
    (!is_no_form).then_some(
        "a form without `Origin` and `Sec-Fetch-Site` may be of another site: \
         a script sends `Authorization` or `X-Dflag: 1`",
    )
}

/// Whether it is a content type that no form can send.
pub(crate) fn is_json(content_type: &HeaderValue) -> bool {
    let essence = content_type.as_bytes().split(|byte| *byte == b';').next();
    let essence = essence.unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
}

fn is_origin_of(origin: &HeaderValue, host: &Authority) -> bool {
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
    let usual = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    // What was asked for does not say its scheme, so a port that is left out may be either's.
    let port = authority.port_u16().unwrap_or(usual);
    authority.host().eq_ignore_ascii_case(host.host()) && host.port_u16().unwrap_or(usual) == port
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::suspicion;

    fn is_suspect(host: &'static str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        suspicion(&headers, &host.parse().unwrap()).is_some()
    }

    #[test]
    fn the_browser_is_believed() {
        for (site, suspect) in [
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
            assert_eq!(is_suspect("localhost", &headers), suspect, "{site}");
        }
        assert!(is_suspect(
            "localhost",
            &[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")]
        ));
    }

    #[test]
    fn the_origin_has_to_be_the_host() {
        for (host, origin, suspect) in [
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
            assert_eq!(is_suspect(host, &headers), suspect, "{host} {origin}");
        }
    }

    #[test]
    fn without_either_it_has_to_be_what_no_form_sends() {
        for (headers, suspect) in [
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
            (&[("x-dflag", "1")], false),
        ] {
            assert_eq!(is_suspect("localhost", headers), suspect, "{headers:?}");
        }
    }
}
