//! The page: the flags for people, with and without a script.
//!
//! It shows what it is handed and decides nothing: which flags, and whether they may be set, was
//! settled before. Every text is escaped by the template, so a name or a value is never markup.

mod control;
mod links;
mod row;
mod time;

use askama::Template;
use dflag::{FlagInfo, FlagKind};

use crate::answer::{Listing, Rejection, Source, Wrong};
use crate::query::Selection;
use control::Control;
use links::{Choice, Links};

use row::Row;
use time::Time;

/// The stylesheet, `style.css`.
pub(crate) const STYLE: &str = include_str!("../../assets/style.css");

/// The script, `script.js`. The page reads and sets flags without it, too.
pub(crate) const SCRIPT: &str = include_str!("../../assets/script.js");

/// All that a page shows.
#[derive(Debug)]
pub(crate) struct View<'a> {
    /// What the program calls this set of flags.
    pub(crate) title: &'a str,
    /// The flags that were asked for.
    pub(crate) listing: &'a Listing,
    /// Of all flags.
    pub(crate) counts: Counts,
    pub(crate) selection: &'a Selection,
    /// What stands before a link to `set`, `events` and so on, relative to the page: `flags/` for
    /// `/debug/flags`, nothing for `/debug/flags/`.
    pub(crate) base: &'a str,
    pub(crate) setting: Setting,
    /// The form that was rejected, where one was sent.
    pub(crate) sent: Option<Sent<'a>>,
}

/// How many flags there are, whatever is shown of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    all: usize,
    changed: usize,
    dynamic: usize,
    pending: usize,
}

impl Counts {
    pub(crate) fn of(all: &[FlagInfo]) -> Self {
        let count = |is: fn(&&FlagInfo) -> bool| all.iter().filter(is).count();
        Self {
            all: all.len(),
            changed: count(|flag| flag.changed),
            dynamic: count(|flag| flag.kind == FlagKind::Dynamic),
            pending: count(|flag| flag.pending_restart.is_some()),
        }
    }
}

/// A form that was rejected: what is wrong, and what was typed, to be mended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) rejection: &'a Rejection,
    /// Name and value; a secret's value is left out.
    pub(crate) typed: &'a [(String, String)],
}

impl<'a> Sent<'a> {
    /// What is wrong, without what is wrong with a flag that the page does not show.
    fn wrong_with<'s>(&'s self, flag: &'s str) -> impl Iterator<Item = &'a Wrong> + 's {
        let problems = self.rejection.problems.iter();
        problems.filter(move |wrong| wrong.name.as_deref() == Some(flag))
    }

    /// What was typed for a flag. Of several values the last one counts.
    fn typed_for(&self, flag: &str) -> Option<&'a str> {
        let (_, value) = self.typed.iter().rev().find(|(name, _)| name == flag)?;
        Some(value)
    }
}

/// Whether flags can be set from the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Off,
    /// A form wants the token in its field `token`.
    WithToken,
    /// Whoever can see the page is known by other means, such as a proxy's header.
    Open,
}

impl Setting {
    fn is_on(self) -> bool {
        self != Self::Off
    }

    fn wants_token(self) -> bool {
        self == Self::WithToken
    }
}

/// The page, whole.
pub(crate) fn render(view: &View<'_>) -> String {
    let rows = view.listing.flags.iter();
    let page = Page {
        view,
        links: Links::of(view),
        rows: rows.map(|flag| Row::of(flag, view)).collect(),
    };
    // Writing to a String does not fail.
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "page.html", whitespace = "minimize")]
struct Page<'a> {
    view: &'a View<'a>,
    links: Links<'a>,
    rows: Vec<Row<'a>>,
}

impl Page<'_> {
    fn choices(&self) -> Vec<Choice> {
        self.links.choices(self.view.counts)
    }
}

/// What came of a source's last look, in a word, and the class that it is shown with.
fn outcome(source: &Source) -> (&'static str, &'static str) {
    match (&source.last_error, source.last_scan) {
        (Some(_), _) => ("failed", "bad"),
        (None, Some(_)) => ("in order", "good"),
        (None, None) => ("not looked yet", "dim"),
    }
}

#[cfg(test)]
mod tests {
    use super::row::tests::flag;
    use super::{Counts, Sent, Setting, View, render};
    use crate::answer::{Flag, Listing, Rejection, Source, Wrong};
    use crate::query::Selection;

    const MARKUP: &str = "<b title=\"a&b\">'</textarea>";

    fn listing(flags: Vec<Flag>) -> Listing {
        Listing {
            checksum_static: "aaaa".to_owned(),
            checksum_dynamic: "bbbb".to_owned(),
            set_url: String::new(),
            clear_url: String::new(),
            generation: 7,
            flags,
            sources: vec![Source {
                name: "ConfigMap".to_owned(),
                location: "/etc/dflag".to_owned(),
                watching: "events".to_owned(),
                generation: 7,
                applied: 6,
                rejected: 1,
                last_scan: Some(1_700_000_000.5),
                last_success: None,
                last_error: Some(format!("bad:\n{MARKUP}")),
                unknown_keys: vec![MARKUP.to_owned()],
                warnings: vec![MARKUP.to_owned()],
            }],
        }
    }

    fn shown(listing: &Listing, setting: Setting, sent: Option<Sent<'_>>) -> String {
        render(&View {
            title: MARKUP,
            listing,
            counts: Counts {
                all: listing.flags.len(),
                ..Counts::default()
            },
            selection: &Selection::default(),
            base: "flags/",
            setting,
            sent,
        })
    }

    #[test]
    fn no_text_is_markup_wherever_it_stands() {
        let flags = [false, true].map(|is_json| Flag {
            description: MARKUP.to_owned(),
            origin: MARKUP.to_owned(),
            origin_location: Some(MARKUP.to_owned()),
            environment_variable: Some(MARKUP.to_owned()),
            possible_values: vec![if is_json { "other" } else { MARKUP }.to_owned()],
            is_overridden: true,
            is_json,
            ..flag(MARKUP, MARKUP)
        });
        let listing = listing(flags.into());
        let rejection = Rejection {
            error: MARKUP.to_owned(),
            problems: vec![Wrong {
                name: Some(MARKUP.to_owned()),
                kind: "invalid",
                message: MARKUP.to_owned(),
                possible_values: vec![MARKUP.to_owned()],
            }],
        };
        let typed = [(MARKUP.to_owned(), MARKUP.to_owned())];
        let sent = Sent {
            rejection: &rejection,
            typed: &typed,
        };
        let page = shown(&listing, Setting::WithToken, Some(sent));
        assert!(page.contains("&#60;b title=&#34;a&#38;b&#34;&#62;&#39;"));
        for raw in ["<b title", "\"a&b\"", ">'<", "'</textarea>"] {
            assert!(!page.contains(raw), "{raw} is in {page}");
        }
    }

    #[test]
    fn what_was_typed_stays_and_what_was_wrong_stands_beside_it() {
        let listing = listing(vec![flag("limit", "5"), flag("other", "6")]);
        let rejection = Rejection {
            error: "no".to_owned(),
            problems: vec![Wrong {
                name: Some("limit".to_owned()),
                kind: "invalid",
                message: "too much".to_owned(),
                possible_values: Vec::new(),
            }],
        };
        let typed = ["false", "lots"].map(|value| ("limit".to_owned(), value.to_owned()));
        let sent = Sent {
            rejection: &rejection,
            typed: &typed,
        };
        let page = shown(&listing, Setting::Open, Some(sent));
        assert!(page.contains("<a href=\"#value-limit\">limit</a>: too much"));
        assert!(page.contains("id=\"error-limit\">too much<"));
        assert!(page.contains("value=\"lots\""));
        assert_eq!(page.matches("aria-invalid").count(), 1);
    }

    #[test]
    fn a_page_that_sets_nothing_has_no_form_that_would() {
        let listing = listing(vec![flag("limit", "5")]);
        let off = shown(&listing, Setting::Off, None);
        assert!(!off.contains("method=\"post\"") && !off.contains("data-token"));

        let open = shown(&listing, Setting::Open, None);
        assert!(open.contains("action=\"flags/set\"") && !open.contains("name=\"token\""));

        let with_token = shown(&listing, Setting::WithToken, None);
        assert!(with_token.contains("data-token>") && with_token.contains("name=\"token\""));
    }

    #[test]
    fn a_static_flag_has_no_form_and_tells_what_it_waits_for() {
        let mut fixed = flag("port", "8080");
        fixed.is_dynamic = false;
        fixed.pending_restart = Some(crate::answer::Pending {
            value: Some("9090".to_owned()),
        });
        let page = shown(&listing(vec![fixed]), Setting::Open, None);
        assert!(page.contains("After a restart</dt><dd><code>9090</code>"));
        assert!(!page.contains("<form class=\"set\""));
    }

    /// The first line end in a text area is not part of its text.
    #[test]
    fn a_text_area_keeps_a_leading_line_end() {
        let page = shown(&listing(vec![flag("lines", "\na\nb")]), Setting::Open, None);
        assert!(page.contains(">\n\na\nb</textarea>"), "{page}");
    }

    #[test]
    fn nothing_on_the_page_would_need_another_host_or_an_inline_script() {
        let page = shown(&listing(vec![flag("limit", "5")]), Setting::WithToken, None);
        for forbidden in ["<style", "style=", "onclick", "http:", "https:", "//"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}
