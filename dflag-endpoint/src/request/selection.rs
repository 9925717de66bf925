//! Which flags the query selects.

use std::collections::HashSet;
use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use dflag::{FlagInfo, FlagKind, FlagSet};

/// Conditions that a flag has to meet. Without any, all flags are selected.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a parameter of the query"
)]
pub(crate) struct Selection {
    pub(crate) only_changed: bool,
    pub(crate) only_dynamic: bool,
    pub(crate) only_static: bool,
    pub(crate) only_pending: bool,
    /// Text that name or help contains, ignoring case; empty for any.
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
        let names = self.names.iter().filter_map(|name| set.flag(name));
        let names: HashSet<String> = names.map(|flag| flag.name).collect();
        let text = self.text.to_lowercase();
        flags.into_iter().filter(move |flag| {
            self.has_kind(flag)
                && (text.is_empty() || contains(flag, &text))
                && (self.names.is_empty() || names.contains(&flag.name))
        })
    }

    fn has_kind(&self, flag: &FlagInfo) -> bool {
        (!self.only_changed || flag.changed)
            && (!self.only_dynamic || flag.kind == FlagKind::Dynamic)
            && (!self.only_static || flag.kind == FlagKind::Static)
            && (!self.only_pending || flag.pending_restart.is_some())
    }
}

fn contains(flag: &FlagInfo, lowercase: &str) -> bool {
    [&flag.name, &flag.help]
        .iter()
        .any(|text| text.to_lowercase().contains(lowercase))
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
    fn empty_and_unknown_parameters_are_ignored() {
        let selection =
            Selection::from_query("only_changed=&pending&type=all&q=&name=&x=1&%ff=%zz");
        assert_eq!(
            format!("{selection:?}"),
            format!("{:?}", Selection::default())
        );
    }
}
