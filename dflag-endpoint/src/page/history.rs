//! The page of the history. It works without a script, and has none.

use askama::Template;

use super::timestamp::Timestamp;
use crate::json::HistoryList;
use crate::program::Program;
use crate::security::EditAccess;

/// What the page contains.
#[derive(Debug)]
pub(crate) struct HistoryPage<'a> {
    pub(crate) title: &'a str,
    pub(crate) program: &'a Program,
    pub(crate) history: &'a HistoryList,
    /// The path of `set`, `revert` and so on, relative to the page.
    pub(crate) base: &'a str,
    /// The list of flags, relative to the page.
    pub(crate) list: &'a str,
    pub(crate) access: EditAccess,
}

pub(crate) fn render_history(page: &HistoryPage<'_>) -> String {
    // Writing to a String does not fail.
    HistoryTemplate { page }.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "history.html", whitespace = "minimize")]
struct HistoryTemplate<'a> {
    page: &'a HistoryPage<'a>,
}

impl HistoryTemplate<'_> {
    /// Whether the page has a form that reverts to the generation.
    fn can_revert_to(&self, generation: u64) -> bool {
        let history = self.page.history;
        let generations = history.oldest_generation..history.generation;
        self.page.access.can_set && generations.contains(&generation)
    }
}

/// The CSS class of an outcome.
fn class(outcome: &str) -> &'static str {
    if outcome == "applied" { "good" } else { "bad" }
}
