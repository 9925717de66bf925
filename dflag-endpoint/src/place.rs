//! Places: where the endpoint is mounted, as a request's own path shows it.
//!
//! Links on the page are relative, so that they also hold behind a proxy that takes a prefix away.

use axum::http::Uri;

/// Where a request came to.
#[derive(Debug)]
pub(crate) struct Place {
    /// The absolute path that `set` and the others stand under, with a slash at its end.
    pub(crate) root: String,
    /// The same, relative to what was asked for.
    pub(crate) base: String,
}

impl Place {
    /// At the list of flags, with or without a slash at its end.
    ///
    /// `uri` is the one that was asked for, before a router took its prefix away.
    pub(crate) fn list(uri: &Uri) -> Self {
        let path = uri.path();
        match path.rsplit_once('/') {
            Some((_, last)) if !last.is_empty() => Self {
                root: format!("{path}/"),
                // Before a colon it would be taken for a scheme.
                base: if last.contains(':') {
                    format!("./{last}/")
                } else {
                    format!("{last}/")
                },
            },
            _ => Self {
                root: path.to_owned(),
                base: String::new(),
            },
        }
    }

    /// At something in the list: a flag, `set`, `clear`.
    pub(crate) fn inside(uri: &Uri) -> Self {
        let (above, _) = uri.path().rsplit_once('/').unwrap_or_default();
        Self {
            root: format!("{above}/"),
            base: String::new(),
        }
    }

    /// The list, relative to something in it. A router may know it without the slash at its end only.
    pub(crate) fn up(&self) -> String {
        let mut segments = self.root.rsplit('/').skip(1);
        match segments.next() {
            Some(last) if !last.is_empty() => format!("../{last}"),
            _ => "./".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn links_lead_to_the_same_place_from_everywhere() {
        for (path, root, base) in [
            ("/debug/flags", "/debug/flags/", "flags/"),
            ("/debug/flags/", "/debug/flags/", ""),
            ("/", "/", ""),
            ("/a:b", "/a:b/", "./a:b/"),
        ] {
            let place = Place::list(&path.parse().unwrap());
            assert_eq!((&*place.root, &*place.base), (root, base), "{path}");
        }
        for (path, root, up) in [
            ("/debug/flags/set", "/debug/flags/", "../flags"),
            ("/set", "/", "./"),
        ] {
            let place = Place::inside(&path.parse().unwrap());
            assert_eq!(
                (&*place.root, &*place.base, &*place.up()),
                (root, "", up),
                "{path}"
            );
        }
    }
}
