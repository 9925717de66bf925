//! The flags as one request gets them: as a page or as JSON, with links for its path.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::json::{Flag, FlagList, HistoryList};
use crate::page::{self, Counts, HistoryPage, PageData, RejectedForm};
use crate::request::{BasePath, Edits, Format, Selection};
use crate::response::{self, Rejection};
use crate::security::EditAccess;
use crate::state::EndpointState;

#[derive(Debug)]
pub(crate) struct View {
    pub(crate) state: Arc<EndpointState>,
    pub(crate) base: BasePath,
    pub(crate) format: Format,
    access: EditAccess,
}

impl View {
    /// The selected flags.
    pub(crate) fn list(&self, selection: &Selection) -> Response {
        let (list, counts) = self.flag_list(selection);
        match self.format {
            Format::Json => response::json(StatusCode::OK, &list),
            Format::Page => self.page(StatusCode::OK, &list, counts, selection, None),
        }
    }

    /// One flag.
    pub(crate) fn flag(&self, name: String) -> Response {
        let Some(flag) = self.state.set.flag(&name) else {
            return self.rejection(Rejection::unknown_flag(&name), None);
        };
        match self.format {
            Format::Json => response::json(StatusCode::OK, &Flag::from(flag)),
            Format::Page => self.list(&Selection::flag(name)),
        }
    }

    /// The history.
    pub(crate) fn history(&self) -> Response {
        let set = &*self.state.set;
        // Not before the entries: they may have a newer one meanwhile.
        let history = set.history();
        let history = HistoryList::new(set.generation(), history, self.edit_url("revert"));
        match self.format {
            Format::Json => response::json(StatusCode::OK, &history),
            Format::Page => {
                let page = page::render_history(&HistoryPage {
                    title: self.title(),
                    history: &history,
                    base: &self.base.relative,
                    list: &self.base.list_from_child(),
                    access: self.access,
                });
                response::html(StatusCode::OK, page)
            }
        }
    }

    /// A rejection. A page has all flags, with the values of the form that was rejected.
    pub(crate) fn rejection(&self, rejection: Rejection, form: Option<&Edits>) -> Response {
        match self.format {
            Format::Json => rejection.into_response(),
            Format::Page => {
                let selection = Selection::default();
                let (list, counts) = self.flag_list(&selection);
                let form = RejectedForm {
                    rejection: &rejection.body,
                    values: form
                        .map_or_else(Vec::new, |form| form.values_to_show(&*self.state.set)),
                    expiries: form
                        .map_or_else(Vec::new, |form| form.expiries_to_show(&*self.state.set)),
                    reasons: form
                        .map_or_else(Vec::new, |form| form.reasons_to_show(&*self.state.set)),
                };
                self.page(rejection.status, &list, counts, &selection, Some(form))
            }
        }
    }

    fn flag_list(&self, selection: &Selection) -> (FlagList, Counts) {
        let set = &*self.state.set;
        let listing = set.listing();
        let counts = Counts::of(&listing.flags);
        let list = FlagList {
            checksum_static: listing.checksum_static.to_string(),
            checksum_dynamic: listing.checksum_dynamic.to_string(),
            set_url: self.edit_url("set"),
            clear_url: self.edit_url("clear"),
            generation: listing.generation,
            flags: selection
                .filter(set, listing.flags)
                .map(Flag::from)
                .collect(),
            restart_problems: listing
                .restart_problems
                .iter()
                .map(ToString::to_string)
                .collect(),
            sources: set.sources(),
        };
        (list, counts)
    }

    /// Where a form for editing is sent; empty while setting is off.
    fn edit_url(&self, route: &str) -> String {
        if self.access.is_on() {
            format!("{}{route}", self.base.absolute)
        } else {
            String::new()
        }
    }

    fn title(&self) -> &str {
        self.state.title.as_deref().unwrap_or("flags")
    }

    fn page(
        &self,
        status: StatusCode,
        list: &FlagList,
        counts: Counts,
        selection: &Selection,
        rejected_form: Option<RejectedForm<'_>>,
    ) -> Response {
        let page = page::render(&PageData {
            title: self.title(),
            list,
            counts,
            selection,
            base: &self.base.relative,
            access: self.access,
            rejected_form,
        });
        response::html(status, page)
    }
}

impl FromRequestParts<Arc<EndpointState>> for View {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<EndpointState>,
    ) -> Result<Self, Infallible> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, state).await?;
        Ok(Self {
            base: BasePath::new(&uri, &parts.uri),
            format: Format::new(uri.query().unwrap_or_default(), parts),
            access: EditAccess::from_request_parts(parts, state).await?,
            state: Arc::clone(state),
        })
    }
}
