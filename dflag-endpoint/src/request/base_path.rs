//! The path at which the endpoint is mounted, taken from the request's own path.
//!
//! Links on the page are relative, so that they also work behind a proxy that strips a prefix.

use axum::http::Uri;

/// The path that `set`, `events` and the other routes are below.
#[derive(Debug)]
pub(crate) struct BasePath {
    /// As an absolute path that ends with a slash.
    pub(crate) absolute: String,
    /// Relative to the request's path: `flags/` for `/debug/flags`, empty for `/debug/flags/`.
    pub(crate) relative: String,
}

impl BasePath {
    /// `original` is the request's URI before a router stripped its prefix, `stripped` after it.
    pub(crate) fn new(original: &Uri, stripped: &Uri) -> Self {
        if stripped.path() == "/" {
            Self::of_list(original)
        } else {
            Self::of_child(original)
        }
    }

    /// For a request to the list of flags, with or without a slash at the end.
    fn of_list(uri: &Uri) -> Self {
        let path = uri.path();
        match path.rsplit_once('/') {
            Some((_, last)) if !last.is_empty() => Self {
                absolute: format!("{path}/"),
                // Without the `./` a browser would read what is before a colon as a scheme.
                relative: if last.contains(':') {
                    format!("./{last}/")
                } else {
                    format!("{last}/")
                },
            },
            _ => Self {
                absolute: path.to_owned(),
                relative: String::new(),
            },
        }
    }

    /// For a request to something below the list: a flag, `set`, `clear`.
    fn of_child(uri: &Uri) -> Self {
        let (parent, _) = uri.path().rsplit_once('/').unwrap_or_default();
        Self {
            absolute: format!("{parent}/"),
            relative: String::new(),
        }
    }

    /// The list, relative to something below it. Without a slash at the end, since
    /// `Router::nest` serves the list at that path only.
    pub(crate) fn list_from_child(&self) -> String {
        let mut segments = self.absolute.rsplit('/').skip(1);
        match segments.next() {
            Some(last) if !last.is_empty() => format!("../{last}"),
            _ => "./".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BasePath;

    #[test]
    fn links_from_every_route_lead_to_the_same_paths() {
        for (path, absolute, relative) in [
            ("/debug/flags", "/debug/flags/", "flags/"),
            ("/debug/flags/", "/debug/flags/", ""),
            ("/", "/", ""),
            ("/a:b", "/a:b/", "./a:b/"),
        ] {
            let base = BasePath::of_list(&path.parse().unwrap());
            assert_eq!(
                (&*base.absolute, &*base.relative),
                (absolute, relative),
                "{path}"
            );
        }
        for (path, absolute, list) in [
            ("/debug/flags/set", "/debug/flags/", "../flags"),
            ("/set", "/", "./"),
        ] {
            let base = BasePath::of_child(&path.parse().unwrap());
            assert_eq!(
                (&*base.absolute, &*base.relative, &*base.list_from_child()),
                (absolute, "", list),
                "{path}"
            );
        }
    }
}
