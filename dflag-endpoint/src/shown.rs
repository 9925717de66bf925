//! What is shown: the page's view, put together for one request.

use axum::http::StatusCode;
use axum::response::Response;

use crate::answer::Listing;
use crate::page::{Counts, Sent, Setting, View};
use crate::place::Place;
use crate::query::Selection;
use crate::reject::Reject;
use crate::reply;
use crate::served::Served;

/// The flags that were asked for, as of one moment.
#[derive(Debug)]
pub(crate) struct Shown<'a> {
    title: &'a str,
    pub(crate) listing: Listing,
    counts: Counts,
    selection: Selection,
    base: &'a str,
    setting: Setting,
}

impl<'a> Shown<'a> {
    pub(crate) fn new(served: &'a Served, selection: Selection, place: &'a Place) -> Self {
        let setting = served.setting();
        let (listing, counts) = served.listing(&selection, &place.root, setting);
        Self {
            title: served.title.as_deref().unwrap_or("flags"),
            listing,
            counts,
            selection,
            base: &place.base,
            setting,
        }
    }

    pub(crate) fn page(&self) -> Response {
        self.render(StatusCode::OK, None)
    }

    /// The page with what is wrong with the form that was sent, and what was typed into it.
    pub(crate) fn rejected(&self, reject: &Reject, typed: &[(String, String)]) -> Response {
        let rejection = &reject.rejection;
        self.render(reject.status, Some(Sent { rejection, typed }))
    }

    fn render(&self, status: StatusCode, sent: Option<Sent<'_>>) -> Response {
        let view = View {
            title: self.title,
            listing: &self.listing,
            counts: self.counts,
            selection: &self.selection,
            base: self.base,
            setting: self.setting,
            sent,
        };
        reply::page(status, &view)
    }
}
