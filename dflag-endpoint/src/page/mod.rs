//! The HTML page, which works with and without a script.
//!
//! It renders what it gets: which flags are listed, and whether they can be edited, is decided
//! before. The templates escape all text, so that a name or a value is never markup.

mod control;
mod groups;
mod history;
mod kubectl;
mod links;
mod overview;
mod rejected_form;
mod row;
mod timestamp;
mod until;
mod visible;

use askama::Template;
use dflag::SourceStatus;

use crate::config_map::ConfigMapName;
use crate::json::FlagList;
use crate::program::Program;
use crate::request::Selection;
use crate::security::EditAccess;
use control::Control;
use groups::{Group, groups};
pub(crate) use history::{HistoryPage, render_history};
use links::{FilterLink, Links};
pub(crate) use overview::Overview;
pub(crate) use rejected_form::RejectedForm;
use row::Row;
use timestamp::Timestamp;
use visible::{one_line, visible};

/// The version of this crate.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The style sheet, `style.css`.
pub(crate) const STYLE: &str = concat!(
    include_str!("../../assets/style/colors.css"),
    include_str!("../../assets/style/page.css"),
    include_str!("../../assets/style/controls.css"),
    include_str!("../../assets/style/summary.css"),
    include_str!("../../assets/style/flags.css"),
    include_str!("../../assets/style/draft.css"),
    include_str!("../../assets/style/history.css"),
    include_str!("../../assets/style/media.css"),
);

/// The script, `script.js`. Its parts are one script, so that a browser needs one connection for it.
pub(crate) const SCRIPT: &str = concat!(
    include_str!("../../assets/script/start.js"),
    include_str!("../../assets/script/morph.js"),
    include_str!("../../assets/script/rows.js"),
    include_str!("../../assets/script/requests.js"),
    include_str!("../../assets/script/refresh.js"),
    include_str!("../../assets/script/events.js"),
    include_str!("../../assets/script/times.js"),
    include_str!("../../assets/script/filter.js"),
    include_str!("../../assets/script/edit.js"),
    include_str!("../../assets/script/draft.js"),
    include_str!("../../assets/script/copy.js"),
    include_str!("../../assets/script/end.js"),
);

/// What a page contains.
#[derive(Debug)]
pub(crate) struct PageData<'a> {
    pub(crate) title: &'a str,
    pub(crate) program: &'a Program,
    pub(crate) list: &'a FlagList,
    pub(crate) overview: &'a Overview,
    pub(crate) selection: &'a Selection,
    /// The path of `set`, `events` and so on, relative to the page: `flags/` for `/debug/flags`,
    /// empty for `/debug/flags/`.
    pub(crate) base: &'a str,
    pub(crate) access: EditAccess,
    pub(crate) config_map: Option<&'a ConfigMapName>,
    pub(crate) rejected_form: Option<RejectedForm<'a>>,
}

pub(crate) fn render<'a>(page: &'a PageData<'a>) -> String {
    let flags = page.list.flags.iter();
    let template = PageTemplate {
        page,
        links: Links::new(page),
        groups: groups(flags.map(|flag| Row::new(flag, page))),
    };
    // Writing to a String does not fail.
    template.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "page.html", whitespace = "minimize")]
struct PageTemplate<'a> {
    page: &'a PageData<'a>,
    links: Links<'a>,
    groups: Vec<Group<'a>>,
}

impl PageTemplate<'_> {
    fn filter_links(&self) -> Vec<FilterLink> {
        self.links.filter_links(self.page.overview.counts)
    }

    /// The number of flags on the page.
    fn count(&self) -> usize {
        self.page.list.flags.len()
    }

    /// A link to a flag: to its row, if the page has it.
    fn flag_link(&self, name: &str) -> String {
        let mut flags = self.page.list.flags.iter();
        if flags.any(|flag| flag.name == name) {
            format!("#flag-{name}")
        } else {
            self.links.flag(name)
        }
    }

    fn start(&self) -> Option<Timestamp> {
        Timestamp::new(self.page.program.start)
    }
}

/// The result of a source's last scan, and its CSS class.
fn scan_result(source: &SourceStatus) -> (&'static str, &'static str) {
    match (&source.last_error, source.last_scan) {
        (Some(_), _) => ("failed", "bad"),
        (None, Some(_)) if !source.degraded.is_empty() => ("degraded", "bad"),
        (None, Some(_)) => ("OK", "good"),
        (None, None) => ("not scanned yet", "dim"),
    }
}

#[cfg(test)]
mod tests {
    use super::row::tests::flag;
    use std::time::{Duration, SystemTime};

    use dflag::SourceStatus;

    use super::{EditAccess, Overview, PageData, RejectedForm, render};
    use crate::json::{
        Flag, FlagList, LayerValue, OverrideExpiry, PendingValue, ProblemDetail, ProgramInfo,
        RejectionBody,
    };
    use crate::program::Program;
    use crate::request::Selection;

    const OPEN: EditAccess = EditAccess {
        can_set: true,
        can_clear: true,
        needs_token: false,
    };
    const TOKEN: EditAccess = EditAccess {
        needs_token: true,
        ..OPEN
    };
    const MARKUP: &str = "<b title=\"a&b\">'</textarea>";

    fn layer(value: Option<&str>) -> LayerValue {
        LayerValue {
            origin: MARKUP.to_owned(),
            origin_location: Some(MARKUP.to_owned()),
            value: value.map(str::to_owned),
        }
    }

    fn program() -> Program {
        Program {
            version: Some(MARKUP.to_owned()),
            instance: Some(MARKUP.to_owned()),
            start: SystemTime::UNIX_EPOCH,
        }
    }

    fn list(flags: Vec<Flag>) -> FlagList {
        let mut source = SourceStatus::new("ConfigMap", "/etc/dflag");
        source.watching = "events".to_owned();
        source.generation = 7;
        source.applied = 6;
        source.rejected = 1;
        source.last_scan = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        source.last_error = Some(format!("bad:\n{MARKUP}"));
        source.degraded = vec![MARKUP.to_owned()];
        source.unknown_keys = vec![MARKUP.to_owned()];
        source.warnings = vec![MARKUP.to_owned()];
        FlagList {
            checksum_static: "aaaa".to_owned(),
            checksum_dynamic: "bbbb".to_owned(),
            set_url: String::new(),
            clear_url: String::new(),
            generation: 7,
            revision: 7,
            program: ProgramInfo::new(None, &program()),
            flags,
            restart_problems: vec![MARKUP.to_owned()],
            sources: vec![source],
        }
    }

    fn page(
        list: &FlagList,
        access: EditAccess,
        rejected_form: Option<RejectedForm<'_>>,
    ) -> String {
        render(&PageData {
            title: MARKUP,
            program: &program(),
            list,
            overview: &Overview::default(),
            selection: &Selection::default(),
            base: "flags/",
            access,
            config_map: None,
            rejected_form,
        })
    }

    #[test]
    fn all_text_is_escaped() {
        let flags = [false, true].map(|is_json| Flag {
            description: MARKUP.to_owned(),
            origin: MARKUP.to_owned(),
            origin_location: Some(MARKUP.to_owned()),
            layers: vec![layer(Some(MARKUP)), layer(None)],
            environment_variable: Some(MARKUP.to_owned()),
            type_name: Some(MARKUP.to_owned()),
            group: Some(MARKUP.to_owned()),
            unit: Some(MARKUP.to_owned()),
            min: Some(MARKUP.to_owned()),
            deprecated: Some(MARKUP.to_owned()),
            possible_values: vec![if is_json { "other" } else { MARKUP }.to_owned()],
            is_overridden: true,
            expiry: Some(OverrideExpiry {
                remaining: Duration::ZERO,
                reason: Some(MARKUP.to_owned()),
            }),
            is_json,
            ..flag(MARKUP, MARKUP)
        });
        let list = list(flags.into());
        let rejection = RejectionBody {
            error: MARKUP.to_owned(),
            problems: vec![ProblemDetail {
                name: Some(MARKUP.to_owned()),
                kind: "invalid",
                message: MARKUP.to_owned(),
                possible_values: vec![MARKUP.to_owned()],
                ..ProblemDetail::default()
            }],
        };
        let values = vec![(MARKUP.to_owned(), MARKUP.to_owned())];
        let form = RejectedForm {
            heading: "Rejected, nothing changed",
            rejection: &rejection,
            values,
            expiries: vec![(MARKUP.to_owned(), MARKUP.to_owned())],
            reasons: vec![(MARKUP.to_owned(), MARKUP.to_owned())],
        };
        let html = page(&list, TOKEN, Some(form));
        assert!(html.contains("&#60;b title=&#34;a&#38;b&#34;&#62;&#39;"));
        for raw in ["<b title", "\"a&b\"", ">'<", "'</textarea>"] {
            assert!(!html.contains(raw), "{raw} is in {html}");
        }
    }

    #[test]
    fn a_rejected_form_keeps_its_values_and_shows_the_problems() {
        let list = list(vec![flag("limit", "5"), flag("other", "6")]);
        let rejection = RejectionBody {
            error: "no".to_owned(),
            problems: vec![ProblemDetail {
                name: Some("limit".to_owned()),
                kind: "invalid",
                message: "`limit`: too much".to_owned(),
                ..ProblemDetail::default()
            }],
        };
        let values = ["false", "lots"].map(|value| ("limit".to_owned(), value.to_owned()));
        let values = values.into();
        let form = RejectedForm {
            heading: "Rejected, nothing changed",
            rejection: &rejection,
            values,
            expiries: vec![(MARKUP.to_owned(), MARKUP.to_owned())],
            reasons: vec![(MARKUP.to_owned(), MARKUP.to_owned())],
        };
        let html = page(&list, OPEN, Some(form));
        assert!(html.contains("<a href=\"#value-limit\">limit</a>: too much"));
        assert!(html.contains("id=\"error-limit\">`limit`: too much<"));
        assert!(html.contains("value=\"lots\""));
        assert_eq!(html.matches("aria-invalid").count(), 1);
    }

    #[test]
    fn a_page_without_edit_access_has_no_edit_forms() {
        let list = list(vec![flag("limit", "5")]);
        let off = page(&list, EditAccess::OFF, None);
        assert!(!off.contains("method=\"post\"") && !off.contains("data-needs-token"));

        let open = page(&list, OPEN, None);
        assert!(open.contains("action=\"flags/set\"") && !open.contains("name=\"token\""));

        let with_token = page(&list, TOKEN, None);
        assert!(with_token.contains("data-needs-token>") && with_token.contains("name=\"token\""));
    }

    #[test]
    fn a_source_without_an_error_can_be_degraded() {
        let mut list = list(Vec::new());
        let reason = "the last update was rolled back";
        for source in &mut list.sources {
            source.last_error = None;
            source.degraded = vec![reason.to_owned()];
            source.rollbacks = 2;
        }
        let html = page(&list, EditAccess::OFF, None);
        assert!(html.contains(&format!("degraded: {reason}")));
        assert!(html.contains("<span class=\"badge bad\">degraded</span>"));
        assert!(html.contains("<dt>Rolled back</dt><dd>2</dd>"));
    }

    #[test]
    fn a_static_flag_has_no_form_and_shows_its_pending_value() {
        let mut port = flag("port", "8080");
        port.is_dynamic = false;
        port.pending_restart = Some(PendingValue {
            value: Some("9090".to_owned()),
        });
        let html = page(&list(vec![port]), OPEN, None);
        assert!(html.contains("After a restart</dt><dd><code>9090</code>"));
        assert!(!html.contains("<form class=\"set\""));
    }

    /// HTML ignores the first line break in a text area.
    #[test]
    fn a_text_area_keeps_a_leading_line_break() {
        let html = page(&list(vec![flag("lines", "\na\nb")]), OPEN, None);
        assert!(html.contains(">\n\na\nb</textarea>"), "{html}");
    }

    #[test]
    fn the_page_has_no_absolute_links_and_no_inline_scripts_or_styles() {
        let html = page(&list(vec![flag("limit", "5")]), TOKEN, None);
        for forbidden in ["<style", "style=", "onclick", "http:", "https:", "//"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }
}
