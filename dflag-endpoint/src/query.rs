//! Queries: which flags a reader asks for, and in which form.

use axum::http::{HeaderMap, header};
use dflag::{FlagInfo, FlagKind};

/// Which flags are shown. Without any choice it is all of them.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(crate) struct Selection {
    pub(crate) only_changed: bool,
    pub(crate) only_dynamic: bool,
    pub(crate) only_static: bool,
    pub(crate) only_pending: bool,
    /// Flags with this in name or help, upper and lower case being the same; empty for any.
    pub(crate) text: String,
    /// Flags with these names; empty for any.
    pub(crate) names: Vec<String>,
}

impl Selection {
    /// What the query of a URI selects. What it does not know it passes over.
    pub(crate) fn of(query: &str) -> Self {
        let mut selection = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match (&*key, &*value) {
                (_, "") => {}
                ("only_changed", _) => selection.only_changed = true,
                ("pending", _) => selection.only_pending = true,
                ("type", "dynamic") => selection.only_dynamic = true,
                ("type", "static") => selection.only_static = true,
                ("q", text) => text.clone_into(&mut selection.text),
                ("name", name) => selection.names.push(name.to_owned()),
                _ => {}
            }
        }
        selection
    }

    /// One flag alone.
    pub(crate) fn one(name: String) -> Self {
        Self {
            names: vec![name],
            ..Self::default()
        }
    }

    pub(crate) fn has(&self, flag: &FlagInfo) -> bool {
        (!self.only_changed || flag.changed)
            && (!self.only_dynamic || flag.kind == FlagKind::Dynamic)
            && (!self.only_static || flag.kind == FlagKind::Static)
            && (!self.only_pending || flag.pending_restart.is_some())
            && self.has_text(flag)
            && (self.names.is_empty() || self.names.iter().any(|name| is_called(flag, name)))
    }

    fn has_text(&self, flag: &FlagInfo) -> bool {
        let text = self.text.to_lowercase();
        let has = |of: &str| of.to_lowercase().contains(&text);
        text.is_empty() || has(&flag.name) || has(&flag.help)
    }
}

/// Whether `name` is one of the flag's names, `-` and `_` being the same.
pub(crate) fn is_called(flag: &FlagInfo, name: &str) -> bool {
    let normal = |byte| if byte == b'-' { b'_' } else { byte };
    let mut names = flag.aliases.iter().chain([&flag.name]);
    names.any(|of| of.bytes().map(normal).eq(name.bytes().map(normal)))
}

/// Whether the answer shall be a page, by `format=` or else by `Accept`.
pub(crate) fn wants_page(query: &str, headers: &HeaderMap) -> bool {
    let format = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "format");
    match format.as_ref().map(|(_, format)| &**format) {
        Some("json") => false,
        Some("html") => true,
        _ => headers.get_all(header::ACCEPT).iter().any(|accept| {
            accept
                .as_bytes()
                .windows(4)
                .any(|part| part.eq_ignore_ascii_case(b"html"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{Selection, wants_page};

    #[test]
    fn what_is_empty_or_not_known_selects_nothing() {
        let selection = Selection::of("only_changed=&pending&type=all&q=&name=&x=1&%ff=%zz");
        assert_eq!(
            format!("{selection:?}"),
            format!("{:?}", Selection::default())
        );
    }

    #[test]
    fn the_format_is_asked_for_or_accepted() {
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
            assert_eq!(wants_page(query, &headers), page, "{query} {accept}");
        }
        assert!(!wants_page("", &HeaderMap::new()));
    }
}
