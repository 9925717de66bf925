//! Whether the client accepts a compressed response.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_ENCODING;

/// Whether `Accept-Encoding` names gzip.
pub(crate) fn accepts_gzip(request: &HeaderMap) -> bool {
    let values = request.get_all(ACCEPT_ENCODING).into_iter();
    let mut codings = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && !is_zero(weight)
    })
}

/// Whether a weight such as `q=0.5` excludes what it is of.
fn is_zero(weight: &str) -> bool {
    let weight = weight.trim();
    let number = weight.strip_prefix("q=").or(weight.strip_prefix("Q="));
    number.is_some_and(|number| number.trim().parse() == Ok(0.0))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use axum::http::header::ACCEPT_ENCODING;

    use super::accepts_gzip;

    #[test]
    fn gzip_is_accepted_if_it_is_named_with_any_weight_but_0() {
        for (value, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("", false),
            ("identity", false),
            ("gzip;q=0, br", false),
            ("gzip; q=0.000", false),
            ("x-gzip2", false),
        ] {
            let mut headers = HeaderMap::new();
            if let Ok(value) = value.parse() {
                headers.insert(ACCEPT_ENCODING, value);
            }
            assert_eq!(accepts_gzip(&headers), expected, "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
