//! The format of the response.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use super::content_type::ContentType;

/// The format that the client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Page,
    Json,
}

impl Format {
    /// The format of the response to a request with this query.
    pub(crate) fn new(query: &str, request: &Parts) -> Self {
        // A script that posts JSON can't use a page, whatever it accepts.
        if request.method == Method::POST
            && ContentType::of(&request.headers) == Some(ContentType::Json)
        {
            return Self::Json;
        }
        Self::of(query, &request.headers)
    }

    /// The query's `format` if there is one, else what `Accept` says.
    fn of(query: &str, headers: &HeaderMap) -> Self {
        let format = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "format");
        match format.as_ref().map(|(_, format)| &**format) {
            Some("json") => Self::Json,
            Some("html") => Self::Page,
            _ if accepts_html(headers) => Self::Page,
            _ => Self::Json,
        }
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter();
    values.any(|value| {
        let mut parts = value.as_bytes().windows(4);
        parts.any(|part| part.eq_ignore_ascii_case(b"html"))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::Format;

    #[test]
    fn format_comes_from_the_query_or_else_from_accept() {
        for (query, accept, page) in [
            ("", "text/html,*/*;q=0.8", true),
            ("", "application/xhtml+xml", true),
            ("", "application/json", false),
            ("", "*/*", false),
            ("format=json", "text/html", false),
            ("format=html", "*/*", true),
            ("format=", "TEXT/HTML", true),
        ] {
            let headers =
                HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            let is_page = Format::of(query, &headers) == Format::Page;
            assert_eq!(is_page, page, "{query} {accept}");
        }
        assert_eq!(Format::of("", &HeaderMap::new()), Format::Json);
    }
}
