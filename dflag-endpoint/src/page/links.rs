//! Links from the page to itself with another selection.

use form_urlencoded::Serializer;

use super::PageData;
use super::overview::Counts;
use crate::request::Selection;

/// The page's links. They are relative, since a proxy may serve the page at any path.
pub(super) struct Links<'a> {
    /// The list of all flags. For the list's own page it is the path of that page, so that links
    /// in a page fetched from there work here.
    pub(super) list: &'a str,
    selection: &'a Selection,
}

/// A link to some of the flags.
pub(super) struct FilterLink {
    pub(super) text: &'static str,
    pub(super) count: usize,
    pub(super) url: String,
    /// Whether the page shows these flags.
    pub(super) is_current: bool,
}

impl<'a> Links<'a> {
    pub(super) fn new(page: &PageData<'a>) -> Self {
        let list = page.base.trim_end_matches('/');
        Self {
            list: if list.is_empty() { "./" } else { list },
            selection: page.selection,
        }
    }

    /// This page, without the text of the filter.
    pub(super) fn page(&self) -> String {
        let names = self.selection.names.iter().map(|name| ("name", &**name));
        self.url(self.conditions().into_iter().chain(names))
    }

    /// The query's parameters but for text and names.
    pub(super) fn conditions(&self) -> Vec<Parameter<'static>> {
        let conditions = [
            (self.selection.only_changed, CHANGED),
            (self.selection.only_dynamic, DYNAMIC),
            (self.selection.only_static, STATIC),
            (self.selection.only_overridden, OVERRIDDEN),
            (self.selection.pending == Some(true), PENDING),
            (self.selection.pending == Some(false), NOT_PENDING),
        ];
        conditions
            .into_iter()
            .filter_map(|(is_set, parameter)| is_set.then_some(parameter))
            .collect()
    }

    /// Whether the page shows flags selected by name.
    pub(super) fn is_by_name(&self) -> bool {
        !self.selection.names.is_empty()
    }

    pub(super) fn text(&self) -> &'a str {
        &self.selection.text
    }

    pub(super) fn filter_links(&self, counts: Counts) -> Vec<FilterLink> {
        let conditions = self.conditions();
        let text = (!self.text().is_empty()).then_some(("q", self.text()));
        let link = |title, count, condition: &[Parameter<'static>]| FilterLink {
            text: title,
            count,
            url: self.url(condition.iter().copied().chain(text)),
            is_current: !self.is_by_name() && conditions == condition,
        };
        vec![
            link("All", counts.all, &[]),
            link("Changed", counts.changed, &[CHANGED]),
            link("Dynamic", counts.dynamic, &[DYNAMIC]),
            link("Static", counts.all - counts.dynamic, &[STATIC]),
            link("Pending restart", counts.pending, &[PENDING]),
            link("Overridden", counts.overridden, &[OVERRIDDEN]),
        ]
    }

    /// A flag that the page may not show.
    pub(super) fn flag(&self, name: &str) -> String {
        self.url([("name", name)].into_iter())
    }

    fn url<'p>(&self, parameters: impl Iterator<Item = Parameter<'p>>) -> String {
        let query = Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        if query.is_empty() {
            self.list.to_owned()
        } else {
            format!("{}?{query}", self.list)
        }
    }
}

/// Name and value in a query.
type Parameter<'a> = (&'a str, &'a str);

const CHANGED: Parameter<'_> = ("only_changed", "true");
const DYNAMIC: Parameter<'_> = ("type", "dynamic");
const STATIC: Parameter<'_> = ("type", "static");
const OVERRIDDEN: Parameter<'_> = ("overridden", "true");
const PENDING: Parameter<'_> = ("pending", "true");
const NOT_PENDING: Parameter<'_> = ("pending", "false");

#[cfg(test)]
mod tests {
    use super::{Counts, Links};
    use crate::request::Selection;

    fn links<'a>(list: &'a str, selection: &'a Selection) -> Links<'a> {
        Links { list, selection }
    }

    #[test]
    fn the_selected_kind_is_current_and_links_keep_the_text() {
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
        let links = links("flags", &selection).filter_links(counts);
        let current: Vec<_> = links.iter().filter(|link| link.is_current).collect();
        assert_eq!(current.len(), 1);
        assert_eq!(current[0].url, "flags?type=dynamic&q=a%26b");
        assert_eq!((links[0].text, links[0].count), ("All", 5));
        assert_eq!(links[0].url, "flags?q=a%26b");
        assert_eq!((links[3].text, links[3].count), ("Static", 2));
    }

    #[test]
    fn the_link_to_the_page_keeps_everything_but_the_text() {
        let selection = Selection {
            only_changed: true,
            only_static: true,
            text: "port".to_owned(),
            names: vec!["a b".to_owned(), "c".to_owned()],
            ..Selection::default()
        };
        let links = links("./", &selection);
        assert_eq!(
            links.page(),
            "./?only_changed=true&type=static&name=a+b&name=c"
        );
        assert!(
            links
                .filter_links(Counts::default())
                .iter()
                .all(|link| !link.is_current)
        );
    }
}
