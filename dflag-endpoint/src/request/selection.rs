//! Which flags the query selects.

use std::collections::HashSet;
use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use dflag::{FlagInfo, FlagKind, FlagSet, Key, Origin};

/// Conditions that a flag has to meet. Without any, all flags are selected.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a condition of its own"
)]
pub(crate) struct Selection {
    pub(crate) only_changed: bool,
    pub(crate) only_dynamic: bool,
    pub(crate) only_static: bool,
    pub(crate) only_overridden: bool,
    /// Whether a restart would change the flag; `None` for either.
    pub(crate) pending: Option<bool>,
    /// Text that name, help or value contains, ignoring case; empty for any.
    pub(crate) text: String,
    /// Names of the flags; empty for any.
    pub(crate) names: Vec<String>,
}

impl Selection {
    /// What the query of a URI selects. Unknown parameters are ignored.
    pub(crate) fn from_query(query: &str) -> Self {
        let mut selection = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match (&*key, &*value) {
                (_, "") => {}
                ("only_changed", word) => selection.only_changed = is_true(word),
                ("overridden", word) => selection.only_overridden = is_true(word),
                ("pending", word) => selection.pending = Some(is_true(word)),
                ("type", "dynamic") => selection.only_dynamic = true,
                ("type", "static") => selection.only_static = true,
                ("q", text) => text.clone_into(&mut selection.text),
                ("name", name) => selection.names.push(name.to_owned()),
                _ => {}
            }
        }
        selection
    }

    /// One flag.
    pub(crate) fn flag(name: String) -> Self {
        Self {
            names: vec![name],
            ..Self::default()
        }
    }

    /// The flags among `flags`, which are those of `set`, that meet all conditions.
    pub(crate) fn filter<'a>(
        &'a self,
        set: &dyn FlagSet,
        flags: Vec<FlagInfo>,
    ) -> impl Iterator<Item = FlagInfo> + use<'a> {
        let long_name = |name: &String| match set.lookup(name) {
            Key::Flag { name } | Key::Uncovered { name, .. } => Some(name),
            _ => None,
        };
        let names: HashSet<String> = self.names.iter().filter_map(long_name).collect();
        let text = self.text.to_lowercase();
        flags.into_iter().filter(move |flag| {
            self.has_kind(flag)
                && (text.is_empty() || contains(flag, &text))
                && (self.names.is_empty() || names.contains(&flag.name))
        })
    }

    fn has_kind(&self, flag: &FlagInfo) -> bool {
        // Both types are all flags.
        let has_type = self.only_dynamic == self.only_static
            || self.only_dynamic == (flag.kind == FlagKind::Dynamic);
        let is_pending = flag.pending_restart.is_some();
        has_type
            && (!self.only_changed || flag.changed)
            && (!self.only_overridden || flag.origin == Origin::Override)
            && self.pending.is_none_or(|pending| pending == is_pending)
    }
}

/// Whether a parameter of the query asks for its condition.
fn is_true(word: &str) -> bool {
    let words = ["false", "0", "no", "off"];
    !words.iter().any(|no| word.eq_ignore_ascii_case(no))
}

fn contains(flag: &FlagInfo, lowercase: &str) -> bool {
    let value = flag.value.as_ref().filter(|_| !flag.secret);
    let mut texts = [&flag.name, &flag.help].into_iter().chain(value);
    texts.any(|text| text.to_lowercase().contains(lowercase))
}

impl<S: Send + Sync> FromRequestParts<S> for Selection {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, state).await?;
        Ok(Self::from_query(uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;

    #[test]
    fn conditions_mean_what_they_say() {
        let selection = |query| {
            let selection = Selection::from_query(query);
            (
                selection.only_changed,
                selection.pending,
                selection.only_dynamic,
                selection.only_static,
            )
        };
        for (query, expected) in [
            (
                "only_changed=true&pending=1",
                (true, Some(true), false, false),
            ),
            (
                "only_changed=false&pending=false",
                (false, Some(false), false, false),
            ),
            (
                "only_changed=0&pending=No",
                (false, Some(false), false, false),
            ),
            (
                "only_changed=true&only_changed=false",
                (false, None, false, false),
            ),
            ("type=static&type=dynamic", (false, None, true, true)),
        ] {
            assert_eq!(selection(query), expected, "{query}");
        }
    }

    #[test]
    fn empty_and_unknown_parameters_are_ignored() {
        let selection =
            Selection::from_query("only_changed=&pending&type=all&q=&name=&x=1&%ff=%zz");
        assert_eq!(
            format!("{selection:?}"),
            format!("{:?}", Selection::default())
        );
    }
}
