//! Links: from the page to itself with other flags, and to what lies beside it.

use form_urlencoded::Serializer;

use crate::query::Selection;

use super::{Counts, View};

/// The page's links, all of them relative: a proxy may have put the page anywhere.
pub(super) struct Links<'a> {
    /// All flags, at the very path of the page where it shows them: what is read from there has
    /// the same links.
    pub(super) home: &'a str,
    selection: &'a Selection,
}

/// A link to some of the flags.
pub(super) struct Choice {
    pub(super) words: &'static str,
    pub(super) count: usize,
    pub(super) address: String,
    /// Whether these are the ones that the page shows.
    pub(super) current: bool,
}

impl<'a> Links<'a> {
    pub(super) fn of(view: &View<'a>) -> Self {
        let home = view.base.trim_end_matches('/');
        Self {
            home: if home.is_empty() { "./" } else { home },
            selection: view.selection,
        }
    }

    /// Where the flags of this page are had anew, whatever was typed in the filter.
    pub(super) fn here(&self) -> String {
        let names = self.selection.names.iter().map(|name| ("name", &**name));
        self.address(self.kinds().into_iter().chain(names))
    }

    /// The parameters that say which kinds of flags are shown; none for all of them.
    pub(super) fn kinds(&self) -> Vec<Parameter<'static>> {
        let kinds = [
            (self.selection.only_changed, CHANGED),
            (self.selection.only_dynamic, DYNAMIC),
            (self.selection.only_static, STATIC),
            (self.selection.only_pending, PENDING),
        ];
        let asked_for = kinds.into_iter().filter(|(asked_for, _)| *asked_for);
        asked_for.map(|(_, kind)| kind).collect()
    }

    /// Whether the page shows flags that were asked for by name.
    pub(super) fn by_name(&self) -> bool {
        !self.selection.names.is_empty()
    }

    pub(super) fn text(&self) -> &'a str {
        &self.selection.text
    }

    pub(super) fn choices(&self, counts: Counts) -> Vec<Choice> {
        let kinds = self.kinds();
        let text = (!self.text().is_empty()).then_some(("q", self.text()));
        let choice = |words, count, kind: &[Parameter<'static>]| Choice {
            words,
            count,
            address: self.address(kind.iter().copied().chain(text)),
            current: !self.by_name() && kinds == kind,
        };
        vec![
            choice("All", counts.all, &[]),
            choice("Changed", counts.changed, &[CHANGED]),
            choice("Dynamic", counts.dynamic, &[DYNAMIC]),
            choice("Static", counts.all - counts.dynamic, &[STATIC]),
            choice("Pending restart", counts.pending, &[PENDING]),
        ]
    }

    fn address<'p>(&self, parameters: impl Iterator<Item = Parameter<'p>>) -> String {
        let query = Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        if query.is_empty() {
            self.home.to_owned()
        } else {
            format!("{}?{query}", self.home)
        }
    }
}

/// Name and value in a query.
type Parameter<'a> = (&'a str, &'a str);

const CHANGED: Parameter<'_> = ("only_changed", "true");
const DYNAMIC: Parameter<'_> = ("type", "dynamic");
const STATIC: Parameter<'_> = ("type", "static");
const PENDING: Parameter<'_> = ("pending", "true");

#[cfg(test)]
mod tests {
    use super::{Counts, Links};
    use crate::query::Selection;

    fn links<'a>(home: &'a str, selection: &'a Selection) -> Links<'a> {
        Links { home, selection }
    }

    #[test]
    fn the_kind_that_is_shown_is_the_current_one_and_the_text_goes_along() {
        let selection = Selection {
            only_dynamic: true,
            text: "a&b".to_owned(),
            ..Selection::default()
        };
        let counts = Counts {
            all: 5,
            dynamic: 3,
            ..Counts::default()
        };
        let choices = links("flags", &selection).choices(counts);
        let current: Vec<_> = choices.iter().filter(|choice| choice.current).collect();
        assert_eq!(current.len(), 1);
        assert_eq!(current[0].address, "flags?type=dynamic&q=a%26b");
        assert_eq!((choices[0].words, choices[0].count), ("All", 5));
        assert_eq!(choices[0].address, "flags?q=a%26b");
        assert_eq!((choices[3].words, choices[3].count), ("Static", 2));
    }

    #[test]
    fn a_page_is_had_anew_with_all_that_was_asked_for_but_the_text() {
        let selection = Selection {
            only_changed: true,
            only_static: true,
            text: "port".to_owned(),
            names: vec!["a b".to_owned(), "c".to_owned()],
            ..Selection::default()
        };
        let links = links("./", &selection);
        assert_eq!(
            links.here(),
            "./?only_changed=true&type=static&name=a+b&name=c"
        );
        assert!(
            links
                .choices(Counts::default())
                .iter()
                .all(|choice| !choice.current)
        );
    }
}
